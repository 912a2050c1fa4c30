#include "models/database/sql/evaluator.hpp"

#include "models/database/sql/evaluator_implementation.hpp"
#include "sim/assert.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

// A candidate of `main`: row ids of the sources, the output, then the columns of the derived
// sources.
Candidate candidate_of(Row& row, const Statement& statement) {
  Candidate candidate;
  const auto sources = statement.sources.size();
  candidate.sources.resize(sources);
  for (std::size_t i = 0; i < sources; ++i)
    if (row[i].is_integer()) candidate.sources[i].id = row[i].integer();
  auto at = row.begin() + static_cast<std::ptrdiff_t>(sources);
  const auto end = at + static_cast<std::ptrdiff_t>(statement.plan->outputs);
  candidate.output.assign(std::make_move_iterator(at), std::make_move_iterator(end));
  at = end;
  for (std::size_t i = 0; i < sources; ++i)
    for (std::size_t column = 0; column < statement.plan->derived[i].size(); ++column)
      candidate.sources[i].derived.push_back(std::move(*at++));
  return candidate;
}

}  // namespace

void ReadView::scan_next(TableId table, std::size_t, ReadPosition& position,
                         std::vector<StoredRow>& rows) const {
  scan(table, rows);
  position.at_end = true;
}

void ReadView::find_next(TableId table, const KeyRange& range, std::size_t, ReadPosition& position,
                         std::vector<StoredRow>& rows) const {
  const auto before = static_cast<std::ptrdiff_t>(rows.size());
  find(table, range, rows);
  if (range.descending) std::reverse(rows.begin() + before, rows.end());
  position.at_end = true;
}

Evaluator::Evaluator(const EvaluationLimits& limits, Paths paths)
    : implementation_(std::make_unique<Implementation>(limits, paths)) {}
Evaluator::~Evaluator() = default;

std::optional<SqlError> Evaluator::unprepared(const Statement& statement) {
  for (const auto& step : statement.lock_steps)
    if (auto error = unprepared(*step)) return error;
  if (statement.plan == nullptr) return std::nullopt;
  const Plan& plan = *statement.plan;
  for (const Query* query :
       {&plan.main, &plan.recheck, &plan.limits, &plan.returning, &plan.conflict})
    if (auto error = implementation_->unprepared(*query, plan)) return error;
  return std::nullopt;
}

Expected<Rows> Evaluator::select(const Statement& statement, const Inputs& inputs) {
  HALFWRITE_ASSERT(statement.kind == StatementKind::select && !statement.is_locking(),
                   "select() was asked for a statement that is no plain SELECT");
  auto rows = implementation_->run(statement.plan->main, *statement.plan, inputs);
  if (!rows) return rows.error();
  return Rows{std::move(*rows)};
}

Expected<std::vector<Candidate>> Evaluator::targets(const Statement& statement,
                                                    const Inputs& inputs, std::size_t most) {
  HALFWRITE_ASSERT(statement.is_locking(), "targets() was asked for a statement that locks no row");
  auto rows = implementation_->run(statement.plan->main, *statement.plan, inputs, {}, most);
  if (!rows) return rows.error();
  std::vector<Candidate> candidates;
  candidates.reserve(rows->size());
  for (auto& row : *rows) candidates.push_back(candidate_of(row, statement));
  return candidates;
}

Expected<std::optional<Candidate>> Evaluator::recheck(const Statement& statement,
                                                      const Candidate& candidate,
                                                      std::span<const NewerVersion> newer,
                                                      const Inputs& inputs) {
  std::vector<const Row*> images(statement.sources.size(), nullptr);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto& source = statement.sources[i];
    if (!source.table)
      images[i] = &candidate.sources[i].derived;
    else if (candidate.sources[i].id != 0)
      images[i] =
          inputs.views[source.table->database]->row(source.table->table, candidate.sources[i].id);
  }
  for (const auto& version : newer) images[version.source] = version.row;
  auto rows = implementation_->run(statement.plan->recheck, *statement.plan, inputs, images);
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Candidate>();
  Candidate result = candidate;
  if (statement.plan->outputs > 0) result.output = std::move(rows->front());
  return std::optional<Candidate>(std::move(result));
}

Expected<Limits> Evaluator::limits(const Statement& statement, const Inputs& inputs) {
  if (!statement.plan->limits.present()) return Limits{};
  const auto rows = implementation_->run(statement.plan->limits, *statement.plan, inputs);
  if (!rows) return rows.error();
  const auto& row = rows->front();
  Limits limits;
  if (row[0].integer() >= 0) limits.limit = row[0].integer();
  limits.offset = row[1].integer();
  return limits;
}

