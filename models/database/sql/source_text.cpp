#include "models/database/sql/source_text.hpp"

#include "models/database/sql/statement.hpp"

#include <pg_query.h>

#include <algorithm>

namespace halfwrite::sql {

namespace {

bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) {
  return begins_name(c) || (c >= '0' && c <= '9');
}

// The end of what begins with a quote; `escapes` for E'...'.
std::size_t end_of_quoted(std::string_view text, std::size_t at, bool escapes) {
  const char quote = text[at++];
  while (at < text.size()) {
    if (escapes && text[at] == '\\') {
      at += 2;
    } else if (text[at] != quote) {
      ++at;
    } else if (at + 1 < text.size() && text[at + 1] == quote) {
      at += 2;
    } else {
      return at + 1;
    }
  }
  return text.size();
}

std::size_t end_of_block_comment(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    if (text.substr(at, 2) == "/*") {
      ++depth;
      at += 2;
    } else if (text.substr(at, 2) == "*/") {
      at += 2;
      if (--depth == 0) return at;
    } else {
      ++at;
    }
  }
  return text.size();
}

// `$$ ... $$` or `$tag$ ... $tag$`; `at` itself when it is none.
std::size_t end_of_dollar_quoted(std::string_view text, std::size_t at) {
  auto end = at + 1;
  while (end < text.size() && continues_name(text[end])) ++end;
  if (end >= text.size() || text[end] != '$' || (end > at + 1 && !begins_name(text[at + 1])))
    return at;
  const auto tag = text.substr(at, end - at + 1);
  const auto close = text.find(tag, end + 1);
  return close == std::string_view::npos ? text.size() : close + tag.size();
}

// The end of a token that must be copied as it is (string, comment, name); `at` itself for a single
// character.
std::size_t end_of_opaque(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '\'') return end_of_quoted(text, at, false);
  if (c == '"') return end_of_quoted(text, at, false);
  if ((c == 'e' || c == 'E') && at + 1 < text.size() && text[at + 1] == '\'')
    return end_of_quoted(text, at + 1, true);
  if (c == '$') return end_of_dollar_quoted(text, at);
  if (text.substr(at, 2) == "--") return std::min(text.find('\n', at), text.size());
  if (text.substr(at, 2) == "/*") return end_of_block_comment(text, at);
  if (text.substr(at, 2) == "::" || text.substr(at, 2) == ":=") return at + 2;
  if (begins_name(c)) {
    while (at < text.size() && continues_name(text[at])) ++at;
    return at;
  }
  return at;
}

}  // namespace

SourceText::SourceText(std::string_view text, std::string_view prefix)
    : original_(text), substituted_(prefix) {
  origin_.assign(prefix.size(), 0);
  std::size_t at = 0;
  while (at < text.size()) copy_token(text, at);
}

void SourceText::append(std::string_view text, std::size_t from, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) origin_.push_back(from + i);
  substituted_ += text.substr(from, count);
}

void SourceText::copy_token(std::string_view text, std::size_t& at) {
  if (const auto end = end_of_opaque(text, at); end > at) {
    append(text, at, end - at);
    at = end;
    return;
  }
  if (text[at] != ':' || at + 1 >= text.size() || !begins_name(text[at + 1])) {
    append(text, at++, 1);
    return;
  }
  auto end = at + 1;
  while (end < text.size() && continues_name(text[end])) ++end;
  const std::string name(text.substr(at + 1, end - at - 1));
  const auto [known, is_new] = numbers_.emplace(name, variables_.size());
  if (is_new) variables_.push_back(name);
  const auto number = "$" + std::to_string(known->second + 1);
  for (std::size_t i = 0; i < number.size(); ++i) origin_.push_back(at);
  substituted_ += number;
  at = end;
}

int SourceText::position(std::int64_t offset) const {
  if (offset < 0) return 0;
  const auto at = static_cast<std::size_t>(offset);
  const auto byte = at < origin_.size() ? origin_[at] : original_.size();
  return 1 + static_cast<int>(std::count_if(original_.begin(),
                                            original_.begin() + static_cast<std::ptrdiff_t>(byte),
                                            [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string SourceText::with_variables(std::string message) const {
  for (std::size_t i = variables_.size(); i-- > 0;) {
    const auto number = "\"$" + std::to_string(i + 1) + "\"";
    if (const auto found = message.find(number); found != std::string::npos)
      message.replace(found, number.size(), "\":" + variables_[i] + "\"");
  }
  return message;
}

std::optional<SqlError> SourceText::too_large() const {
  constexpr std::size_t longest = 4 << 20;
  constexpr std::size_t most_variables = 1000;
  SqlError error;
  error.sqlstate = "54000";
  if (original_.size() > longest) {
    error.message = "a statement has at most 4 MB";
  } else if (variables_.size() > most_variables) {
    error.message = "a statement has at most 1000 variables";
  } else {
    return std::nullopt;
  }
  return error;
}

Expected<Json> SourceText::parse() const {
  if (auto error = too_large()) return std::move(*error);
  if (substituted_.find('\0') != std::string::npos) {
    SqlError error;
    error.sqlstate = "22021";
    error.message = "the statement holds a zero byte";
    return error;
  }
  const PgQueryParseResult result = pg_query_parse(substituted_.c_str());
  if (result.error != nullptr) {
    SqlError error;
    error.sqlstate = "42601";
    error.message = with_variables(result.error->message);
    // PostgreSQL counts characters; up to the place of the error only names differ from bytes.
    std::size_t byte = 0;
    for (int left = result.error->cursorpos - 1; byte < substituted_.size(); ++byte)
      if ((substituted_[byte] & 0xC0) != 0x80 && left-- == 0) break;
    error.position = result.error->cursorpos > 0 ? position(static_cast<std::int64_t>(byte)) : 0;
    pg_query_free_parse_result(result);
    return error;
  }
  auto tree = Json::parse(result.parse_tree);
  pg_query_free_parse_result(result);
  if (!tree) {
    SqlError error;
    error.sqlstate = "54001";
    error.message = "the statement is nested too deeply";
    return error;
  }
  return std::move(*tree);
}

std::vector<std::string> variables_of(std::string_view text) {
  return SourceText(text).variables();
}

}  // namespace halfwrite::sql
