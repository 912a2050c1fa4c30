#include "scenarios/author_sql.hpp"

#include "models/database/sql/statement.hpp"
#include "sim/assert.hpp"

#include <algorithm>

namespace halfwrite::scenarios {

namespace {

// What an observer's SQL can ask of its session: virtual time, and nothing that would leave a
// trace. The language refuses sequences, transaction ids and chance in invariants, so asking for
// them here is our own mistake.
class ObserverEnvironment : public sql::Environment {
 public:
  explicit ObserverEnvironment(std::int64_t now_microseconds) : now_(now_microseconds) {}
  std::int64_t transaction_time() override { return now_; }
  std::int64_t statement_time() override { return now_; }
  std::int64_t clock_time() override { return now_; }
  sql::Expected<std::int64_t> next_value(std::size_t, sql::SequenceId) override {
    return refused();
  }
  sql::Expected<std::int64_t> current_value(std::size_t, sql::SequenceId) override {
    return refused();
  }
  sql::Expected<std::int64_t> set_value(std::size_t, sql::SequenceId, std::int64_t, bool) override {
    return refused();
  }
  sql::Expected<std::int64_t> last_value() override { return refused(); }
  std::string random_uuid() override { return "00000000-0000-4000-8000-000000000000"; }
  sql::Expected<std::int64_t> transaction_id() override { return 0; }
  std::optional<std::int64_t> transaction_id_if_assigned() override { return std::nullopt; }
  std::string snapshot() override { return "0:0:"; }
  std::optional<std::string> setting(std::string_view) override { return std::nullopt; }

 private:
  static sql::SqlError refused() {
    return {.sqlstate = "25006",
            .message = "cannot execute this in a read-only transaction",
            .detail = {},
            .hint = {},
            .position = 0,
            .unknown_name = {},
            .candidates = {}};
  }
  std::int64_t now_;
};

// 2026-01-01T00:00:00Z, where virtual time begins for SQL.
constexpr std::int64_t epoch_microseconds = 1'767'225'600'000'000;

std::string text_of(const sql::Statement& statement, const sql::Row& row) {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) text += ", ";
    text += statement.columns[i].name + " " + (row[i].is_null() ? "NULL" : sql::to_text(row[i]));
  }
  return text;
}

// Numbers behind the first column are counts and amounts, which name nobody.
std::vector<std::string> further_texts(const sql::Row& row) {
  std::vector<std::string> texts;
  for (std::size_t column = 1; column < row.size(); ++column)
    if (row[column].is_text()) texts.push_back(sql::to_text(row[column]));
  return texts;
}

}  // namespace

AuthorSqlInvariant::AuthorSqlInvariant(const AuthorSql& author, sim::Simulation& simulation,
                                       sql::Evaluator& evaluator,
                                       std::vector<const sql::ReadView*> views)
    : author_(author), simulation_(simulation), evaluator_(evaluator), views_(std::move(views)) {
  if (author_.rule != AuthorSql::Rule::constant_number) return;
  evaluate();
  evaluations_ = 0;
}

AuthorSqlInvariant::~AuthorSqlInvariant() = default;

bool AuthorSqlInvariant::reads(std::size_t database, std::span<const sql::TableId> tables) const {
  const auto& read = author_.statement->tables_read;
  return std::any_of(read.begin(), read.end(), [&](const sql::TableReference& reference) {
    return reference.database == database &&
           std::find(tables.begin(), tables.end(), reference.table) != tables.end();
  });
}

void AuthorSqlInvariant::evaluate() {
  ++evaluations_;
  const auto work = [this] {
    ObserverEnvironment environment(epoch_microseconds +
                                    simulation_.now().since_start().in_nanoseconds() / 1000);
    const sql::Parameters parameters;
    const sql::Inputs inputs{
        .views = views_, .environment = &environment, .parameters = &parameters, .lock_steps = {}};
    if (!had_rows_to_read_) had_rows_to_read_ = !all_tables_empty();
    auto rows = evaluator_.select(*author_.statement, inputs);
    // An error while it is evaluated (a division by zero, say) cannot be found when the file is
    // loaded. It is no peace.
    const std::vector<Complaint> complaints =
        rows ? complaints_of(*rows)
             : std::vector<Complaint>{{author_.name, "the query failed: " + rows.error().message +
                                                         " (" + rows.error().sqlstate + ")"}};
    std::vector<std::string> now_seen;
    for (const Complaint& complaint : complaints) {
      now_seen.push_back(complaint.sentence);
      if (std::find(seen_.begin(), seen_.end(), complaint.sentence) == seen_.end())
        add_violation(complaint);
    }
    seen_ = std::move(now_seen);
  };
  if (simulation_.on_fiber()) {
    simulation_.on_main_stack(work);
  } else {
    work();
  }
}

