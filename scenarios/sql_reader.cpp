#include "scenarios/sql_reader.hpp"

#include "models/database/sql/engine_functions.hpp"
#include "scenarios/history_schema.hpp"
#include "scenarios/nearest_word.hpp"

#include <algorithm>
#include <cctype>

namespace halfwrite::scenarios {

namespace {

using sql::StatementKind;

sql::ReadOptions reading() {
  sql::ReadOptions options;
  options.parameter_types["now"] = sql::Type{sql::TypeKind::timestamptz};
  return options;
}

// Why a statement of this kind cannot be a step, or empty.
std::string refusal_of(StatementKind kind) {
  switch (kind) {
    case StatementKind::begin:
    case StatementKind::commit:
    case StatementKind::rollback:
      return "BEGIN, COMMIT and ROLLBACK are not written as SQL here; use a `transaction` step and "
             "`fail`";
    case StatementKind::prepare_transaction:
    case StatementKind::commit_prepared:
    case StatementKind::rollback_prepared:
      return "two-phase commit is part of the language but not built yet";
    case StatementKind::listen:
    case StatementKind::unlisten:
      return "LISTEN is not written as SQL here; give a job of this service `listen`";
    case StatementKind::definition:
      return "only `schema` can define tables";
    default:
      return "";
  }
}

// The function that only a server could do and this model's cannot, or empty.
std::string unmodelled_function(const sql::Statement& statement) {
  const bool calls = statement.kind == StatementKind::engine_call;
  return calls && !sql::is_modelled_function(statement.name) ? statement.name : "";
}

// Where the text names it, in whatever letters.
std::size_t place_of_name(std::string text, const std::string& name) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  const std::size_t found = text.find(name);
  return found == std::string::npos ? 0 : found + 1;
}

}  // namespace

SqlReader::SqlReader(Findings& findings, SharedReadings& shared)
    : findings_(findings), shared_(shared) {}

const sql::Catalog* SqlReader::find_catalog(const std::string& database) const {
  for (const auto& [name, catalog] : catalogs_) {
    if (name == database) return catalog.get();
  }
  return nullptr;
}

std::vector<std::string> SqlReader::databases() const {
  std::vector<std::string> names;
  for (const auto& [name, catalog] : catalogs_) names.push_back(name);
  return names;
}

// Of a table in another database the databases are listed.
std::string SqlReader::what_exists(const std::string& sqlstate,
                                   const std::vector<std::string>& candidates) const {
  const auto is_database = [&](const std::string& name) {
    return name == history_schema_name || find_catalog(name) != nullptr;
  };
  if (sqlstate == "42P01" && std::all_of(candidates.begin(), candidates.end(), is_database))
    return "databases: ";
  if (sqlstate == "42703") return "columns: ";
  if (sqlstate == "42P01") return "tables: ";
  if (sqlstate == "42883") return "functions: ";
  return "known: ";
}

void SqlReader::report(const SqlText& text, const sql::SqlError& error,
                       std::size_t database_count) {
  const std::string suggestion =
      error.unknown_name.empty() ? "" : did_you_mean(error.unknown_name, error.candidates);
  std::string hint = suggestion.empty() ? error.hint : suggestion;
  std::string remark = error.candidates.empty() ? ""
                                                : what_exists(error.sqlstate, error.candidates) +
                                                      listed(error.candidates);
  if (hint.empty()) std::swap(hint, remark);
  if (hint.empty() && !error.detail.empty()) hint = error.detail;
  if (error.sqlstate == "42P01" && remark.empty() && hint.empty() && database_count == 0)
    hint = "an expression reads variables, no tables";
  if (hint.empty() && error.message.starts_with("syntax error") &&
      text.text().find('?') != std::string::npos)
    hint = "variables are written :name";
  std::string message = error.message;
  if (error.sqlstate == "0A000") message += " (not built)";
  findings_.add(text.span_at(error.position > 0 ? static_cast<std::size_t>(error.position) : 0),
                text.path(), "sql", message, hint, remark);
}

