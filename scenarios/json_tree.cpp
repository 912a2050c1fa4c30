#include "scenarios/json_tree.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::scenarios {

namespace {

bool continues_a_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
}

// Bytes of the escape or character that begins at `offset` inside a quoted text, and how many
// decoded characters it stands for.
struct WrittenCharacter {
  std::size_t bytes = 1;
};
WrittenCharacter written_at(const std::string& text, std::size_t offset) {
  if (text[offset] == '\\') {
    if (text[offset + 1] != 'u') return {2};
    const bool high = (text[offset + 2] == 'd' || text[offset + 2] == 'D') &&
                      std::string_view("89abAB").find(text[offset + 3]) != std::string_view::npos;
    return {high ? std::size_t{12} : std::size_t{6}};
  }
  std::size_t bytes = 1;
  while (offset + bytes < text.size() && continues_a_character(text[offset + bytes])) ++bytes;
  return {bytes};
}

}  // namespace

Source::Source(std::string path, std::string text)
    : path_(std::move(path)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::size_t Source::line_index(std::size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<std::size_t>(after - line_starts_.begin()) - 1;
}

std::size_t Source::characters(std::size_t offset, std::size_t length) const {
  std::size_t count = 0;
  const std::size_t end = std::min(offset + length, text_.size());
  for (std::size_t i = offset; i < end; ++i) {
    if (!continues_a_character(text_[i])) ++count;
  }
  return count;
}

SourcePlace Source::place_of(std::size_t offset) const {
  const std::size_t line = line_index(offset);
  const std::size_t start = line_starts_[line];
  return {path_, line + 1, characters(start, offset - start) + 1};
}

std::string Source::line_of(std::size_t offset) const {
  const std::size_t line = line_index(offset);
  const std::size_t start = line_starts_[line];
  std::size_t end = text_.find('\n', start);
  if (end == std::string::npos) end = text_.size();
  if (end > start && text_[end - 1] == '\r') --end;
  return text_.substr(start, end - start);
}

const Member* Json::find_member(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

const Json* Json::find(std::string_view key) const {
  const Member* member = find_member(key);
  return member == nullptr ? nullptr : &member->value;
}

const char* to_text(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::null:
      return "null";
    case Json::Kind::boolean:
      return "true or false";
    case Json::Kind::number:
      return "a number";
    case Json::Kind::text:
      return "text";
    case Json::Kind::list:
      return "a list";
    case Json::Kind::object:
      return "an object";
  }
  return "";
}

void set_paths(Json& root, const std::string& path) {
  root.path = path;
  for (Member& member : root.members) {
    set_paths(member.value, path.empty() ? member.key : path + "." + member.key);
  }
  for (std::size_t i = 0; i < root.items.size(); ++i) {
    set_paths(root.items[i], path + "[" + std::to_string(i) + "]");
  }
}

Span span_of_character(const Json& text, std::size_t character, std::size_t count) {
  HALFWRITE_ASSERT(text.is_text(), "the place of a character was asked of a value that is no text");
  const std::string& written = text.span.source->text();
  const std::size_t closing_quote = text.span.offset + text.span.length - 1;
  std::size_t offset = text.span.offset + 1;
  for (std::size_t i = 0; i < character && offset < closing_quote; ++i) {
    offset += written_at(written, offset).bytes;
  }
  std::size_t end = offset;
  for (std::size_t i = 0; i < count && end < closing_quote; ++i) {
    end += written_at(written, end).bytes;
  }
  return {text.span.source, offset, std::max<std::size_t>(end - offset, 1)};
}

namespace {

// A mistake in a text of a megabyte is told without repeating it.
std::string shortened(std::string sentence) {
  constexpr std::size_t longest = 600;
  if (sentence.size() <= longest) return sentence;
  const auto continues = [&](std::size_t at) { return (sentence[at] & 0xC0) == 0x80; };
  std::size_t from = longest / 2;
  while (from > 0 && continues(from)) --from;
  std::size_t to = sentence.size() - longest / 2;
  while (to < sentence.size() && continues(to)) ++to;
  return sentence.replace(from, to - from, "…");
}

}  // namespace

Diagnostic diagnose(const Span& span, std::string short_name, std::string message, std::string hint,
                    std::string path, std::string remark) {
  Diagnostic diagnostic;
  diagnostic.place = span.source->place_of(span.offset);
  diagnostic.source_line = span.source->line_of(span.offset);
  const std::size_t line_end =
      std::min(span.source->text().find('\n', span.offset), span.source->text().size());
  const std::size_t length = std::min(span.length, line_end - span.offset);
  diagnostic.width = std::max<std::size_t>(span.source->characters(span.offset, length), 1);
  diagnostic.message = shortened(std::move(message));
  diagnostic.short_name = std::move(short_name);
  diagnostic.hint = shortened(std::move(hint));
  diagnostic.path = shortened(std::move(path));
  diagnostic.remark = shortened(std::move(remark));
  return diagnostic;
}

std::string in_quotes(std::string_view text) {
  static constexpr char hexadecimal[] = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\t':
        result += "\\t";
        break;
      case '\r':
        result += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          result += "\\u00";
          result += hexadecimal[static_cast<unsigned char>(c) >> 4];
          result += hexadecimal[static_cast<unsigned char>(c) & 15];
        } else {
          result += c;
        }
    }
  }
  return result + "\"";
}

}  // namespace halfwrite::scenarios
