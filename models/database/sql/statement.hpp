// One SQL statement, read once and shared by runs and threads: what kind it is, what it reads,
// locks and changes, and the plans the Evaluator runs. It is immutable and knows no rows. Reading
// it is pure.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/database/sql/value.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

enum class StatementKind : std::uint8_t {
  select,
  insert,
  update,
  remove,       // DELETE
  engine_call,  // SELECT f(...) of a function only the engine can do: advisory locks, replication
                // slots, ...
  begin,        // BEGIN, START TRANSACTION
  commit,       // COMMIT, END
  rollback,     // ROLLBACK, ABORT
  savepoint,
  release,      // RELEASE SAVEPOINT
  rollback_to,  // ROLLBACK TO SAVEPOINT
  prepare_transaction,
  commit_prepared,
  rollback_prepared,
  set_transaction,  // SET TRANSACTION ISOLATION LEVEL ...
  set,              // SET name = value, also SET LOCAL; RESET has no value
  show,
  listen,
  unlisten,  // name "*" for all
  notify,
  checkpoint,
  lock_table,
  truncate,
  vacuum,      // VACUUM, ANALYZE: accepted, does nothing to what can be seen
  definition,  // CREATE ..., ALTER ...: only a schema may hold it; build a Catalog
};

enum class Isolation : std::uint8_t { read_committed, repeatable_read, serializable };

// From weakest to strongest, as PostgreSQL's row locks.
enum class LockStrength : std::uint8_t { key_share, share, no_key_update, update };
enum class LockWait : std::uint8_t { wait, nowait, skip_locked };

struct ResultColumn {
  std::string name;
  Type type;
};

// A table of one of the databases the statement was read against.
struct TableReference {
  std::size_t database = 0;  // position in the Databases it was read against
  TableId table = 0;
  bool operator==(const TableReference&) const = default;
};

// One row source of a statement whose rows are locked: a table of FROM, the target, or a sub-select
// (not lockable).
struct Source {
  std::string alias;
  std::optional<TableReference>
      table;  // nothing for a sub-select or a lock step: its rows travel with the candidate
  std::optional<LockStrength> lock;  // nothing: rows are only read
  LockWait wait = LockWait::wait;
};

struct TransactionOptions {
  std::optional<Isolation> isolation;
  std::optional<bool> read_only;
  std::optional<bool> deferrable;
};

enum class ConflictAction : std::uint8_t { none, do_nothing, do_update };

struct Plan;  // the translated queries; internal to this room
class Statement;

// Parts that lock, change or reach beyond rows and so cannot be evaluated inside a query: a SELECT
// ... FOR UPDATE in IN (SELECT ...), FROM or WITH; WITH ... INSERT/UPDATE/DELETE; and what such a
// WITH holds beside them. The engine runs each at most once, like a statement of its own with the
// same snapshot (kind select, insert, update or remove), and hands its rows (of `columns`) to who
// reads it in Inputs::lock_steps at the same position. All steps of a statement, however deep they
// stand, are in the list of the outermost one, and each comes after those it reads. As in
// PostgreSQL a step that nobody reads runs only if it changes rows, and then after all else, the
// last one first (execMain.c, ExecPostprocessPlan).
using LockSteps = std::vector<std::shared_ptr<const Statement>>;

class Statement {
 public:
  StatementKind kind = StatementKind::select;
  std::string text;                            // as the user wrote it
  std::vector<std::string> parameters;         // names of :variables in order of first use
  std::vector<std::string> sorted_parameters;  // the same in the order of their bytes
  std::vector<ResultColumn> columns;           // of SELECT and RETURNING, empty without
  std::vector<TableReference>
      tables_read;  // every table a row of which may be read, each once; includes the target
  bool reads_clock = false;  // now() and relatives: the answer may change although no table does
  bool is_volatile = false;  // nextval, gen_random_uuid, ...: evaluating it has an effect or draws

  // insert, update, remove; also truncate, lock_table
  std::optional<TableReference> target;
  std::vector<ColumnId> changed_columns;  // update (and DO UPDATE): columns of SET, ascending
  bool has_returning = false;
  bool changes_key = false;  // update: SET names a column of a unique key that a foreign key may
                             // use -> lock `update`

  // update, remove, and select with a lock clause (is_locking()): the sources in order; source 0 is
  // the target of UPDATE and DELETE. For DELETE it is locked with `update`, for UPDATE with
  // `no_key_update`, or `update` if changes_key.
  std::vector<Source> sources;
  bool has_limit = false;  // the select has LIMIT or OFFSET: ask Evaluator::limits
  LockSteps lock_steps;
  std::vector<std::size_t> steps_read;  // positions in the outermost statement's lock_steps

  // insert
  // Columns whose defaults draw (nextval, ...), of a statement that may insert several rows: they
  // are NULL in Evaluator::insert_rows and asked with Evaluator::default_value when their row's
  // turn comes, as PostgreSQL draws a number for each row just before it inserts it.
  std::vector<ColumnId> late_defaults;
  ConflictAction conflict = ConflictAction::none;
  std::vector<KeyId>
      conflict_keys;  // arbiters; all unique keys of the target for DO NOTHING without target

  // transaction control and utility statements
  TransactionOptions transaction;  // begin, set_transaction
  bool chain = false;              // AND CHAIN
  bool local = false;              // SET LOCAL
  std::string name;                // savepoint, gid, setting, channel, or the called function
  std::optional<std::string>
      value;  // SET: the value as text ("200ms"); NOTIFY: payload; nothing = DEFAULT

  std::shared_ptr<const Plan> plan;

  bool is_locking() const { return !sources.empty(); }
  bool writes() const {
    return kind == StatementKind::insert || kind == StatementKind::update ||
           kind == StatementKind::remove;
  }
  // Itself or in WITH.
  bool changes_rows() const {
    return writes() || std::any_of(lock_steps.begin(), lock_steps.end(),
                                   [](const auto& step) { return step->writes(); });
  }
};

// The databases a statement may name, in order. Unqualified (and `public.`) tables are looked up in
// the first, then in the others if only one has the name; `order_db.orders` names one. Catalogs
// must outlive the reading, not the Statement.
struct Database {
  std::string name;
  const Catalog* catalog = nullptr;
};
using Databases = std::vector<Database>;

struct ReadOptions {
  // Types of variables that are known beforehand (now -> timestamptz). Others take their type from
  // their context, as PostgreSQL infers `$1`, and their values are converted to it by Value's text
  // form.
  std::map<std::string, Type, std::less<>> parameter_types;
};

// Reads one statement. Syntax errors are PostgreSQL's own; 42P01, 42703, 42883, 42804, ... are
// found here too, with position in `text` as the user wrote it (`:variables` included).
Expected<std::shared_ptr<const Statement>> read_statement(std::string_view text,
                                                          const Databases& databases,
                                                          const ReadOptions& options = {});
// A condition or expression over variables, without tables of its own unless sub-selects name them:
// read as `SELECT <text>`; positions are those of `text`. With `as_condition` the type must be
// boolean or a bare variable.
Expected<std::shared_ptr<const Statement>> read_expression(std::string_view text,
                                                           const Databases& databases,
                                                           const ReadOptions& options = {},
                                                           bool as_condition = false);

// The variables a statement would name, without reading it further: lexical, outside strings,
// comments and `::`.
std::vector<std::string> variables_of(std::string_view text);

}  // namespace halfwrite::sql