Expected<std::vector<Row>> Evaluator::insert_rows(const Statement& statement,
                                                  const Inputs& inputs) {
  HALFWRITE_ASSERT(statement.kind == StatementKind::insert,
                   "insert_rows() was asked for a statement that is no INSERT");
  return implementation_->run(statement.plan->main, *statement.plan, inputs);
}

Expected<std::optional<Row>> Evaluator::conflict_update(const Statement& statement,
                                                        const Row& existing, const Row& proposed,
                                                        const Inputs& inputs) {
  HALFWRITE_ASSERT(statement.plan->conflict.present(),
                   "conflict_update() was asked for a statement without DO UPDATE");
  const Row* const images[] = {&existing, &proposed};
  auto rows = implementation_->run(statement.plan->conflict, *statement.plan, inputs, images);
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Row>();
  return std::optional<Row>(std::move(rows->front()));
}

Expected<Done> Evaluator::check_row(const Table& table, const Row& row, const Inputs& inputs) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!table.columns[i].not_null || !row[i].is_null()) continue;
    SqlError error;
    error.sqlstate = "23502";
    error.message = "null value in column \"" + table.columns[i].name + "\" of relation \"" +
                    table.name + "\" violates not-null constraint";
    error.detail = "Failing row contains " + to_failing_row(row) + ".";
    if (table.columns[i].type.kind == TypeKind::integer && table.primary_key() &&
        table.keys.front().columns == std::vector<ColumnId>{static_cast<ColumnId>(i)})
      error.hint =
          "INTEGER PRIMARY KEY draws no numbers in PostgreSQL. Write BIGSERIAL or GENERATED ... AS "
          "IDENTITY, or give a value.";
    return error;
  }
  if (!table.all_checks) return Done{};
  const auto& plan = table.all_checks->plan;
  const Row* const images[] = {&row};
  const auto rows = implementation_->run(plan.main, plan, inputs, images);
  if (!rows) return rows.error();
  const auto& results = rows->front();
  for (std::size_t i = 0; i < table.checks.size(); ++i) {
    if (results[i].is_null() || results[i].is_true()) continue;
    SqlError error;
    error.sqlstate = "23514";
    error.message = "new row for relation \"" + table.name + "\" violates check constraint \"" +
                    table.checks[i].name + "\"";
    error.detail = "Failing row contains " + to_failing_row(row) + ".";
    return error;
  }
  return Done{};
}

Expected<Row> Evaluator::returning(const Statement& statement, const Row& row,
                                   const Candidate* candidate, const Inputs& inputs) {
  HALFWRITE_ASSERT(statement.has_returning,
                   "returning() was asked for a statement without RETURNING");
  std::vector<const Row*> images(std::max<std::size_t>(statement.sources.size(), 1), nullptr);
  for (std::size_t i = 1; i < statement.sources.size(); ++i) {
    HALFWRITE_ASSERT(candidate != nullptr,
                     "RETURNING of a statement with several sources needs its candidate");
    const auto& source = statement.sources[i];
    if (!source.table)
      images[i] = &candidate->sources[i].derived;
    else if (candidate->sources[i].id != 0)
      images[i] =
          inputs.views[source.table->database]->row(source.table->table, candidate->sources[i].id);
  }
  images[0] = &row;
  auto rows = implementation_->run(statement.plan->returning, *statement.plan, inputs, images);
  if (!rows) return rows.error();
  return std::move(rows->front());
}

Expected<Done> Evaluator::complete_row(const Table& table, Row& row, const Inputs& inputs) {
  row.resize(table.columns.size());
  if (!table.all_computed) return Done{};
  const auto& plan = table.all_computed->plan;
  const Row* const images[] = {&row};
  auto rows = implementation_->run(plan.main, plan, inputs, images);
  if (!rows) return rows.error();
  for (auto& value : rows->front()) row.push_back(std::move(value));
  return Done{};
}

Expected<Value> Evaluator::default_value(const Table& table, ColumnId column,
                                         const Inputs& inputs) {
  const auto& definition = table.columns[column];
  if (!definition.default_value) return Value::null(definition.type.kind);
  const auto& plan = definition.default_value->plan;
  const auto rows = implementation_->run(plan.main, plan, inputs);
  if (!rows) return rows.error();
  return rows->front().front();
}

Expected<Row> Evaluator::arguments(const Statement& statement, const Inputs& inputs) {
  HALFWRITE_ASSERT(statement.kind == StatementKind::engine_call,
                   "arguments() was asked for a statement that calls nothing");
  if (!statement.plan->main.present()) return Row{};
  auto rows = implementation_->run(statement.plan->main, *statement.plan, inputs);
  if (!rows) return rows.error();
  return std::move(rows->front());
}

}  // namespace halfwrite::sql
