// One statement applied row by row: the evaluator finds targets in a snapshot, then each row is
// locked, awaited, checked again on its newest version and changed, with a seam between rows where
// other work may happen (PostgreSQL; two multi-row UPDATEs can deadlock). It never commits and
// never undoes: an error leaves the transaction to its session.
#pragma once

#include "models/database/client.hpp"
#include "models/database/engine.hpp"
#include "models/database/serializable_view.hpp"
#include "models/database/session_environment.hpp"
#include "sim/queue.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace halfwrite::database {

class StatementExecution {
 public:
  // `row_time` passes at each seam between two rows.
  StatementExecution(Engine& engine, Transaction& transaction, SessionEnvironment& environment,
                     const WaitLimits& limits, sim::Duration row_time);
  ~StatementExecution();
  StatementExecution(const StatementExecution&) = delete;
  StatementExecution& operator=(const StatementExecution&) = delete;

  // Is there room on the disk? Asked once, when the statement is about to write its first row.
  void ask_for_room(std::function<bool()> has_room) { has_room_ = std::move(has_room); }
  // select, insert, update, remove.
  sql::Expected<QueryResult> run(const StatementReference& statement,
                                 const sql::Parameters& parameters);

 private:
  // What became of a row that was to be locked.
  enum class Found : std::uint8_t { as_seen, newer, gone, skipped };
  struct Target {
    RowChain* chain = nullptr;  // of source 0, if that is a table
    sql::Candidate candidate;
    bool rechecked = false;
  };
  // To be checked at the end of the statement.
  struct ChildCheck {
    const sql::ForeignKey* key = nullptr;
    RowChain* row = nullptr;
  };
  struct ParentCheck {
    sql::Reference reference;
    sql::Row old_row;
    std::optional<sql::Row> new_row;  // nothing: removed
  };
  // A row a new key value collides with, and nothing when it is free.
  using Conflict = RowChain*;

  bool repeatable() const { return transaction_.isolation != Isolation::read_committed; }
  sql::Expected<sql::Done> seam(std::size_t row);
  sql::Inputs inputs(std::span<const sql::Rows> lock_steps) const;
  const Version* newest_for_us(const RowChain& chain) const;

  // The statement with its steps (sql::LockSteps); one part of it after what it reads; one step.
  sql::Expected<QueryResult> run_whole(const sql::Statement& statement);
  sql::Expected<QueryResult> run_part(const sql::Statement& statement);
  // INSERT, UPDATE, DELETE.
  sql::Expected<QueryResult> run_change(const sql::Statement& statement);
  sql::Expected<sql::Done> run_step(std::size_t step);
  sql::Expected<sql::Rows> locked_rows(const sql::Statement& statement);
  sql::Expected<QueryResult> run_update(const sql::Statement& statement);
  sql::Expected<QueryResult> run_remove(const sql::Statement& statement);
  sql::Expected<QueryResult> run_insert(const sql::Statement& statement);
  sql::Expected<sql::Done> add_returning(const sql::Statement& statement, const sql::Row& row,
                                         const sql::Candidate* candidate, QueryResult& result);

  // Locks every source of the candidate and checks it again where newer versions were found.
  // Nothing: the candidate does not count.
  sql::Expected<std::optional<Target>> lock_target(const sql::Statement& statement,
                                                   sql::Candidate candidate,
                                                   const sql::Inputs& inputs);
  sql::Expected<Found> lock_row(sql::TableId table, sql::RowId row, sql::LockStrength strength,
                                sql::LockWait wait, bool writes);
  // 40001 when another has changed the row since the snapshot; `writes`: it was to be written.
  std::optional<sql::SqlError> changed_since(const Snapshot& snapshot, const RowChain& chain,
                                             sql::LockStrength strength, bool writes) const;
  bool keeps_keys_since(const RowChain& chain, const Version& seen) const;
  // Removed by us, or by somebody whose removal is visible; not by who may yet roll back.
  bool is_gone(const Version* newest) const;
  sql::LockStrength target_strength(const sql::Statement& statement,
                                    const sql::Candidate& candidate, const Version* seen) const;

