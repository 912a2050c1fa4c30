// Evaluates statements over rows that someone else keeps. An Evaluator owns one in-memory SQLite
// handle and its prepared statements, belongs to one thread, and may be used for any number of runs
// and catalogs: what it caches has no observable state. It never changes rows, locks, waits or
// yields, and nothing it calls may throw through it.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/database/sql/statement.hpp"
#include "models/database/sql/value.hpp"

#include <boost/container/flat_map.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

// Identity of a logical row, the same for all its versions. Chosen by the engine, positive.
using RowId = std::int64_t;

struct StoredRow {
  RowId id = 0;
  const Row* values = nullptr;  // lives until the evaluation that asked for it returns
};

// One end of a range. Absent = open.
struct Bound {
  Value value;
  bool inclusive = false;
};

// Rows by a key of the table: equal on the first columns of the key, and within bounds on the next
// one; without any of these all rows of the index. With `equal` on all columns of a unique key at
// most one row is visible.
struct KeyRange {
  KeyId key = 0;
  std::vector<Value> equal;
  std::optional<Bound> lower;
  std::optional<Bound> upper;
  bool descending = false;  // the order in which they are wanted

  // As IndexChoice::operators says what a value is for.
  void limit(char operation, Value value) {
    if (operation == 'e')
      equal.push_back(std::move(value));
    else if (operation == 'g' || operation == 'G')
      lower = Bound{std::move(value), operation == 'G'};
    else
      upper = Bound{std::move(value), operation == 'L'};
  }
};

// How far rows were read. Its content is the view's own.
struct ReadPosition {
  RowId row = 0;
  const void* entry = nullptr;
  bool at_end = false;
};

// The rows one statement sees: a snapshot with the transaction's own changes. The evaluator asks,
// the engine answers, and may note what was read (also what was looked for and not found). Both
// calls append to `rows` in an order that depends on the visible rows alone: `scan` in that of
// insertion, as PostgreSQL's is as a rule, `find` in that of the key, and of insertion where keys
// are equal. `find` may return rows outside the range; they are filtered again. The answers must
// not change while one evaluation runs.
class ReadView {
 public:
  virtual ~ReadView() = default;
  virtual void scan(TableId table, std::vector<StoredRow>& rows) const = 0;
  virtual void find(TableId table, const KeyRange& range, std::vector<StoredRow>& rows) const = 0;
  // The same in pieces, of some `count` rows each, so that who needs few reads few. Without a
  // better way everything is one piece.
  virtual void scan_next(TableId table, std::size_t count, ReadPosition& position,
                         std::vector<StoredRow>& rows) const;
  virtual void find_next(TableId table, const KeyRange& range, std::size_t count,
                         ReadPosition& position, std::vector<StoredRow>& rows) const;
  // The visible version of one row, nullptr if there is none. Asked for rows it returned before.
  virtual const Row* row(TableId table, RowId id) const = 0;
};

// What expressions can ask of the session. Errors come back as values.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual std::int64_t
  transaction_time() = 0;  // now(): microseconds since 1970, of the transaction's start
  virtual std::int64_t statement_time() = 0;
  virtual std::int64_t clock_time() = 0;
  virtual Expected<std::int64_t> next_value(std::size_t database, SequenceId sequence) = 0;
  virtual Expected<std::int64_t> current_value(std::size_t database,
                                               SequenceId sequence) = 0;  // currval, else 55000
  virtual Expected<std::int64_t> set_value(std::size_t database, SequenceId sequence,
                                           std::int64_t value, bool is_called) = 0;
  virtual Expected<std::int64_t> last_value() = 0;  // lastval, else 55000
  virtual std::string random_uuid() = 0;            // canonical lower case text
  // pg_current_xact_id(): assigns one if needed; 25006 on a standby.
  virtual Expected<std::int64_t> transaction_id() = 0;
  virtual std::optional<std::int64_t> transaction_id_if_assigned() = 0;
  virtual std::string snapshot() = 0;  // pg_current_snapshot(): "xmin:xmax:xip,xip"
  // current_setting(name) for settings SET can change; nothing if unknown.
  virtual std::optional<std::string> setting(std::string_view name) = 0;
};

// The order of names, that of their bytes. Names are short and differ early, which is sooner seen
// here than by a call of memcmp.
struct NameOrder {
  using is_transparent = void;
  bool operator()(std::string_view left, std::string_view right) const {
    const std::size_t shared = std::min(left.size(), right.size());
    constexpr std::size_t word = 4;
    std::size_t i = 0;
    while (shared - i >= word && std::memcmp(left.data() + i, right.data() + i, word) == 0)
      i += word;
    for (; i < shared; ++i)
      if (left[i] != right[i])
        return static_cast<unsigned char>(left[i]) < static_cast<unsigned char>(right[i]);
    return left.size() < right.size();
  }
};

struct NamedValue {
  std::string_view name;
  Value value;
};

// By name; small, and one block of memory. Made of many values at once where they are known
// together: each that enters later moves those behind it.
class Parameters : public boost::container::flat_map<std::string, Value, NameOrder> {
 public:
  Parameters();
  // Of two values with one name the first stays.
  Parameters(std::initializer_list<NamedValue> values);
  explicit Parameters(std::span<const NamedValue> values);
  // `values` with others, which replace those of the same name, and room for some more.
  Parameters(const Parameters& values, std::initializer_list<NamedValue> others,
             std::size_t more = 0);
};

// What a statement names and nobody has set.
enum class Missing : std::uint8_t { left_out, null };

