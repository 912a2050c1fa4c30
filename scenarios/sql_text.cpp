#include "scenarios/sql_text.hpp"

namespace halfwrite::scenarios {

namespace {

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u;
}

std::size_t characters_in(const std::string& text) {
  std::size_t count = 0;
  for (const char byte : text) count += starts_character(byte) ? 1 : 0;
  return count;
}

bool belongs_to_word(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
         c == '.' || !starts_character(c) || static_cast<unsigned char>(c) >= 0x80;
}

// Characters of the word that begins at this character of the text, at least one.
std::size_t word_length(const std::string& text, std::size_t character) {
  std::size_t at = 0;
  std::size_t byte = 0;
  for (; byte < text.size(); ++byte) {
    if (starts_character(text[byte]) && at++ == character) break;
  }
  std::size_t length = 0;
  if (byte < text.size() && text[byte] == ':') ++length, ++byte;
  for (; byte < text.size() && belongs_to_word(text[byte]); ++byte)
    length += starts_character(text[byte]) ? 1 : 0;
  return length == 0 ? 1 : length;
}

}  // namespace

SqlText::SqlText(const Json& json) : path_(json.path), span_(json.span) {
  std::size_t characters = 0;
  const auto add = [&](const Json& line) {
    if (!lines_.empty()) {
      text_ += "\n";
      ++characters;
    }
    lines_.push_back({&line, characters, characters_in(line.text)});
    text_ += line.text;
    characters += lines_.back().length;
  };
  if (json.is_text()) add(json);
  for (const Json& item : json.items) {
    if (item.is_text()) add(item);
  }
}

Span SqlText::whole() const {
  return lines_.empty() ? span_ : lines_.front().json->span;
}

Span SqlText::span_at(std::size_t character) const {
  if (character == 0) return whole();
  const std::size_t position = character - 1;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const bool is_last = i + 1 == lines_.size();
    if (!is_last && position >= lines_[i + 1].start) continue;
    const std::size_t within = position - lines_[i].start;
    return span_of_character(*lines_[i].json, within, word_length(lines_[i].json->text, within));
  }
  return whole();
}

}  // namespace halfwrite::scenarios
