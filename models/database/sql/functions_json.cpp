// json and jsonb: PostgreSQL's operators and constructors over our own small tree.
#include "models/database/sql/function_call.hpp"
#include "models/database/sql/json_value.hpp"

#include <algorithm>
#include <charconv>

namespace halfwrite::sql {

Json to_json(const Value& value) {
  if (value.is_null()) return {};
  switch (value.kind()) {
    case TypeKind::boolean:
      return Json::of_boolean(value.integer() != 0);
    case TypeKind::smallint:
    case TypeKind::integer:
    case TypeKind::bigint:
    case TypeKind::numeric:
      return Json::of_number(to_text(value));
    case TypeKind::json:
    case TypeKind::jsonb:
      return Json::parse(value.characters()).value_or(Json());
    case TypeKind::timestamptz:
    case TypeKind::timestamp: {
      auto text = to_text(value);
      if (const auto blank = text.find(' '); blank != std::string::npos) text[blank] = 'T';
      return Json::of_string(value.kind() == TypeKind::timestamptz ? text + ":00" : text);
    }
    default:
      return Json::of_string(to_text(value));
  }
}

std::string to_json_text(const Value& value) {
  if (!value.is_null() && (value.kind() == TypeKind::json || value.kind() == TypeKind::jsonb))
    return std::string(value.characters());
  return to_jsonb_text(to_json(value));
}

const Json* json_member(const Json& json, std::string_view key) {
  return json.is_object() ? json.find(key) : nullptr;
}

const Json* json_element(const Json& json, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(json.items().size());
  if (index < 0) index += size;
  return json.is_array() && index >= 0 && index < size
             ? &json.items()[static_cast<std::size_t>(index)]
             : nullptr;
}

const Json* json_step(const Json* json, std::string_view key) {
  if (json == nullptr) return nullptr;
  if (!json->is_array()) return json_member(*json, key);
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  return error == std::errc{} && end == key.data() + key.size() ? json_element(*json, index)
                                                                : nullptr;
}

void answer_json(Call& call, const Json* json, bool as_text) {
  if (json == nullptr) return call.answer_null();
  if (!as_text) return call.answer(std::string_view(to_jsonb_text(*json)));
  if (json->is_null()) return call.answer_null();
  call.answer(
      std::string_view(json->kind() == Json::Kind::string ? json->text() : to_jsonb_text(*json)));
}

namespace {

Json parsed(const Call& call, int i) {
  return Json::parse(call.text(i)).value_or(Json());
}

void member(Call& call) {
  auto json = parsed(call, 0);
  // jsonb stores a bare value as an array of one, and its position 0 is that value.
  const bool bare = call.integer(3) != 0 && !json.is_array() && !json.is_object();
  if (bare && call.is_integer(1)) json = Json::of_array({std::move(json)});
  answer_json(
      call,
      call.is_integer(1) ? json_element(json, call.integer(1)) : json_member(json, call.text(1)),
      call.integer(2) != 0);
}

void extract(Call& call) {
  const auto json = parsed(call, 1);
  const Json* at = &json;
  for (int i = 2; i < call.count(); ++i) at = json_step(at, call.text(i));
  answer_json(call, at, call.integer(0) != 0);
}

bool contains(const Json& whole, const Json& part) {
  if (part.is_object()) {
    return whole.is_object() && std::all_of(part.members().begin(), part.members().end(),
                                            [&](const Json::Member& wanted) {
                                              const auto* found = whole.find(wanted.first);
                                              return found != nullptr &&
                                                     contains(*found, wanted.second);
                                            });
  }
  if (part.is_array()) {
    return whole.is_array() &&
           std::all_of(part.items().begin(), part.items().end(), [&](const Json& wanted) {
             return std::any_of(whole.items().begin(), whole.items().end(),
                                [&](const Json& item) { return contains(item, wanted); });
           });
  }
  if (whole.is_array())
    return std::any_of(whole.items().begin(), whole.items().end(), [&](const Json& item) {
      return !item.is_array() && !item.is_object() && contains(item, part);
    });
  return compare_jsonb(whole, part) == 0;
}

void contains_json(Call& call) {
  call.answer(std::int64_t{contains(parsed(call, 0), parsed(call, 1))});
}

void concatenate(Call& call) {
  auto left = parsed(call, 0);
  auto right = parsed(call, 1);
  if (left.is_object() && right.is_object()) {
    for (auto& entry : right.members()) left.members().push_back(std::move(entry));
    return call.answer(std::string_view(to_jsonb_text(normalized(std::move(left)))));
  }
  std::vector<Json> items;
  for (auto* side : {&left, &right}) {
    if (side->is_array())
      items.insert(items.end(), side->items().begin(), side->items().end());
    else
      items.push_back(*side);
  }
  call.answer(std::string_view(to_jsonb_text(Json::of_array(std::move(items)))));
}

// json_build_object(binary, kind, key, kind, value, ...).
void object(Call& call) {
  const bool binary = call.integer(0) != 0;
  if ((call.count() - 1) % 4 != 0)
    return call.fail("22023", "argument list must have even number of elements");
  std::vector<Json::Member> members;
  std::string text = "{";
  for (int i = 1; i + 3 < call.count(); i += 4) {
    if (call.is_null(i + 1))
      return call.fail("22023",
                       "argument " + std::to_string((i + 1) / 2) + ": key must not be null");
    const auto key = to_text(call.value(i + 1, static_cast<TypeKind>(call.integer(i))));
    const auto value = call.value(i + 3, static_cast<TypeKind>(call.integer(i + 2)));
    if (binary)
      members.emplace_back(key, to_json(value));
    else
      text += (i > 1 ? ", " : "") + quoted_json(key) + " : " + to_json_text(value);
  }
  if (!binary) return call.answer(std::string_view(text + "}"));
  call.answer(std::string_view(to_jsonb_text(normalized(Json::of_object(std::move(members))))));
}

// row_to_json: name, kind and value of each column; without blanks.
void row(Call& call) {
  std::string text = "{";
  for (int i = 0; i + 2 < call.count(); i += 3)
    text += (i > 0 ? "," : "") + quoted_json(call.text(i)) + ":" +
            to_json_text(call.value(i + 2, static_cast<TypeKind>(call.integer(i + 1))));
  call.answer(std::string_view(text + "}"));
}

void array(Call& call) {
  std::string text = "[";
  for (int i = 1; i + 1 < call.count(); i += 2)
    text += (i > 1 ? ", " : "") +
            to_json_text(call.value(i + 1, static_cast<TypeKind>(call.integer(i))));
  call.answer(std::string_view(text + "]"));
}

void value(Call& call) {
  if (call.is_null(2)) return call.answer_null();
  const auto text = to_json_text(call.value(2, static_cast<TypeKind>(call.integer(1))));
  if (call.integer(0) == 0) return call.answer(std::string_view(text));
  call.answer(std::string_view(to_jsonb_text(normalized(Json::parse(text).value_or(Json())))));
}

void length(Call& call) {
  const auto json = parsed(call, 0);
  if (!json.is_array()) return call.fail("22023", "cannot get array length of a non-array");
  call.answer(static_cast<std::int64_t>(json.items().size()));
}

void type(Call& call) {
  constexpr std::string_view kNames[] = {"null", "boolean", "number", "string", "array", "object"};
  call.answer(kNames[static_cast<std::size_t>(parsed(call, 0).kind())]);
}

const FunctionDefinition kJsonFunctions[] = {
    {"hw_json_member", member},          {"hw_json_extract", extract},
    {"hw_json_contains", contains_json}, {"hw_json_concatenate", concatenate},
    {"hw_json_object", object, false},   {"hw_json_array", array, false},
    {"hw_json_row", row, false},         {"hw_json_value", value, false},
    {"hw_json_length", length},          {"hw_json_type", type},
};

}  // namespace

FunctionList json_functions() {
  return {std::begin(kJsonFunctions), std::end(kJsonFunctions)};
}

}  // namespace halfwrite::sql
