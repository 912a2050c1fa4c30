#include "tests/sql/memory_database.hpp"

#include <algorithm>
#include <stdexcept>

namespace halfwrite::sql::test {

namespace {

Catalog built(const std::vector<std::string>& ddl) {
  auto result = Catalog::build(ddl);
  if (result.error)
    throw std::runtime_error("statement " + std::to_string(result.error->statement) + ": " +
                             result.error->error.message);
  return std::move(result.catalog);
}

bool within(const Row& row, const Key& key, const KeyRange& range) {
  for (std::size_t i = 0; i < range.equal.size(); ++i)
    if (row[key.columns[i]].is_null() || compare(row[key.columns[i]], range.equal[i]) != 0)
      return false;
  if (!range.lower && !range.upper) return true;
  const auto& value = row[key.columns[range.equal.size()]];
  if (value.is_null()) return false;
  if (range.lower && (range.lower->inclusive ? compare(value, range.lower->value) < 0
                                             : compare(value, range.lower->value) <= 0))
    return false;
  return !range.upper || (range.upper->inclusive ? compare(value, range.upper->value) <= 0
                                                 : compare(value, range.upper->value) < 0);
}

SqlError failure(std::string sqlstate, std::string message) {
  SqlError error;
  error.sqlstate = std::move(sqlstate);
  error.message = std::move(message);
  return error;
}

}  // namespace

void MemoryView::scan(TableId table, std::vector<StoredRow>& rows) const {
  ++scans;
  for (const auto& [id, row] : tables[table]) rows.push_back({id, &row});
}

void MemoryView::find(TableId table, const KeyRange& range, std::vector<StoredRow>& rows) const {
  searches.push_back(range);
  const auto& key = catalog_->table(table).keys[range.key];
  const auto before = static_cast<std::ptrdiff_t>(rows.size());
  for (const auto& [id, row] : tables[table]) {
    const bool is_in = !key.condition || row[*key.condition].is_true();
    if (is_in && within(row, key, range)) rows.push_back({id, &row});
  }
  std::stable_sort(rows.begin() + before, rows.end(), [&](const StoredRow& a, const StoredRow& b) {
    for (const auto column : key.columns)
      if (const auto order = compare((*a.values)[column], (*b.values)[column]); order != 0)
        return order < 0;
    return false;
  });
}

const Row* MemoryView::row(TableId table, RowId id) const {
  const auto found = tables[table].find(id);
  return found == tables[table].end() ? nullptr : &found->second;
}

Expected<std::int64_t> FixedEnvironment::next_value(std::size_t, SequenceId sequence) {
  return ++drawn[sequence];
}
Expected<std::int64_t> FixedEnvironment::current_value(std::size_t, SequenceId sequence) {
  if (drawn.find(sequence) == drawn.end())
    return failure("55000", "currval of sequence is not yet defined in this session");
  return drawn[sequence];
}
Expected<std::int64_t> FixedEnvironment::set_value(std::size_t, SequenceId sequence,
                                                   std::int64_t value, bool is_called) {
  drawn[sequence] = is_called ? value : value - 1;
  return value;
}
Expected<std::int64_t> FixedEnvironment::last_value() {
  return failure("55000", "lastval is not yet defined in this session");
}
std::optional<std::string> FixedEnvironment::setting(std::string_view name) {
  if (name == "lock_timeout") return "0";
  return std::nullopt;
}

MemoryDatabase::MemoryDatabase(const std::vector<std::string>& ddl, const EvaluationLimits& limits,
                               Evaluator::Paths paths)
    : catalog(built(ddl)), view(catalog), evaluator(limits, paths) {}

Answer MemoryDatabase::run(const std::string& text, const Parameters& parameters) {
  const auto statement = read_statement(text, databases());
  if (!statement) {
    Answer answer;
    answer.error = statement.error();
    return answer;
  }
  return run(**statement, parameters);
}

// All parts of a statement read what was there when it began; a row is changed once.
Answer MemoryDatabase::run(const Statement& statement, const Parameters& parameters) {
  const ReadView* const views[] = {&view};
  steps_.assign(statement.lock_steps.size(), {});
  begun_.assign(statement.lock_steps.size(), false);
  changed_rows_.clear();
  pending_ = view.tables;
  const Inputs inputs{views, &environment, &parameters, steps_};
  auto answer = run_part(statement, statement, inputs);
  for (std::size_t step = steps_.size(); !answer.error && step-- > 0;) {
    if (begun_[step] || !statement.lock_steps[step]->writes()) continue;
    answer.error = run_step(statement, step, inputs);
  }
  if (answer.error)
    answer.rows.clear();
  else
    view.tables = std::move(pending_);
  return answer;
}

std::optional<SqlError> MemoryDatabase::run_step(const Statement& whole, std::size_t step,
                                                 const Inputs& inputs) {
  begun_[step] = true;
  auto answer = run_part(whole, *whole.lock_steps[step], inputs);
  steps_[step].rows = std::move(answer.rows);
  return answer.error;
}

Answer MemoryDatabase::run_part(const Statement& whole, const Statement& statement,
                                const Inputs& inputs) {
  Answer answer;
  for (const auto step : statement.steps_read) {
    if (begun_[step]) continue;
    answer.error = run_step(whole, step, inputs);
    if (answer.error) return answer;
  }
  if (statement.kind == StatementKind::insert) {
    answer = insert(statement, inputs);
  } else if (statement.is_locking()) {
    answer = change(statement, inputs);
  } else if (statement.kind == StatementKind::select) {
    auto rows = evaluator.select(statement, inputs);
    if (rows)
      answer.rows = std::move(rows->rows);
    else
      answer.error = rows.error();
  }
  answer.columns = statement.columns;
  return answer;
}

std::optional<RowId> MemoryDatabase::conflict(const Tables& tables, const Table& table,
                                              const Key& key, const Row& row, RowId except) {
  const auto is_in = [&key](const Row& one) {
    return !key.condition || one[*key.condition].is_true();
  };
  if (!key.unique || !is_in(row)) return std::nullopt;
  for (const auto& [id, other] : tables[table.id]) {
    if (id == except) continue;
    const bool same = is_in(other) && std::all_of(key.columns.begin(), key.columns.end(),
                                                  [&other = other, &row](ColumnId column) {
                                                    return !row[column].is_null() &&
                                                           !other[column].is_null() &&
                                                           compare(row[column], other[column]) == 0;
                                                  });
    if (same) return id;
  }
  return std::nullopt;
}

std::optional<SqlError> MemoryDatabase::store(Tables& tables, const Table& table, RowId id,
                                              const Row& row, const Inputs& inputs) {
  if (const auto checked = evaluator.check_row(table, row, inputs); !checked)
    return checked.error();
  auto stored = row;
  if (const auto completed = evaluator.complete_row(table, stored, inputs); !completed)
    return completed.error();
  for (const auto& key : table.keys)
    if (conflict(tables, table, key, stored, id))
      return failure("23505",
                     "duplicate key value violates unique constraint \"" + key.name + "\"");
  tables[table.id][id] = std::move(stored);
  return std::nullopt;
}

Answer MemoryDatabase::insert(const Statement& statement, const Inputs& inputs) {
  Answer answer;
  const auto& table = catalog.table(statement.target->table);
  auto& changed = pending_;
  auto rows = evaluator.insert_rows(statement, inputs);
  if (!rows) {
    answer.error = rows.error();
    return answer;
  }
  for (auto& row : *rows) {
    for (const auto column : statement.late_defaults)
      row[column] = evaluator.default_value(table, column, inputs).value();
    std::optional<RowId> existing;
    auto proposed = row;
    if (const auto completed = evaluator.complete_row(table, proposed, inputs); !completed) {
      answer.error = completed.error();
      break;
    }
    for (const auto key : statement.conflict_keys)
      if (!existing) existing = conflict(changed, table, table.keys[key], proposed, 0);
    auto id = existing.value_or(next_row_);
    if (existing && statement.conflict == ConflictAction::do_nothing) continue;
    if (existing) {
      auto updated = evaluator.conflict_update(statement, changed[table.id][id], row, inputs);
      if (!updated) {
        answer.error = updated.error();
        break;
      }
      if (!*updated) continue;
      row = **updated;
    } else {
      ++next_row_;
    }
    answer.error = store(changed, table, id, row, inputs);
    if (answer.error) break;
    ++answer.changed;
    if (!statement.has_returning) continue;
    auto returned = evaluator.returning(statement, row, nullptr, inputs);
    if (!returned) {
      answer.error = returned.error();
      break;
    }
    answer.rows.push_back(std::move(*returned));
  }
  return answer;
}

Answer MemoryDatabase::change(const Statement& statement, const Inputs& inputs) {
  Answer answer;
  auto& changed = pending_;
  auto candidates = evaluator.targets(statement, inputs);
  auto limits = evaluator.limits(statement, inputs);
  if (!candidates || !limits) {
    answer.error = candidates ? limits.error() : candidates.error();
    return answer;
  }
  std::int64_t position = 0;
  for (auto& candidate : *candidates) {
    if (limits->limit && position >= limits->offset + *limits->limit) break;
    if (position++ < limits->offset) continue;
    if (statement.kind == StatementKind::select) {
      answer.rows.push_back(std::move(candidate.output));
      continue;
    }
    const auto& table = catalog.table(statement.target->table);
    const auto id = candidate.sources.front().id;
    if (!changed_rows_.emplace(table.id, id).second) continue;
    const auto old = changed[table.id][id];
    ++answer.changed;
    const auto& shown = statement.kind == StatementKind::update ? candidate.output : old;
    if (statement.has_returning) {
      auto returned = evaluator.returning(statement, shown, &candidate, inputs);
      if (!returned) {
        answer.error = returned.error();
        break;
      }
      answer.rows.push_back(std::move(*returned));
    }
    if (statement.kind == StatementKind::update)
      answer.error = store(changed, table, id, candidate.output, inputs);
    else
      changed[table.id].erase(id);
    if (answer.error) break;
  }
  return answer;
}

}  // namespace halfwrite::sql::test
