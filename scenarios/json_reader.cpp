// The reader of JSON: recursive descent over one text, limited in depth.
#include "scenarios/json_tree.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace halfwrite::scenarios {

namespace {

constexpr std::size_t deepest_nesting = 64;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Bytes of the UTF-8 character at `offset`; 0 when there is none. Overlong forms, surrogates and
// values beyond U+10FFFF are none.
std::size_t utf8_length(std::string_view text, std::size_t offset) {
  const auto byte = [&](std::size_t i) {
    return offset + i < text.size() ? static_cast<unsigned char>(text[offset + i]) : 0u;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    const std::uint32_t value = ((first & 0x0Fu) << 12) | ((byte(1) & 0x3Fu) << 6);
    return value < 0x800 || (value >= 0xD800 && value < 0xE000) ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    const std::uint32_t value = ((first & 0x07u) << 18) | ((byte(1) & 0x3Fu) << 12);
    return value < 0x10000 || value > 0x10FFFF ? 0 : 4;
  }
  return 0;
}

void append_utf8(std::string& text, std::uint32_t value) {
  if (value < 0x80) {
    text += static_cast<char>(value);
  } else if (value < 0x800) {
    text += static_cast<char>(0xC0u | (value >> 6));
    text += static_cast<char>(0x80u | (value & 0x3Fu));
  } else if (value < 0x10000) {
    text += static_cast<char>(0xE0u | (value >> 12));
    text += static_cast<char>(0x80u | ((value >> 6) & 0x3Fu));
    text += static_cast<char>(0x80u | (value & 0x3Fu));
  } else {
    text += static_cast<char>(0xF0u | (value >> 18));
    text += static_cast<char>(0x80u | ((value >> 12) & 0x3Fu));
    text += static_cast<char>(0x80u | ((value >> 6) & 0x3Fu));
    text += static_cast<char>(0x80u | (value & 0x3Fu));
  }
}

class JsonReader {
 public:
  explicit JsonReader(const SourceReference& source) : source_(source), text_(source->text()) {}

  sim::Expected<Json, std::vector<Diagnostic>> read() {
    Json root;
    if (text_.rfind("\xEF\xBB\xBF", 0) == 0) position_ = 3;
    const bool is_utf16 = at("\xFF\xFE") || at("\xFE\xFF");
    if (is_utf16) fail(0, 2, "the file is UTF-16", "save it as UTF-8");
    bool complete = !is_utf16 && skip_space() && read_value(root, 0) && skip_space();
    if (complete && position_ < text_.size()) {
      complete =
          fail(position_, 1, "something stands after the end of the file's one value", "remove it");
    }
    if (!diagnostics_.empty()) return sim::Unexpected(std::move(diagnostics_));
    return root;
  }

 private:
  bool fail(std::size_t offset, std::size_t length, std::string message, std::string hint = "") {
    const std::size_t last = text_.empty() ? 0 : text_.size() - 1;
    diagnostics_.push_back(diagnose({source_, std::min(offset, last), length}, "syntax",
                                    std::move(message), std::move(hint)));
    return false;
  }
  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }
  bool at(std::string_view word) const { return text_.compare(position_, word.size(), word) == 0; }