std::shared_ptr<const sql::Catalog> SqlReader::read_catalog(const std::string& database,
                                                            const Json* schema,
                                                            const std::vector<AddedTable>& added) {
  std::vector<SqlText> texts;
  std::vector<std::string> ddl;
  if (schema != nullptr) {
    for (const Json& item : schema->items) {
      texts.emplace_back(item);
      ddl.push_back(texts.back().text());
    }
  }
  std::vector<const Member*> asked_by;
  for (const AddedTable& table : added) {
    for (const std::string& statement : table.ddl) {
      ddl.push_back(statement);
      asked_by.push_back(table.asked_by);
    }
  }
  const SharedReadings::BuiltCatalog result = shared_.catalog(ddl);
  catalogs_.emplace_back(database, result.catalog);
  if (result.catalog != nullptr) return result.catalog;
  if (result.error->statement < texts.size()) {
    report(texts[result.error->statement], result.error->error, 1);
    return nullptr;
  }
  const Member& setting = *asked_by[result.error->statement - texts.size()];
  findings_.add(setting.key_span, setting.value.path, "sql",
                "the tables that `" + setting.key + "` adds to " + database +
                    " cannot be made: " + result.error->error.message,
                "the strategy brings its own tables; leave them out of `schema`");
  return nullptr;
}

std::vector<std::string> SqlReader::read_data(const std::string& database, const Json* data) {
  std::vector<std::string> statements;
  if (data == nullptr) return statements;
  for (const Json& item : data->items) {
    statements.push_back(SqlText(item).text());
    const auto statement = read_statement(item, database);
    if (statement == nullptr) continue;
    if (!statement->parameters.empty()) {
      findings_.add(SqlText(item).whole(), item.path, "sql",
                    "rows that are there before the run cannot use the variable :" +
                        statement->parameters.front());
    } else if (!statement->writes()) {
      findings_.add(SqlText(item).whole(), item.path, "sql",
                    "`data` holds INSERT, UPDATE and DELETE only");
    }
  }
  return statements;
}

service::StatementReference SqlReader::read_statement(const Json& json,
                                                      const std::string& database) {
  const sql::Catalog* catalog = find_catalog(database);
  if (catalog == nullptr) return nullptr;
  const SqlText text(json);
  const auto known = shared_.find_statement(text.text(), database, *catalog);
  if (known != nullptr) return known;
  const auto statement = sql::read_statement(text.text(), {{database, catalog}}, reading());
  if (!statement) {
    report(text, statement.error(), 1);
    return nullptr;
  }
  const std::string refusal = refusal_of(statement.value()->kind);
  if (!refusal.empty()) {
    findings_.add(text.whole(), text.path(), "sql", refusal);
    return nullptr;
  }
  if (const std::string function = unmodelled_function(*statement.value()); !function.empty()) {
    findings_.add(text.span_at(place_of_name(text.text(), function)), text.path(), "sql",
                  "the function " + function + " is not modelled");
    return nullptr;
  }
  if (!check_preparation(text, *statement.value())) return nullptr;
  shared_.keep_statement(text.text(), database, *catalog, statement.value());
  return statement.value();
}

service::StatementReference SqlReader::read_expression(const Json& json, bool as_condition) {
  const SqlText text(json);
  const auto statement = sql::read_expression(text.text(), {}, reading(), as_condition);
  if (statement && !check_preparation(text, *statement.value())) return nullptr;
  if (statement) return statement.value();
  report(text, statement.error(), 0);
  return nullptr;
}

bool SqlReader::check_preparation(const SqlText& text, const sql::Statement& statement) {
  const auto error = evaluator_.unprepared(statement);
  if (error) report(text, *error, 1);
  return !error;
}

service::StatementReference SqlReader::read_author_sql(const Json& json) {
  sql::Databases all;
  for (const auto& [name, catalog] : catalogs_) {
    if (catalog == nullptr) return nullptr;
    all.push_back({name, catalog.get()});
  }
  all.push_back({history_schema_name, shared_.history().get()});
  const SqlText text(json);
  const auto read = sql::read_statement(text.text(), all, reading());
  if (!read) {
    report(text, read.error(), all.size());
    return nullptr;
  }
  const sql::Statement& statement = *read.value();
  std::string refusal;
  const bool reads_only = statement.kind == StatementKind::select && !statement.is_locking();
  if (reads_only && statement.is_volatile) {
    refusal = "an invariant cannot use sequences, transaction ids or chance";
  } else if (!reads_only || !statement.lock_steps.empty()) {
    refusal = "an invariant is a SELECT that locks nothing";
  } else if (!statement.parameters.empty()) {
    refusal = "an invariant has no variables, found :" + statement.parameters.front();
  }
  if (refusal.empty()) return check_preparation(text, statement) ? read.value() : nullptr;
  findings_.add(text.whole(), text.path(), "sql", refusal);
  return nullptr;
}

void SqlReader::check_column(const Json& expression, const std::string& database) {
  const sql::Catalog* catalog = find_catalog(database);
  if (catalog == nullptr || !expression.is_text()) return;
  const SqlText text(expression);
  const auto read = sql::read_expression(text.text(), {{database, catalog}}, reading());
  if (!read) report(text, read.error(), 1);
}

}  // namespace halfwrite::scenarios
