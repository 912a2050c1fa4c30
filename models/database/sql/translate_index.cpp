// What indexes over an expression, or over a part of the rows, can serve of a query. A stored row
// carries the values of such expressions and conditions (Table::computed); naming them lets SQLite
// offer the virtual table a constraint, and changes no result.
#include "models/database/sql/translator.hpp"

#include <algorithm>
#include <array>

namespace halfwrite::sql {

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '?';
}

// Where the text outside of quotes has `wanted` as a whole, from `at` on; npos without.
std::size_t find_whole(std::string_view sql, std::string_view wanted, std::size_t at) {
  bool quoted = false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (i >= at && !quoted && sql.substr(i).starts_with(wanted)) {
      const auto end = i + wanted.size();
      const bool begins = i == 0 || !is_word(sql[i - 1]) || !is_word(wanted.front());
      const bool ends = end == sql.size() || !is_word(sql[end]) || !is_word(wanted.back());
      if (begins && ends) return i;
    }
    if (sql[i] == '\'') quoted = !quoted;
  }
  return std::string_view::npos;
}

std::string replaced(std::string sql, std::string_view from, std::string_view to) {
  for (auto at = find_whole(sql, from, 0); at != std::string::npos;
       at = find_whole(sql, from, at + to.size()))
    sql.replace(at, from.size(), to);
  return sql;
}

// An expression over s0, over another alias.
std::string over(const std::string& sql, std::string_view alias) {
  std::string made;
  bool quoted = false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    const bool names = !quoted && std::string_view(sql).substr(i).starts_with("s0.c") &&
                       (i == 0 || !is_word(sql[i - 1]));
    if (names) {
      made += alias;
      ++i;
    } else {
      made += sql[i];
    }
  }
  return made;
}

// Where the parenthesis that opens at the beginning is closed.
std::size_t closing(std::string_view sql) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    if (quoted) continue;
    if (sql[i] == '(') ++depth;
    if (sql[i] == ')' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

// The parts of "(a AND b)", each as it stands.
void add_parts(std::string_view sql, std::vector<std::string_view>& parts) {
  const bool enclosed = sql.starts_with('(') && closing(sql) == sql.size() - 1;
  std::vector<std::string_view> found;
  if (enclosed) {
    const auto inside = sql.substr(1, sql.size() - 2);
    std::size_t depth = 0;
    std::size_t begin = 0;
    bool quoted = false;
    constexpr std::string_view kAnd = " AND ";
    for (std::size_t i = 0; i < inside.size(); ++i) {
      if (inside[i] == '\'') quoted = !quoted;
      if (quoted) continue;
      if (inside[i] == '(') ++depth;
      if (inside[i] == ')') --depth;
      if (depth > 0 || !inside.substr(i).starts_with(kAnd)) continue;
      found.push_back(inside.substr(begin, i - begin));
      begin = i + kAnd.size();
    }
    found.push_back(inside.substr(begin));
  }
  if (found.size() > 1) {
    for (const auto part : found) add_parts(part, parts);
  } else if (enclosed && found.front().starts_with('(') &&
             closing(found.front()) == found.front().size() - 1) {
    add_parts(found.front(), parts);
  } else {
    parts.push_back(sql);
  }
}

std::vector<std::string_view> parts_of(std::string_view sql) {
  std::vector<std::string_view> parts;
  if (!sql.empty()) add_parts(sql, parts);
  return parts;
}

// A comparison is never true of NULL.
bool compares(std::string_view part, std::string_view value) {
  constexpr std::array<std::string_view, 7> kOperators{
      " = ", " < ", " > ", " <= ", " >= ", " <> ", " IN ("};
  if (!part.starts_with("(" + std::string(value))) return false;
  part.remove_prefix(1 + value.size());
  if (part.starts_with(" COLLATE ")) part = part.substr(std::min(part.size(), part.find(' ', 9)));
  return part.starts_with(" IS NOT NULL") ||
         std::any_of(kOperators.begin(), kOperators.end(),
                     [part](std::string_view name) { return part.starts_with(name); });
}

bool has_part(const std::vector<std::string_view>& parts, std::string_view wanted) {
  static constexpr std::string_view kNotNull = " IS NOT NULL)";
  return std::any_of(parts.begin(), parts.end(), [wanted](std::string_view part) {
    if (part == wanted) return true;
    return wanted.starts_with('(') && wanted.ends_with(kNotNull) &&
           compares(part, wanted.substr(1, wanted.size() - 1 - kNotNull.size()));
  });
}

std::string alias_of(const FromItem& item) {
  return item.columns.front().sql.substr(0, item.columns.front().sql.find('.'));
}

}  // namespace

bool implies(std::string_view condition, std::string_view implied) {
  const auto parts = parts_of(condition);
  const auto wanted = parts_of(implied);
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](std::string_view part) { return has_part(parts, part); });
}

std::string Translator::with_computed(std::string sql, const Scope& scope) const {
  for (const auto& item : scope.items) {
    // A row that is missing has no value of an expression, though the expression may have one of
    // it.
    if (!item.table || item.columns.empty() || item.nullable) continue;
    const auto& table = table_of(*item.table);
    const auto alias = alias_of(item);
    for (std::size_t i = 0; i < table.computed.size(); ++i)
      if (table.is_indexed(static_cast<ColumnId>(table.columns.size() + i)))
        sql = replaced(std::move(sql), over(table.computed[i]->sql, alias),
                       alias + ".c" + std::to_string(table.columns.size() + i));
  }
  return sql;
}

std::string Translator::for_indexes(const std::string& condition, const Scope& scope) const {
  std::string marks;
  for (const auto& item : scope.items) {
    if (!item.table || item.columns.empty() || item.nullable) continue;
    const auto& table = table_of(*item.table);
    const auto alias = alias_of(item);
    std::vector<ColumnId> known;
    for (const auto& key : table.keys) {
      if (!key.condition || std::find(known.begin(), known.end(), *key.condition) != known.end())
        continue;
      const auto& part = table.computed[*key.condition - table.columns.size()]->sql;
      if (!implies(condition, over(part, alias))) continue;
      known.push_back(*key.condition);
      marks += " AND (" + alias + ".c" + std::to_string(*key.condition) + " = 1)";
    }
  }
  const auto sql = with_computed(condition, scope);
  return marks.empty() ? sql : "(" + sql + marks + ")";
}

bool Translator::is_never_null(const std::string& sql, const std::string& condition,
                               const Scope& scope) const {
  for (const auto& item : scope.items)
    for (std::size_t i = 0; item.table && !item.nullable && i < item.columns.size(); ++i)
      if (item.columns[i].sql == sql && table_of(*item.table).columns[i].not_null) return true;
  const auto parts = parts_of(condition);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return compares(part, sql); });
}

}  // namespace halfwrite::sql