std::vector<AuthorSqlInvariant::Complaint> AuthorSqlInvariant::complaints_of(
    const sql::Rows& rows) {
  if (author_.rule != AuthorSql::Rule::no_row) return complaints_of_number(rows);
  std::vector<Complaint> complaints;
  for (const sql::Row& row : rows.rows) {
    const bool names_somebody = !row.empty() && !row[0].is_null();
    complaints.push_back({names_somebody ? sql::to_text(row[0]) : author_.name,
                          "its query has a row: " + text_of(*author_.statement, row),
                          further_texts(row)});
  }
  return complaints;
}

std::vector<AuthorSqlInvariant::Complaint> AuthorSqlInvariant::complaints_of_number(
    const sql::Rows& rows) {
  const bool is_one = rows.rows.size() == 1 && rows.rows.front().size() == 1;
  if (!is_one) {
    return {{author_.name,
             "its query gave " + std::to_string(rows.rows.size()) + " rows, expected one number"}};
  }
  const sql::Value& value = rows.rows.front().front();
  // sum() and min() over nothing.
  const std::string number = value.is_null() ? "nothing" : sql::to_text(value);
  if (author_.rule == AuthorSql::Rule::never_negative) {
    if (!number.starts_with('-')) return {};
    return {{author_.name, "the stock fell to " + number}};
  }
  if (!number_before_the_run_) number_before_the_run_ = number;
  if (number == *number_before_the_run_) return {};
  return {{author_.name, "the total was " + *number_before_the_run_ + " and became " + number}};
}

void AuthorSqlInvariant::add_violation(const Complaint& complaint) {
  invariants::Violation violation;
  violation.subject = complaint.subject;
  violation.other_subjects = complaint.others;
  violation.sentence = complaint.sentence;
  violation.at = simulation_.now();
  violations_.push_back(std::move(violation));
}

bool AuthorSqlInvariant::all_tables_empty() const {
  for (const sql::TableReference& reference : author_.statement->tables_read) {
    std::vector<sql::StoredRow> rows;
    views_[reference.database]->scan(reference.table, rows);
    if (!rows.empty()) return false;
  }
  return true;
}

invariants::Verdict AuthorSqlInvariant::judge(sim::Instant) {
  // What is asked of a number is asked at the end too: what systems outside did is no commit.
  if (!is_always() || author_.rule != AuthorSql::Rule::no_row) evaluate();
  invariants::Verdict verdict;
  verdict.invariant = author_.name;
  verdict.violations = violations_;
  if (!violations_.empty()) {
    verdict.outcome = invariants::Outcome::violated;
  } else if (!had_rows_to_read_ && !author_.statement->tables_read.empty()) {
    verdict.outcome = invariants::Outcome::vacuous;
    verdict.vacuous_because = evaluations_ == 0 ? "no commit ever touched a table it reads"
                                                : "the tables it reads stayed empty";
  }
  return verdict;
}

std::vector<sim::Explanation> sql_builtin_explanations() {
  return {
      {"money_is_conserved",
       "No money is made or lost: a number of yours stays what it was.",
       {{{"violated if",
          "`total`, one number in SQL over all databases and history, is at a commit or at the "
          "end another than before the run; what is in transit counts as your SQL counts it"},
         {"evidence", "committed rows of all databases at one instant"},
         {"does not see", "what no commit touches, before the end"},
         {"mend it by", "moving money in one transaction, or counting what is on its way"}}}},
      {"no_oversell",
       "Nothing is sold that is not there: a number of yours never falls below zero.",
       {{{"violated if",
          "`stock`, one number in SQL over all databases, is below zero at a commit or at the end"},
         {"evidence", "committed rows of all databases at one instant"},
         {"does not see", "a stock that the database itself keeps from falling"},
         {"mend it by",
          "a condition in the statement that takes (\"AND free >= 1\"), with `expect_rows`"}}}}};
}

}  // namespace halfwrite::scenarios
