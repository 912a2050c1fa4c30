#include "models/database/sql/json.hpp"

#include "models/database/sql/numeric.hpp"

#include <algorithm>
#include <charconv>

namespace halfwrite::sql {

// Reads each value where it is to stand: trees of statements are large.
class Json::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Json> document() {
    std::optional<Json> json(std::in_place);
    if (!value(*json, 0)) return std::nullopt;
    skip_blanks();
    if (at_ != text_.size()) return std::nullopt;
    return json;
  }

 private:
  static constexpr int kDepthMost = 512;
  static constexpr std::size_t kRoom = 4;  // members that most objects do not exceed

  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  bool value(Json& json, int depth) {
    skip_blanks();
    if (at_ >= text_.size() || depth > kDepthMost) return false;
    switch (text_[at_]) {
      case '{':
        json.kind_ = Kind::object;
        return object(json.members_, depth);
      case '[':
        json.kind_ = Kind::array;
        return array(json.items_, depth);
      case '"':
        json.kind_ = Kind::string;
        return string(json.text_);
      case 't':
        json.kind_ = Kind::boolean;
        json.boolean_ = true;
        return take_word("true");
      case 'f':
        json.kind_ = Kind::boolean;
        return take_word("false");
      case 'n':
        return take_word("null");
      default:
        json.kind_ = Kind::number;
        return number(json.text_);
    }
  }

  bool object(std::vector<Member>& members, int depth) {
    ++at_;
    if (take('}')) return true;
    members.reserve(kRoom);
    do {
      skip_blanks();
      if (at_ >= text_.size() || text_[at_] != '"') return false;
      Member& member = members.emplace_back();
      if (!string(member.first) || !take(':') || !value(member.second, depth + 1)) return false;
    } while (take(','));
    return take('}');
  }

