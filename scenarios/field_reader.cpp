#include "scenarios/field_reader.hpp"

#include "scenarios/value_text.hpp"

#include <limits>

namespace halfwrite::scenarios {

namespace {

template <class Target, class Parse>
void take_parsed(const Json& object, std::string_view key, Target& into, Parse parse) {
  const Json* value = object.find(key);
  if (value == nullptr) return;
  if (auto parsed = parse(*value)) into = *parsed;
}

std::optional<std::uint64_t> natural(const Json& value) {
  return value.is_number() ? parse_natural(value.text) : std::nullopt;
}
std::optional<std::uint32_t> short_natural(const Json& value) {
  const auto number = natural(value);
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}
std::optional<sim::Duration> duration(const Json& value) {
  return value.is_text() ? parse_duration(value.text) : std::nullopt;
}
std::optional<sim::DurationRange> duration_range(const Json& value) {
  return value.is_text() ? parse_duration_range(value.text) : std::nullopt;
}

}  // namespace

void take(const Json& object, std::string_view key, bool& into) {
  const Json* value = object.find(key);
  if (value != nullptr && value->is_boolean()) into = value->boolean;
}
void take(const Json& object, std::string_view key, std::uint32_t& into) {
  take_parsed(object, key, into, short_natural);
}
void take(const Json& object, std::string_view key, std::uint64_t& into) {
  take_parsed(object, key, into, natural);
}
void take(const Json& object, std::string_view key, std::string& into) {
  const Json* value = object.find(key);
  if (value != nullptr && value->is_text()) into = value->text;
}
void take(const Json& object, std::string_view key, sim::Duration& into) {
  take_parsed(object, key, into, duration);
}
void take(const Json& object, std::string_view key, sim::DurationRange& into) {
  take_parsed(object, key, into, duration_range);
}
void take(const Json& object, std::string_view key, std::optional<std::uint32_t>& into) {
  take_parsed(object, key, into, short_natural);
}
void take(const Json& object, std::string_view key, std::optional<std::uint64_t>& into) {
  take_parsed(object, key, into, natural);
}
void take(const Json& object, std::string_view key, std::optional<sim::Duration>& into) {
  take_parsed(object, key, into, duration);
}
void take(const Json& object, std::string_view key, std::optional<sim::DurationRange>& into) {
  take_parsed(object, key, into, duration_range);
}

void take(const Json& object, std::string_view key, std::vector<std::string>& into) {
  const Json* value = object.find(key);
  if (value == nullptr) return;
  into.clear();
  if (value->is_text()) into.push_back(value->text);
  for (const Json& item : value->items) {
    if (item.is_text()) into.push_back(item.text);
  }
}

const Json& object_at(const Json& object, std::string_view key) {
  static const Json empty = [] {
    Json json;
    json.kind = Json::Kind::object;
    return json;
  }();
  const Json* value = object.find(key);
  return value != nullptr && value->is_object() ? *value : empty;
}

std::string text_at(const Json& object, std::string_view key) {
  std::string text;
  take(object, key, text);
  return text;
}

}  // namespace halfwrite::scenarios
