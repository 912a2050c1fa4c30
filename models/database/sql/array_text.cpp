#include "models/database/sql/array_text.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_null_word(std::string_view text) {
  constexpr std::string_view kNull = "NULL";
  return std::equal(text.begin(), text.end(), kNull.begin(), kNull.end(),
                    [](char a, char b) { return a == b || a == b + ('a' - 'A'); });
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// One element from the front of `rest`, which then begins with what ended it.
bool take_element(std::string_view& rest, std::optional<std::string>& element) {
  std::string text;
  std::size_t kept = 0;  // blanks at the end do not count, unless quoted
  bool quoted = false;
  bool was_quoted = false;
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  for (; !rest.empty(); rest.remove_prefix(1)) {
    const char c = rest.front();
    if (!quoted && (c == ',' || c == '}')) break;
    if (!quoted && c == '{') return false;
    if (c == '"') {
      if (!quoted && !was_quoted && kept > 0) return false;
      quoted = !quoted;
      was_quoted = true;
      kept = text.size();
      continue;
    }
    if (!quoted && was_quoted && !is_blank(c)) return false;
    const bool escapes = c == '\\';
    if (escapes) rest.remove_prefix(1);
    if (rest.empty()) return false;
    text += rest.front();
    if (quoted || escapes || !is_blank(c)) kept = text.size();
  }
  if (quoted || rest.empty() || (!was_quoted && kept == 0)) return false;
  text.resize(kept);
  if (was_quoted || !is_null_word(text)) element = std::move(text);
  return true;
}

std::string element_text(const std::string& text) {
  const bool plain = !text.empty() && !is_null_word(text) &&
                     text.find_first_of("{},\"\\ \t\n\v\f\r") == std::string::npos;
  if (plain) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::optional<ArrayElements> read_array(std::string_view text) {
  auto rest = without_blanks(text);
  if (rest.size() < 2 || rest.front() != '{' || rest.back() != '}') return std::nullopt;
  ArrayElements elements;
  if (without_blanks(rest.substr(1, rest.size() - 2)).empty()) return elements;
  do {
    rest.remove_prefix(1);
    std::optional<std::string> element;
    if (!take_element(rest, element)) return std::nullopt;
    elements.push_back(std::move(element));
  } while (rest.front() == ',');
  if (rest.size() != 1) return std::nullopt;
  return elements;
}

std::string array_text(const ArrayElements& elements) {
  std::string out = "{";
  for (const auto& element : elements) {
    if (out.size() > 1) out += ",";
    out += element ? element_text(*element) : "NULL";
  }
  return out + "}";
}

}  // namespace halfwrite::sql