  sql::Expected<sql::Done> fill_late_defaults(const sql::Statement& statement,
                                              const sql::Table& table, sql::Row& row);
  sql::Expected<sql::Done> check_row(const sql::Table& table, const sql::Row& row);
  // 53100
  sql::Expected<sql::Done> find_room(sql::TableId table);
  // As it is stored: with what indexes compute from it.
  sql::Expected<sql::Done> complete_row(sql::TableId table, sql::Row& row);
  sql::Expected<sql::Done> apply_insert(sql::TableId table, sql::Row row);
  sql::Expected<sql::Done> apply_update(RowChain& chain, sql::Row row);
  sql::Expected<sql::Done> apply_remove(RowChain& chain);
  // True when a row was inserted or updated; `row` is then its new image.
  sql::Expected<bool> insert_or_conflict(const sql::Statement& statement, sql::Row& row);
  enum class ConflictOutcome : std::uint8_t { updated, left_alone, try_again };
  sql::Expected<ConflictOutcome> update_conflicting(const sql::Statement& statement,
                                                    const sql::Key& key, RowChain& chain,
                                                    sql::Row& row);
  // Waits for competitors whose fate is open.
  sql::Expected<Conflict> find_conflict(sql::TableId table, sql::KeyId key, const sql::Row& row,
                                        const RowChain* own);
  sql::Expected<sql::Done> enter_indexes(RowChain& chain, const sql::Row* before);

  // At serializable: a row is about to be added, replaced or removed, an index entry to be added.
  Serialization::Failure note_insert(sql::TableId table);
  Serialization::Failure note_replaced(const RowChain& chain);
  Serialization::Failure note_entry(sql::TableId table, sql::KeyId id, const sql::Row& row);
  // ON CONFLICT has met a row.
  Serialization::Failure note_met(const RowChain& chain);
  // The server itself looks for rows of a foreign key, in an index or in the whole table.
  Serialization::Failure note_search(const Snapshot& snapshot, sql::TableId table,
                                     const std::optional<sql::KeyRange>& range) const;
  // What an evaluation came to, unless one of its reads failed at serializable.
  template <class T>
  sql::Expected<T> noted(sql::Expected<T> evaluated) const {
    if (!serializable_view_) return evaluated;
    if (Serialization::Failure failure = serializable_view_->take_failure()) return *failure;
    return evaluated;
  }

  sql::Expected<sql::Done> check_foreign_keys();
  sql::Expected<sql::Done> check_child(const ChildCheck& check);
  sql::Expected<sql::Done> check_parent(const ParentCheck& check);
  sql::Expected<std::vector<sql::RowId>> rows_referencing(const sql::Table& child,
                                                          const sql::ForeignKey& key,
                                                          const sql::Row& parent_row) const;
  sql::Expected<sql::Done> act_on_child(const sql::Table& child, const sql::ForeignKey& key,
                                        sql::ForeignKeyAction action, sql::RowId row,
                                        const ParentCheck& check);

  Engine& engine_;
  Transaction& transaction_;
  SessionEnvironment& environment_;
  WaitLimits limits_;
  sim::Duration row_time_;
  SnapshotView view_;
  std::optional<SerializableView> serializable_view_;
  std::array<const sql::ReadView*, 1> views_;
  const sql::Parameters* parameters_ = nullptr;
  const sql::Statement* whole_ = nullptr;
  std::vector<sql::Rows> lock_steps_;  // what the steps of `whole_` came to
  std::vector<bool> begun_steps_;
  std::int64_t changed_count_ = 0;  // rows, by all parts
  std::function<bool()> has_room_;
  sim::Queue<ChildCheck> child_checks_;
  sim::Queue<ParentCheck> parent_checks_;
};

}  // namespace halfwrite::database