// Those of the values that the statement names, and no others.
Parameters named_by(const Statement& statement, const Parameters& values, Missing missing);
Parameters named_by(const Statement& statement, Parameters&& values, Missing missing);

struct Rows {
  std::vector<Row> rows;  // columns are described by Statement::columns
};

// Where SQLite runs: it needs more stack than a fiber has. What is evaluated without it never comes
// here.
class DeepStack {
 public:
  virtual ~DeepStack() = default;
  // Does the work before it returns; the work does not wait.
  virtual void run(const std::function<void()>& work) = 0;
};

// Everything an evaluation looks at. `views` has one entry per database the statement was read
// against (nullptr where none of its tables is used). `lock_steps` has the rows each of
// Statement::lock_steps produced.
struct Inputs {
  std::span<const ReadView* const> views;
  Environment* environment = nullptr;
  const Parameters* parameters = nullptr;
  std::span<const Rows> lock_steps;
  DeepStack* deep_stack = nullptr;  // nullptr: the caller's stack is deep enough
};

// A row that an UPDATE, DELETE or locking SELECT has found in the snapshot, one entry per
// Statement::sources.
struct CandidateSource {
  RowId id = 0;  // 0: a sub-select's row, or the missing side of an outer join
  Row derived;   // a sub-select's or lock step's row
};
struct Candidate {
  std::vector<CandidateSource> sources;
  // update: the complete new row of the target; select: the result row; remove: empty.
  Row output;
};

// A newer version that replaces one source's snapshot row in a re-check.
struct NewerVersion {
  std::size_t source = 0;
  const Row* row = nullptr;
};

struct Limits {
  std::optional<std::int64_t> limit;
  std::int64_t offset = 0;
};

struct ConflictUpdate {
  Row row;  // the complete new row
};

// What one evaluation may take before it ends with 54000, so that a recursive WITH that never ends
// is an error and no hang. Steps are those of SQLite's machine and the same for one library.
struct EvaluationLimits {
  std::uint64_t steps = 1'000'000'000;  // counted in millions; some ten seconds
  std::size_t rows = 10'000'000;        // of the result
  int characters = 64 << 20;            // bytes of one text and of one row
};

class Evaluator {
 public:
  // What simple enough queries take: the way without SQLite where there is one, or always SQLite's
  // (to compare the two).
  enum class Paths : std::uint8_t { shortest, sqlite };
  explicit Evaluator(const EvaluationLimits& limits = {}, Paths paths = Paths::shortest);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // A SELECT without lock clause, or an expression (one row). Order is ORDER BY's; ties and
  // unordered results follow the view's order.
  Expected<Rows> select(const Statement& statement, const Inputs& inputs);

  // UPDATE, DELETE and locking SELECT: the candidates in the snapshot, in the order the engine must
  // lock them, without LIMIT. A target row that joins several others is listed with each: the first
  // that still qualifies when it is locked changes it. Checks and not-null rules are not applied
  // yet (see check_row).
  // With `most` only so many, the first ones; asked again for more it gives the same ones first,
  // unless the statement is volatile.
  Expected<std::vector<Candidate>> targets(
      const Statement& statement, const Inputs& inputs,
      std::size_t most = std::numeric_limits<std::size_t>::max());

  // PostgreSQL's EvalPlanQual: the same candidate with newer versions of some sources; sub-selects
  // and other sources stay at the old snapshot (`inputs`). Nothing when the row no longer
  // qualifies.
  Expected<std::optional<Candidate>> recheck(const Statement& statement, const Candidate& candidate,
                                             std::span<const NewerVersion> newer,
                                             const Inputs& inputs);

  // LIMIT and OFFSET of a locking SELECT: rows that were rejected or skipped count for neither.
  Expected<Limits> limits(const Statement& statement, const Inputs& inputs);

  // INSERT: the complete rows, defaults drawn in row order, values coerced to the column types. Not
  // checked yet.
  Expected<std::vector<Row>> insert_rows(const Statement& statement, const Inputs& inputs);

  // ON CONFLICT DO UPDATE for one proposed row and the newest version of the row it conflicts with;
  // nothing when its WHERE is not true.
  Expected<std::optional<Row>> conflict_update(const Statement& statement, const Row& existing,
                                               const Row& proposed, const Inputs& inputs);

  // NOT NULL (23502), then CHECKs (23514), with PostgreSQL's messages. For every new row of INSERT,
  // UPDATE and DO UPDATE.
  Expected<Done> check_row(const Table& table, const Row& row, const Inputs& inputs);

  // RETURNING for one row: the new row of INSERT and UPDATE, the old one of DELETE. `candidate`
  // supplies the other sources of UPDATE ... FROM and DELETE ... USING; nullptr for INSERT.
  Expected<Row> returning(const Statement& statement, const Row& row, const Candidate* candidate,
                          const Inputs& inputs);

  // The values of Table::computed behind those of the columns; what was there before is replaced.
  Expected<Done> complete_row(const Table& table, Row& row, const Inputs& inputs);

  // The default of one column (ON DELETE SET DEFAULT).
  Expected<Value> default_value(const Table& table, ColumnId column, const Inputs& inputs);

  // Whether SQLite takes the statement's queries: 54001 when it is too large for it (64 tables in a
  // join, 2000 columns, 127 arguments, 1000 levels). So that this is known before anything runs.
  std::optional<SqlError> unprepared(const Statement& statement);

  // The arguments of an engine_call.
  Expected<Row> arguments(const Statement& statement, const Inputs& inputs);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace halfwrite::sql
