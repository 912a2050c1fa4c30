// A small JSON tree: what libpg-query answers with, and what json and jsonb values hold. Members
// keep their order and numbers keep their text, so nothing is rounded.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::sql {

class Json {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  using Member = std::pair<std::string, Json>;

  Json() = default;
  static Json of_boolean(bool value);
  static Json of_number(std::string text);
  static Json of_string(std::string text);
  static Json of_array(std::vector<Json> items);
  static Json of_object(std::vector<Member> members);

  // Nothing when the text is not JSON (or nested deeper than 512).
  static std::optional<Json> parse(std::string_view text);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_object() const { return kind_ == Kind::object; }
  bool is_array() const { return kind_ == Kind::array; }
  bool boolean() const { return boolean_; }
  const std::string& text() const { return text_; }  // of a string or number
  const std::vector<Json>& items() const { return items_; }
  const std::vector<Member>& members() const { return members_; }
  std::vector<Member>& members() { return members_; }
  std::vector<Json>& items() { return items_; }

  // Lenient lookups for a tree whose absent members mean a default.
  bool has(std::string_view key) const { return find(key) != nullptr; }
  const Json* find(std::string_view key) const;  // the last member of that name
  const Json& operator[](std::string_view key) const;
  std::int64_t integer(std::string_view key) const;  // 0 when absent
  bool flag(std::string_view key) const;             // false when absent
  const std::string& string(std::string_view key) const;

 private:
  class Parser;

  Kind kind_ = Kind::null;
  bool boolean_ = false;
  std::string text_;
  std::vector<Json> items_;
  std::vector<Member> members_;
};

// PostgreSQL's jsonb: keys by length, then bytes; of equal keys the last one; one blank after ','
// and ':'.
Json normalized(Json json);
std::string to_jsonb_text(const Json& json);
// PostgreSQL's order of jsonb (jsonb_util.c, compareJsonbContainers): object, array, boolean,
// number, string, null; more members or elements before less; a bare value just below an array of
// one.
std::strong_ordering compare_jsonb(const Json& left, const Json& right);
// The text of `->>`: a string without quotes, anything else as jsonb prints it.
std::string quoted_json(std::string_view text);

}  // namespace halfwrite::sql
