#include "models/database/statement_text.hpp"

#include <cctype>

namespace halfwrite::database {

namespace {

constexpr std::size_t kLongestText = 200;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string literal(const sql::Value& value) {
  if (value.is_null()) return "NULL";
  std::string text = sql::to_text(value);
  if (value.kind() == sql::TypeKind::boolean) return value.is_true() ? "true" : "false";
  if (value.kind() == sql::TypeKind::smallint || value.kind() == sql::TypeKind::integer ||
      value.kind() == sql::TypeKind::bigint || value.kind() == sql::TypeKind::numeric) {
    return text;
  }
  return "'" + text + "'";
}

}  // namespace

std::string_view command_name(const sql::Statement& statement) {
  using enum sql::StatementKind;
  switch (statement.kind) {
    case select:
    case engine_call:
      return "SELECT";
    case insert:
      return "INSERT";
    case update:
      return "UPDATE";
    case remove:
      return "DELETE";
    case begin:
      return "BEGIN";
    case commit:
      return "COMMIT";
    case rollback:
      return "ROLLBACK";
    case savepoint:
      return "SAVEPOINT";
    case release:
      return "RELEASE SAVEPOINT";
    case rollback_to:
      return "ROLLBACK TO SAVEPOINT";
    case prepare_transaction:
      return "PREPARE TRANSACTION";
    case commit_prepared:
      return "COMMIT PREPARED";
    case rollback_prepared:
      return "ROLLBACK PREPARED";
    case set_transaction:
      return "SET TRANSACTION";
    case set:
      return "SET";
    case show:
      return "SHOW";
    case listen:
      return "LISTEN";
    case unlisten:
      return "UNLISTEN";
    case notify:
      return "NOTIFY";
    case checkpoint:
      return "CHECKPOINT";
    case lock_table:
      return "LOCK TABLE";
    case truncate:
      return "TRUNCATE TABLE";
    case vacuum:
      return "VACUUM";
    case definition:
      return "CREATE or ALTER";
  }
  return "statement";
}

std::string_view writing_command(const sql::Statement& statement) {
  if (statement.writes()) return command_name(statement);
  for (const auto& step : statement.lock_steps) {
    // Of a WITH query PostgreSQL names the statement it belongs to.
    if (step->writes()) return command_name(statement);
    if (const std::string_view found = writing_command(*step); !found.empty()) return found;
  }
  for (const sql::Source& source : statement.sources) {
    if (!source.lock) continue;
    switch (*source.lock) {
      case sql::LockStrength::key_share:
        return "SELECT FOR KEY SHARE";
      case sql::LockStrength::share:
        return "SELECT FOR SHARE";
      case sql::LockStrength::no_key_update:
        return "SELECT FOR NO KEY UPDATE";
      case sql::LockStrength::update:
        return "SELECT FOR UPDATE";
    }
  }
  return {};
}

std::string text_with_values(const sql::Statement& statement, const sql::Parameters& parameters) {
  const std::string& source = statement.text;
  std::string text;
  bool quoted = false;
  for (std::size_t i = 0; i < source.size() && text.size() <= kLongestText; ++i) {
    const char c = source[i];
    if (c == '\'') quoted = !quoted;
    const bool variable = !quoted && c == ':' && (i == 0 || source[i - 1] != ':') &&
                          i + 1 < source.size() && is_word(source[i + 1]);
    if (variable) {
      std::size_t end = i + 1;
      while (end < source.size() && is_word(source[end])) ++end;
      const auto value = parameters.find(std::string_view(source).substr(i + 1, end - i - 1));
      if (value != parameters.end()) {
        text += literal(value->second);
        i = end - 1;
        continue;
      }
    }
    const bool space = !quoted && std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (text.size() > kLongestText) {
    text.resize(kLongestText);
    text += "...";
  }
  return text;
}

}  // namespace halfwrite::database
