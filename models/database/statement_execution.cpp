#include "models/database/statement_execution.hpp"

#include "models/database/errors.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <limits>

namespace halfwrite::database {

StatementExecution::StatementExecution(Engine& engine, Transaction& transaction,
                                       SessionEnvironment& environment, const WaitLimits& limits,
                                       sim::Duration row_time)
    : engine_(engine),
      transaction_(transaction),
      environment_(environment),
      limits_(limits),
      row_time_(row_time),
      view_(engine.store(), engine.snapshot_for(transaction)),
      views_{&view_} {
  if (transaction.serializable == nullptr) return;
  serializable_view_.emplace(engine.store(), view_, engine.serialization(),
                             *transaction.serializable);
  views_[0] = &*serializable_view_;
}

StatementExecution::~StatementExecution() = default;

sql::Expected<sql::Done> StatementExecution::seam(std::size_t row) {
  sim::Simulation& simulation = engine_.simulation();
  if (row != 0 && simulation.on_fiber()) {
    simulation.sleep(row_time_, sim::Place{engine_.places().row});
  }
  if (simulation.now() >= limits_.statement_deadline) return statement_timed_out();
  return sql::Done{};
}

sql::Inputs StatementExecution::inputs(std::span<const sql::Rows> lock_steps) const {
  sql::Inputs inputs;
  inputs.views = views_;
  inputs.environment = &environment_;
  inputs.parameters = parameters_;
  inputs.lock_steps = lock_steps;
  inputs.deep_stack = &engine_;
  return inputs;
}

// The newest version that is settled or our own; what another running transaction made does not
// count.
const Version* StatementExecution::newest_for_us(const RowChain& chain) const {
  for (auto version = chain.versions.rbegin(); version != chain.versions.rend(); ++version) {
    if (version->made.by == nullptr || version->made.by == &transaction_) return &*version;
  }
  return nullptr;
}

namespace {

sql::Expected<QueryResult> selected(sql::Expected<sql::Rows> rows, StatementReference statement) {
  if (!rows) return rows.error();
  QueryResult result;
  result.row_count = static_cast<std::int64_t>(rows->rows.size());
  result.rows = std::move(rows->rows);
  result.statement = std::move(statement);
  result.tag = "SELECT " + std::to_string(result.row_count);
  return result;
}

}  // namespace

sql::Expected<QueryResult> StatementExecution::run(const StatementReference& statement,
                                                   const sql::Parameters& parameters) {
  parameters_ = &parameters;
  const bool plain_select = statement->kind == sql::StatementKind::select &&
                            !statement->is_locking() && statement->lock_steps.empty();
  if (plain_select) {
    // Evaluated in one piece: nothing can change meanwhile.
    return selected(noted(engine_.evaluator().select(*statement, inputs({}))), statement);
  }
  const std::uint64_t horizon = view_.snapshot().horizon;
  engine_.transactions().hold_horizon(horizon);
  sql::Expected<QueryResult> result = run_whole(*statement);
  if (result) {
    sql::Expected<sql::Done> keys = check_foreign_keys();
    if (!keys) result = keys.error();
  }
  engine_.transactions().release_horizon(horizon);
  if (result) result->statement = statement;
  return result;
}

sql::Expected<QueryResult> StatementExecution::run_whole(const sql::Statement& statement) {
  const sql::LockSteps& steps = statement.lock_steps;
  whole_ = &statement;
  lock_steps_.resize(steps.size());
  begun_steps_.resize(steps.size(), false);
  sql::Expected<QueryResult> result = run_part(statement);
  // What changes rows for nobody to read, the last first (ExecPostprocessPlan).
  for (std::size_t step = steps.size(); result && step-- > 0;) {
    if (begun_steps_[step] || !steps[step]->writes()) continue;
    sql::Expected<sql::Done> done = run_step(step);
    if (!done) result = done.error();
  }
  if (result) result->changed_count = changed_count_;
  return result;
}

sql::Expected<QueryResult> StatementExecution::run_part(const sql::Statement& statement) {
  for (const std::size_t step : statement.steps_read) {
    if (begun_steps_[step]) continue;
    sql::Expected<sql::Done> done = run_step(step);
    if (!done) return done.error();
  }
  if (!statement.writes()) return selected(locked_rows(statement), nullptr);
  sql::Expected<QueryResult> result = run_change(statement);
  if (result) changed_count_ += result->row_count;
  return result;
}

sql::Expected<QueryResult> StatementExecution::run_change(const sql::Statement& statement) {
  switch (statement.kind) {
    case sql::StatementKind::insert:
      return run_insert(statement);
    case sql::StatementKind::update:
      return run_update(statement);
    default:
      return run_remove(statement);
  }
}

sql::Expected<sql::Done> StatementExecution::run_step(std::size_t step) {
  begun_steps_[step] = true;
  sql::Expected<QueryResult> result = run_part(*whole_->lock_steps[step]);
  if (!result) return result.error();
  lock_steps_[step].rows = std::move(result->rows);
  return sql::Done{};
}

// A SELECT with a lock clause, or one that holds such sub-selects. Rows that were rejected or
// skipped count for neither LIMIT nor OFFSET; rows that OFFSET drops are locked all the same.
sql::Expected<sql::Rows> StatementExecution::locked_rows(const sql::Statement& statement) {
  const sql::Inputs in = inputs(lock_steps_);
  if (!statement.is_locking()) {
    return noted(engine_.evaluator().select(statement, in));
  }
  sql::Limits limits;
  if (statement.has_limit) {
    sql::Expected<sql::Limits> asked = noted(engine_.evaluator().limits(statement, in));
    if (!asked) return asked.error();
    limits = *asked;
  }
  constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
  const std::int64_t wanted = limits.limit && *limits.limit < kNoLimit - limits.offset
                                  ? *limits.limit + limits.offset
                                  : kNoLimit;
  // The snapshot answers the same however often it is asked: candidates beyond the limit are looked
  // for only when some before it were skipped. What draws, or notes what it reads, is asked once.
  const bool asks_once =
      wanted == kNoLimit || statement.is_volatile || transaction_.serializable != nullptr;
  std::size_t most =
      asks_once ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(wanted);
  sql::Rows rows;
  std::int64_t passed = 0;
  std::size_t row = 0;
  while (passed < wanted) {
    sql::Expected<std::vector<sql::Candidate>> candidates =
        noted(engine_.evaluator().targets(statement, in, most));
    if (!candidates) return candidates.error();
    while (row < candidates->size() && passed < wanted) {
      sql::Candidate& candidate = (*candidates)[row];
      sql::Expected<sql::Done> in_time = seam(row++);
      if (!in_time) return in_time.error();
      sql::Expected<std::optional<Target>> target =
          lock_target(statement, std::move(candidate), in);
      if (!target) return target.error();
      if (!target->has_value()) continue;
      if (++passed > limits.offset) rows.rows.push_back(std::move((*target)->candidate.output));
    }
    if (asks_once || candidates->size() < most) break;
    most *= 4;
  }
  return rows;
}

sql::LockStrength StatementExecution::target_strength(const sql::Statement& statement,
                                                      const sql::Candidate& candidate,
                                                      const Version* seen) const {
  const sql::LockStrength strength = *statement.sources[0].lock;
  if (statement.kind != sql::StatementKind::update || strength != sql::LockStrength::update ||
      seen == nullptr) {
    return strength;
  }
  // PostgreSQL compares the values (heapam.c, HeapDetermineColumnsInfo): naming a key column in SET
  // is not changing it.
  const sql::Table& table = engine_.catalog().table(statement.target->table);
  return same_unique_keys(table, seen->values, candidate.output) ? sql::LockStrength::no_key_update
                                                                 : strength;
}

bool StatementExecution::is_gone(const Version* newest) const {
  return newest == nullptr || newest->ended.by == &transaction_ ||
         (newest->ended.by == nullptr && newest->ended.visible != 0);
}

// At repeatable read the version seen decides, at once and whatever became of the row since. A lock
// on the key is in nobody's way who left the keys alone.
std::optional<sql::SqlError> StatementExecution::changed_since(const Snapshot& snapshot,
                                                               const RowChain& chain,
                                                               sql::LockStrength strength,
                                                               bool writes) const {
  const Version* seen = repeatable() ? snapshot.version_of(chain) : nullptr;
  if (seen == nullptr || seen->ended.by != nullptr || seen->ended.visible == 0) {
    return std::nullopt;
  }
  const auto next =
      std::find_if(chain.versions.begin(), chain.versions.end(), [&](const Version& version) {
        return version.made.by == nullptr && version.made.visible == seen->ended.visible;
      });
  if (next == chain.versions.end()) return concurrent_change(writes && !seen->replaced);
  if (strength == sql::LockStrength::key_share && keeps_keys_since(chain, *seen)) {
    return std::nullopt;
  }
  return concurrent_change(false);
}

// Up to the newest version that is settled or our own.
bool StatementExecution::keeps_keys_since(const RowChain& chain, const Version& seen) const {
  return std::none_of(&seen, newest_for_us(chain),
                      [](const Version& version) { return version.key_ended; });
}

sql::Expected<StatementExecution::Found> StatementExecution::lock_row(sql::TableId table,
                                                                      sql::RowId row,
                                                                      sql::LockStrength strength,
                                                                      sql::LockWait wait,
                                                                      bool writes) {
  RowChain* chain = engine_.store().table(table).find(row);
  if (chain == nullptr) return Found::gone;
  const Snapshot& snapshot = view_.snapshot();
  const std::size_t locks_before = transaction_.locks.size();
  const LockRequest request{strength, wait, snapshot, !repeatable(), !writes};
  sql::Expected<LockOutcome> locked = engine_.locks().lock(transaction_, *chain, request, limits_);
  if (!locked) return locked.error();
  if (*locked == LockOutcome::skipped) return Found::skipped;
  chain = engine_.store().table(table).find(row);
  if (chain == nullptr || *locked == LockOutcome::gone) {
    return Found::gone;
  }
  if (auto changed = changed_since(snapshot, *chain, strength, writes)) return *changed;
  const Version* newest = newest_for_us(*chain);
  const bool changed_by_this_statement = newest != nullptr && newest->made.by == &transaction_ &&
                                         newest->made.command >= snapshot.command;
  if (is_gone(newest) || changed_by_this_statement) {
    engine_.locks().release(transaction_, locks_before);
    return Found::gone;
  }
  // A row lock is written into the row itself, so it needs a transaction id and log.
  engine_.transactions().assign_xid(transaction_);
  transaction_.wrote_log = true;
  const Version* seen = snapshot.version_of(*chain);
  if (seen == newest) return Found::as_seen;
  // At every level a lock on the key takes the version it has seen, if its key is still that
  // (heapam.c, heap_lock_tuple: nothing to wait for where HEAP_KEYS_UPDATED is not set).
  const bool keeps_seen = strength == sql::LockStrength::key_share && seen != nullptr &&
                          keeps_keys_since(*chain, *seen);
  return repeatable() || keeps_seen ? Found::as_seen : Found::newer;
}

sql::Expected<std::optional<StatementExecution::Target>> StatementExecution::lock_target(
    const sql::Statement& statement, sql::Candidate candidate, const sql::Inputs& in) {
  Target target;
  if (statement.writes()) engine_.transactions().assign_xid(transaction_);
  const auto chain_of = [&](std::size_t source) {
    return engine_.store()
        .table(statement.sources[source].table->table)
        .find(candidate.sources[source].id);
  };
  std::vector<sql::NewerVersion> newer;
  for (std::size_t i = 0; i < statement.sources.size(); ++i) {
    const sql::Source& source = statement.sources[i];
    if (!source.lock || !source.table || candidate.sources[i].id == 0) continue;
    sql::LockStrength strength = *source.lock;
    if (i == 0 && statement.writes()) {
      const RowChain* chain = chain_of(0);
      strength = target_strength(statement, candidate,
                                 chain ? view_.snapshot().version_of(*chain) : nullptr);
    }
    sql::Expected<Found> found = lock_row(source.table->table, candidate.sources[i].id, strength,
                                          source.wait, statement.writes());
    if (!found) return found.error();
    if (*found == Found::gone || *found == Found::skipped) return std::optional<Target>{};
    if (*found == Found::newer) newer.push_back({i, &newest_for_us(*chain_of(i))->values});
  }
  if (!newer.empty()) {
    // Other sources may have been awaited since: take the newest images only now.
    for (sql::NewerVersion& version : newer) {
      version.row = &newest_for_us(*chain_of(version.source))->values;
    }
    sql::Expected<std::optional<sql::Candidate>> again =
        noted(engine_.evaluator().recheck(statement, candidate, newer, in));
    if (!again) return again.error();
    if (!again->has_value()) return std::optional<Target>{};
    candidate = std::move(**again);
    target.rechecked = true;
  }
  if (statement.sources[0].table && candidate.sources[0].id != 0) target.chain = chain_of(0);
  if (target.rechecked && statement.kind == sql::StatementKind::update) {
    // The new values may change a key where the ones first seen did not.
    const sql::LockStrength strength =
        target_strength(statement, candidate, newest_for_us(*target.chain));
    sql::Expected<Found> found =
        lock_row(statement.target->table, target.chain->id, strength, sql::LockWait::wait, true);
    if (!found) return found.error();
  }
  target.candidate = std::move(candidate);
  return std::optional<Target>(std::move(target));
}

sql::Expected<sql::Done> StatementExecution::check_row(const sql::Table& table,
                                                       const sql::Row& row) {
  return engine_.evaluator().check_row(table, row, inputs({}));
}

sql::Expected<sql::Done> StatementExecution::complete_row(sql::TableId table, sql::Row& row) {
  const sql::Table& definition = engine_.catalog().table(table);
  if (definition.computed.empty()) return sql::Done{};
  return engine_.evaluator().complete_row(definition, row, inputs({}));
}

sql::Expected<sql::Done> StatementExecution::add_returning(const sql::Statement& statement,
                                                           const sql::Row& row,
                                                           const sql::Candidate* candidate,
                                                           QueryResult& result) {
  if (!statement.has_returning) return sql::Done{};
  sql::Expected<sql::Row> returned =
      noted(engine_.evaluator().returning(statement, row, candidate, inputs(lock_steps_)));
  if (!returned) return returned.error();
  result.rows.push_back(std::move(*returned));
  return sql::Done{};
}

sql::Expected<QueryResult> StatementExecution::run_update(const sql::Statement& statement) {
  const sql::Inputs in = inputs(lock_steps_);
  sql::Expected<std::vector<sql::Candidate>> candidates =
      noted(engine_.evaluator().targets(statement, in));
  if (!candidates) return candidates.error();
  const sql::Table& table = engine_.catalog().table(statement.target->table);
  QueryResult result;
  std::size_t row = 0;
  for (sql::Candidate& candidate : *candidates) {
    sql::Expected<sql::Done> in_time = seam(row++);
    if (!in_time) return in_time.error();
    // Before the row is locked, as in PostgreSQL: a violation by the version seen does not wait.
    sql::Expected<sql::Done> checked = check_row(table, candidate.output);
    if (!checked) return checked.error();
    sql::Expected<std::optional<Target>> target = lock_target(statement, std::move(candidate), in);
    if (!target) return target.error();
    if (!target->has_value()) continue;
    Target& found = **target;
    if (found.rechecked) {
      checked = check_row(table, found.candidate.output);
      if (!checked) return checked.error();
    }
    sql::Row image = statement.has_returning ? found.candidate.output : sql::Row{};
    sql::Expected<sql::Done> applied =
        apply_update(*found.chain, std::move(found.candidate.output));
    if (!applied) return applied.error();
    ++result.row_count;
    sql::Expected<sql::Done> returned = add_returning(statement, image, &found.candidate, result);
    if (!returned) return returned.error();
  }
  result.tag = "UPDATE " + std::to_string(result.row_count);
  return result;
}

sql::Expected<QueryResult> StatementExecution::run_remove(const sql::Statement& statement) {
  const sql::Inputs in = inputs(lock_steps_);
  sql::Expected<std::vector<sql::Candidate>> candidates =
      noted(engine_.evaluator().targets(statement, in));
  if (!candidates) return candidates.error();
  QueryResult result;
  std::size_t row = 0;
  for (sql::Candidate& candidate : *candidates) {
    sql::Expected<sql::Done> in_time = seam(row++);
    if (!in_time) return in_time.error();
    sql::Expected<std::optional<Target>> target = lock_target(statement, std::move(candidate), in);
    if (!target) return target.error();
    if (!target->has_value()) continue;
    sql::Expected<sql::Done> applied = apply_remove(*(*target)->chain);
    if (!applied) return applied.error();
    ++result.row_count;
    sql::Expected<sql::Done> returned = add_returning(
        statement, (*target)->chain->versions.back().values, &(*target)->candidate, result);
    if (!returned) return returned.error();
  }
  result.tag = "DELETE " + std::to_string(result.row_count);
  return result;
}

sql::Expected<sql::Done> StatementExecution::fill_late_defaults(const sql::Statement& statement,
                                                                const sql::Table& table,
                                                                sql::Row& row) {
  for (const sql::ColumnId column : statement.late_defaults) {
    sql::Expected<sql::Value> value = engine_.evaluator().default_value(table, column, inputs({}));
    if (!value) return value.error();
    row[column] = std::move(*value);
  }
  return sql::Done{};
}

sql::Expected<QueryResult> StatementExecution::run_insert(const sql::Statement& statement) {
  sql::Expected<std::vector<sql::Row>> rows =
      noted(engine_.evaluator().insert_rows(statement, inputs(lock_steps_)));
  if (!rows) return rows.error();
  const sql::TableId table_id = statement.target->table;
  const sql::Table& table = engine_.catalog().table(table_id);
  QueryResult result;
  std::size_t number = 0;
  for (sql::Row& row : *rows) {
    sql::Expected<sql::Done> in_time = seam(number++);
    if (!in_time) return in_time.error();
    sql::Expected<sql::Done> checked = fill_late_defaults(statement, table, row);
    if (checked) checked = check_row(table, row);
    if (!checked) return checked.error();
    const bool keeps_row = statement.has_returning;
    if (statement.conflict == sql::ConflictAction::none) {
      sql::Row image = keeps_row ? row : sql::Row{};
      sql::Expected<sql::Done> applied = apply_insert(table_id, std::move(row));
      if (!applied) return applied.error();
      row = std::move(image);
    } else {
      sql::Expected<bool> applied = insert_or_conflict(statement, row);
      if (!applied) return applied.error();
      if (!*applied) continue;
    }
    ++result.row_count;
    sql::Expected<sql::Done> returned = add_returning(statement, row, nullptr, result);
    if (!returned) return returned.error();
  }
  result.tag = "INSERT 0 " + std::to_string(result.row_count);
  return result;
}

}  // namespace halfwrite::database