  bool skip_space() {
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++position_;
      } else if (at("//")) {
        const std::size_t end = text_.find('\n', position_);
        if (!check_utf8(position_, end)) return false;
        position_ = end == std::string::npos ? text_.size() : end;
      } else if (at("/*")) {
        const std::size_t end = text_.find("*/", position_ + 2);
        if (end == std::string::npos)
          return fail(position_, 2, "this comment does not end", "write */ after it");
        if (!check_utf8(position_, end)) return false;
        position_ = end + 2;
      } else {
        return true;
      }
    }
    return true;
  }
  bool check_utf8(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, text_.size());) {
      const std::size_t length = utf8_length(text_, i);
      if (length == 0) return fail(i, 1, "this byte is no UTF-8", "save the file as UTF-8");
      i += length;
    }
    return true;
  }

  bool read_value(Json& value, std::size_t depth) {
    value.span = {source_, position_, 1};
    if (position_ >= text_.size())
      return fail(position_, 1, "the file ends where a value is expected",
                  depth == 0 ? "a scenario is an object: { ... }" : "");
    if (depth > deepest_nesting) {
      return fail(position_, 1,
                  "nested deeper than " + std::to_string(deepest_nesting) + " levels");
    }
    const char c = text_[position_];
    bool complete = false;
    if (c == '{') {
      complete = read_object(value, depth);
    } else if (c == '[') {
      complete = read_list(value, depth);
    } else if (c == '"') {
      value.kind = Json::Kind::text;
      complete = read_text(value.text);
    } else if (c == '-' || is_digit(c)) {
      complete = read_number(value);
    } else {
      complete = read_word(value);
    }
    value.span.length = position_ - value.span.offset;
    return complete;
  }

  bool read_word(Json& value) {
    if (at("true") || at("false")) {
      value.kind = Json::Kind::boolean;
      value.boolean = at("true");
      position_ += value.boolean ? 4 : 5;
      return true;
    }
    if (at("null")) {
      position_ += 4;
      return true;
    }
    const std::size_t end = end_of_word(position_);
    const std::size_t length = std::max<std::size_t>(end - position_, 1);
    const std::string word = text_.substr(position_, end - position_);
    if (text_[position_] == '\'')
      return fail(position_, 1, "JSON's texts stand between \"", "write \" here");
    return fail(position_, length, "a value is expected here",
                word.empty() ? "an object, a list, text, a number, true, false or null"
                             : "write \"" + word + "\" if text is meant");
  }

  // Behind letters, digits, _ and -.
  std::size_t end_of_word(std::size_t at) const {
    while (at < text_.size() && (is_digit(text_[at]) || text_[at] == '_' || text_[at] == '-' ||
                                 ((text_[at] | 0x20) >= 'a' && (text_[at] | 0x20) <= 'z'))) {
      ++at;
    }
    return at;
  }

  bool read_number(Json& value) {
    value.kind = Json::Kind::number;
    const std::size_t start = position_;
    if (at('-')) ++position_;
    const std::size_t whole = position_;
    while (position_ < text_.size() && is_digit(text_[position_])) ++position_;
    if (position_ == whole) return fail(start, position_ - start, "a minus sign without a number");
    if (text_[whole] == '0' && position_ - whole > 1) {
      return fail(start, position_ - start, "a number does not begin with 0", "remove the zero");
    }
    if (at('.')) {
      const std::size_t fraction = ++position_;
      while (position_ < text_.size() && is_digit(text_[position_])) ++position_;
      if (position_ == fraction)
        return fail(start, position_ - start, "digits are expected after the point");
    }
    if (at('e') || at('E')) {
      ++position_;
      if (at('+') || at('-')) ++position_;
      const std::size_t exponent = position_;
      while (position_ < text_.size() && is_digit(text_[position_])) ++position_;
      if (position_ == exponent)
        return fail(start, position_ - start, "digits are expected after the e");
    }
    value.text = text_.substr(start, position_ - start);
    if (position_ < text_.size() &&
        ((text_[position_] | 0x20) >= 'a' && (text_[position_] | 0x20) <= 'z')) {
      const std::size_t end = end_of_word(position_);
      if (value.text == "0" && (text_[position_] | 0x20) == 'x')
        return fail(start, end - start, "JSON's numbers are decimal",
                    "write it with the digits 0 to 9");
      return fail(start, end - start, "a number with a unit is text",
                  "write \"" + text_.substr(start, end - start) + "\"");
    }
    return true;
  }

  bool read_text(std::string& text) {
    const std::size_t start = position_++;
    while (true) {
      if (position_ >= text_.size() || text_[position_] == '\n') {
        return fail(start, position_ - start, "this text does not end on its line",
                    "close it with \"; long SQL may be a list of lines");
      }
      const char c = text_[position_];
      if (c == '"') {
        ++position_;
        return true;
      }
      if (c == '\\') {
        if (!read_escape(text)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return fail(position_, 1, "a control character inside text",
                    c == '\t'   ? "write \\t"
                    : c == '\0' ? "the character U+0000 cannot stand in text"
                                : "leave it out");
      }
      const std::size_t length = utf8_length(text_, position_);
      if (length == 0) return fail(position_, 1, "this byte is no UTF-8", "save the file as UTF-8");
      text.append(text_, position_, length);
      position_ += length;
    }
  }

  bool read_escape(std::string& text) {
    const char c = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
    constexpr std::array<std::pair<char, char>, 8> plain{{{'"', '"'},
                                                          {'\\', '\\'},
                                                          {'/', '/'},
                                                          {'b', '\b'},
                                                          {'f', '\f'},
                                                          {'n', '\n'},
                                                          {'r', '\r'},
                                                          {'t', '\t'}}};
    for (const auto& [written, meant] : plain) {
      if (c == written) {
        text += meant;
        position_ += 2;
        return true;
      }
    }
    if (c != 'u')
      return fail(position_, 2, "JSON has no such escape", "write \\\\ for a backslash");
    const std::size_t start = position_;
    std::optional<std::uint32_t> value = read_hexadecimal(position_ + 2);
    if (value && *value >= 0xD800 && *value < 0xDC00) {
      const bool pair = text_.compare(position_ + 6, 2, "\\u") == 0;
      const std::optional<std::uint32_t> low =
          pair ? read_hexadecimal(position_ + 8) : std::nullopt;
      if (!low || *low < 0xDC00 || *low > 0xDFFF) {
        return fail(start, 6, "half of a pair of surrogates stands alone");
      }
      value = 0x10000 + ((*value - 0xD800) << 10) + (*low - 0xDC00);
      position_ += 6;
    }
    if (!value) return fail(start, 2, "four hexadecimal digits are expected after \\u");
    if (*value >= 0xDC00 && *value <= 0xDFFF)
      return fail(start, 6, "half of a pair of surrogates stands alone");
    if (*value == 0) return fail(start, 6, "the character U+0000 cannot stand in text");
    position_ += 6;
    append_utf8(text, *value);
    return true;
  }
  std::optional<std::uint32_t> read_hexadecimal(std::size_t offset) const {
    std::uint32_t value = 0;
    for (std::size_t i = offset; i < offset + 4; ++i) {
      if (i >= text_.size()) return std::nullopt;
      const char c = text_[i];
      if (is_digit(c)) {
        value = value * 16 + static_cast<std::uint32_t>(c - '0');
      } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        value = value * 16 + static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
      } else {
        return std::nullopt;
      }
    }
    return value;
  }

  bool read_list(Json& list, std::size_t depth) {
    list.kind = Json::Kind::list;
    ++position_;
    if (!skip_space()) return false;
    while (!at(']')) {
      list.items.emplace_back();
      if (!read_value(list.items.back(), depth + 1) || !read_separator(']', list.span.offset))
        return false;
    }
    ++position_;
    return true;
  }

  bool read_object(Json& object, std::size_t depth) {
    object.kind = Json::Kind::object;
    ++position_;
    if (!skip_space()) return false;
    while (!at('}')) {
      if (position_ >= text_.size()) return fail_open('}', object.span.offset);
      if (!at('"')) return fail_key();
      Member member;
      const std::size_t start = position_;
      if (!read_text(member.key)) return false;
      member.key_span = {source_, start, position_ - start};
      if (!skip_space()) return false;
      if (!at(':'))
        return fail(position_, 1, "a colon is expected after the key " + in_quotes(member.key));
      ++position_;
      if (!skip_space() || !read_value(member.value, depth + 1)) return false;
      if (const Member* first = object.find_member(member.key)) {
        const SourcePlace place = source_->place_of(first->key_span.offset);
        diagnostics_.push_back(diagnose(
            member.key_span, "duplicate-key",
            "the key " + in_quotes(member.key) + " stands here a second time",
            "the first is at " + std::to_string(place.line) + ":" + std::to_string(place.column)));
      } else {
        object.members.push_back(std::move(member));
      }
      if (!read_separator('}', object.span.offset)) return false;
    }
    ++position_;
    return true;
  }

  bool fail_open(char closing, std::size_t opened_at) {
    const SourcePlace place = source_->place_of(opened_at);
    return fail(position_, 1, std::string("the file ends before the closing ") + closing,
                "its opening bracket is at " + std::to_string(place.line) + ":" +
                    std::to_string(place.column));
  }
  bool fail_key() {
    const std::size_t end = std::min(end_of_word(position_), text_.size());
    if (at('#')) return fail(position_, 1, "a comment begins with //", "write // here");
    const std::string word = text_.substr(position_, end - position_);
    return fail(position_, std::max<std::size_t>(word.size(), 1),
                "a key in quotes is expected here", word.empty() ? "" : "write \"" + word + "\"");
  }

  // After an item: a comma with another item behind it, or the closing bracket.
  bool read_separator(char closing, std::size_t opened_at) {
    if (!skip_space()) return false;
    if (at(closing)) return true;
    if (position_ >= text_.size()) return fail_open(closing, opened_at);
    if (!at(',')) {
      return fail(position_, 1,
                  std::string("a comma or the closing ") + closing + " is expected here");
    }
    const std::size_t comma = position_++;
    if (!skip_space()) return false;
    if (at(closing))
      return fail(comma, 1, "a comma before the closing bracket", "remove this comma");
    return true;
  }

  SourceReference source_;
  const std::string& text_;
  std::size_t position_ = 0;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t length = utf8_length(text, offset);
    if (length == 0) return false;
    offset += length;
  }
  return true;
}

sim::Expected<Json, std::vector<Diagnostic>> read_json(const SourceReference& source) {
  return JsonReader(source).read();
}

}  // namespace halfwrite::scenarios