  bool array(std::vector<Json>& items, int depth) {
    ++at_;
    if (take(']')) return true;
    do {
      if (!value(items.emplace_back(), depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  bool digits() {
    const auto start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > start;
  }

  bool number(std::string& out) {
    const auto start = at_;
    if (text_[at_] == '-') ++at_;
    const auto first = at_;
    if (!digits()) return false;
    if (text_[first] == '0' && at_ - first > 1) return false;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (!digits()) return false;
    }
    out = text_.substr(start, at_ - start);
    return true;
  }

  std::optional<std::uint32_t> four_hex() {
    if (at_ + 4 > text_.size()) return std::nullopt;
    std::uint32_t code = 0;
    const auto* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, begin + 4, code, 16);
    if (error != std::errc{} || end != begin + 4) return std::nullopt;
    at_ += 4;
    return code;
  }

  static void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | (code >> 6));
      put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | (code >> 12));
      put(0x80 | ((code >> 6) & 0x3F));
      put(0x80 | (code & 0x3F));
    } else {
      put(0xF0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3F));
      put(0x80 | ((code >> 6) & 0x3F));
      put(0x80 | (code & 0x3F));
    }
  }

  bool escape(std::string& out) {
    const char c = text_[at_++];
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (const auto found = kNames.find(c); found != std::string_view::npos) {
      out += kValues[found];
      return true;
    }
    if (c != 'u') return false;
    auto code = four_hex();
    if (!code) return false;
    if (*code >= 0xD800 && *code < 0xDC00) {
      if (!take_word("\\u")) return false;
      const auto low = four_hex();
      if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
      code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
    }
    append_utf8(out, *code);
    return true;
  }

  bool string(std::string& out) {
    ++at_;
    for (;;) {
      const auto start = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      out.append(text_.substr(start, at_ - start));
      if (at_ >= text_.size()) return false;
      const char c = text_[at_++];
      if (c == '"') return true;
      if (c != '\\' || at_ >= text_.size() || !escape(out)) return false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

namespace {

const Json& absent() {
  static const Json kNull;
  return kNull;
}

void append_jsonb(std::string& out, const Json& json) {
  switch (json.kind()) {
    case Json::Kind::null:
      out += "null";
      return;
    case Json::Kind::boolean:
      out += json.boolean() ? "true" : "false";
      return;
    case Json::Kind::number:
      out += json.text();
      return;
    case Json::Kind::string:
      out += quoted_json(json.text());
      return;
    case Json::Kind::array: {
      out += '[';
      const char* separator = "";
      for (const auto& item : json.items()) {
        out += separator;
        append_jsonb(out, item);
        separator = ", ";
      }
      out += ']';
      return;
    }
    case Json::Kind::object: {
      out += '{';
      const char* separator = "";
      for (const auto& [key, member] : json.members()) {
        out += separator;
        out += quoted_json(key);
        out += ": ";
        append_jsonb(out, member);
        separator = ", ";
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

Json Json::of_boolean(bool value) {
  Json json;
  json.kind_ = Kind::boolean;
  json.boolean_ = value;
  return json;
}

Json Json::of_number(std::string text) {
  Json json;
  json.kind_ = Kind::number;
  json.text_ = std::move(text);
  return json;
}

Json Json::of_string(std::string text) {
  Json json;
  json.kind_ = Kind::string;
  json.text_ = std::move(text);
  return json;
}

Json Json::of_array(std::vector<Json> items) {
  Json json;
  json.kind_ = Kind::array;
  json.items_ = std::move(items);
  return json;
}

Json Json::of_object(std::vector<Member> members) {
  Json json;
  json.kind_ = Kind::object;
  json.members_ = std::move(members);
  return json;
}

std::optional<Json> Json::parse(std::string_view text) {
  return Parser(text).document();
}

const Json* Json::find(std::string_view key) const {
  for (auto member = members_.rbegin(); member != members_.rend(); ++member)
    if (member->first == key) return &member->second;
  return nullptr;
}

const Json& Json::operator[](std::string_view key) const {
  const auto* found = find(key);
  return found != nullptr ? *found : absent();
}

std::int64_t Json::integer(std::string_view key) const {
  const auto& member = (*this)[key];
  std::int64_t value = 0;
  std::from_chars(member.text_.data(), member.text_.data() + member.text_.size(), value);
  return value;
}

bool Json::flag(std::string_view key) const {
  return (*this)[key].boolean_;
}

const std::string& Json::string(std::string_view key) const {
  return (*this)[key].text_;
}

Json normalized(Json json) {
  for (auto& item : json.items()) item = normalized(std::move(item));
  auto& members = json.members();
  for (auto& member : members) member.second = normalized(std::move(member.second));
  std::stable_sort(members.begin(), members.end(),
                   [](const Json::Member& a, const Json::Member& b) {
                     if (a.first.size() != b.first.size()) return a.first.size() < b.first.size();
                     return a.first < b.first;
                   });
  std::vector<Json::Member> kept;
  for (auto& member : members) {
    if (!kept.empty() && kept.back().first == member.first)
      kept.back() = std::move(member);
    else
      kept.push_back(std::move(member));
  }
  members = std::move(kept);
  return json;
}

std::string to_jsonb_text(const Json& json) {
  std::string out;
  append_jsonb(out, json);
  return out;
}

std::string quoted_json(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    constexpr std::string_view kNames = "\"\\bfnrt";
    constexpr std::string_view kValues = "\"\\\b\f\n\r\t";
    if (const auto found = kValues.find(c); found != std::string_view::npos) {
      out += '\\';
      out += kNames[found];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

namespace {

bool is_scalar(const Json& json) {
  return !json.is_array() && !json.is_object();
}

int rank_of(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::null:
      return 0;
    case Json::Kind::string:
      return 1;
    case Json::Kind::number:
      return 2;
    case Json::Kind::boolean:
      return 3;
    case Json::Kind::array:
      return 4;
    case Json::Kind::object:
      break;
  }
  return 5;
}

std::strong_ordering compare_parts(const Json& left, const Json& right) {
  if (left.kind() != right.kind()) return rank_of(left) <=> rank_of(right);
  switch (left.kind()) {
    case Json::Kind::null:
      return std::strong_ordering::equal;
    case Json::Kind::boolean:
      return left.boolean() <=> right.boolean();
    case Json::Kind::string:
      return left.text().compare(right.text()) <=> 0;
    case Json::Kind::number: {
      const auto a = Numeric::parse(left.text());
      const auto b = Numeric::parse(right.text());
      return a && b ? compare(*a, *b) : left.text().compare(right.text()) <=> 0;
    }
    case Json::Kind::array:
      if (const auto size = left.items().size() <=> right.items().size(); size != 0) return size;
      for (std::size_t i = 0; i < left.items().size(); ++i)
        if (const auto item = compare_parts(left.items()[i], right.items()[i]); item != 0)
          return item;
      return std::strong_ordering::equal;
    case Json::Kind::object:
      break;
  }
  if (const auto size = left.members().size() <=> right.members().size(); size != 0) return size;
  for (std::size_t i = 0; i < left.members().size(); ++i) {
    const auto& [left_key, left_value] = left.members()[i];
    const auto& [right_key, right_value] = right.members()[i];
    if (const auto key = left_key.compare(right_key) <=> 0; key != 0) return key;
    if (const auto value = compare_parts(left_value, right_value); value != 0) return value;
  }
  return std::strong_ordering::equal;
}

}  // namespace

std::strong_ordering compare_jsonb(const Json& left, const Json& right) {
  // A bare value is stored as an array of one that is marked as none.
  if (is_scalar(left) && right.is_array())
    return right.items().empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  if (left.is_array() && is_scalar(right))
    return left.items().empty() ? std::strong_ordering::less : std::strong_ordering::greater;
  return compare_parts(left, right);
}

}  // namespace halfwrite::sql
