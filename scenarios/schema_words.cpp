#include "scenarios/schema_words.hpp"

#include "scenarios/value_text.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::scenarios {

std::vector<std::string> keys_of(const Json* object) {
  std::vector<std::string> keys;
  if (object == nullptr) return keys;
  for (const Member& member : object->members) keys.push_back(member.key);
  return keys;
}

bool has_word(const Json* list, std::string_view word) {
  if (list == nullptr) return false;
  return std::any_of(list->items.begin(), list->items.end(),
                     [&](const Json& item) { return item.text == word; });
}

const std::string& text_or_empty(const Json* value) {
  static const std::string empty;
  return value == nullptr ? empty : value->text;
}

// "an integer", as a schema's type word reads in a sentence.
std::string type_words(std::string_view type) {
  if (type == "object") return "an object";
  if (type == "array") return "a list";
  if (type == "string") return "text";
  if (type == "integer") return "a whole number";
  if (type == "number") return "a number";
  if (type == "boolean") return "true or false";
  return "null";
}

bool is_of_type(const Json& value, std::string_view type) {
  switch (value.kind) {
    case Json::Kind::object:
      return type == "object";
    case Json::Kind::list:
      return type == "array";
    case Json::Kind::text:
      return type == "string";
    case Json::Kind::boolean:
      return type == "boolean";
    case Json::Kind::null:
      return type == "null";
    case Json::Kind::number:
      return type == "number" || (type == "integer" && parse_integer(value.text).has_value());
  }
  return false;
}

std::string too_long(const std::string& name) {
  return "at most " + std::to_string(longest_name) + " characters are expected here, found " +
         std::to_string(name.size());
}

std::vector<std::string> types_of(const Json& schema) {
  std::vector<std::string> types;
  if (const Json* type = schema.find("type")) {
    if (type->is_text()) types.push_back(type->text);
    for (const Json& item : type->items) types.push_back(item.text);
  } else if (const Json* words = schema.find("enum")) {
    for (const Json& word : words->items) {
      const char* kind = word.is_text() ? "string" : word.is_number() ? "integer" : "boolean";
      if (std::find(types.begin(), types.end(), kind) == types.end()) types.emplace_back(kind);
    }
  }
  return types;
}

std::string or_list(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

// delivery.timeout.ms -> delivery_timeout, session-timeout -> session_timeout.
std::string house_name(std::string key) {
  std::replace(key.begin(), key.end(), '.', '_');
  std::replace(key.begin(), key.end(), '-', '_');
  if (key.size() > 3 && key.compare(key.size() - 3, 3, "_ms") == 0) key.erase(key.size() - 3);
  return key;
}

// What tools of the field call a key, if this object has the key.
std::string word_of_this_house(const std::string& key, const std::vector<std::string>& keys) {
  static constexpr std::pair<std::string_view, std::string_view> table[] = {
      {"toxicity", "probability"}, {"duration", "for"},  {"direction", "one_way"},
      {"nemesis", "faults"},       {"jitter", "by"},     {"latency", "by"},
      {"interval", "every"},       {"downtime", "down"}, {"downtime", "for"}};
  for (const auto& [theirs, ours] : table) {
    if (key == theirs && std::find(keys.begin(), keys.end(), ours) != keys.end())
      return std::string(ours);
  }
  return "";
}

}  // namespace halfwrite::scenarios
