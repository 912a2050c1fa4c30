// jsonb by paths and keys: text arrays say where (jsonfuncs.c, setPath and its relatives).
#include "models/database/sql/array_text.hpp"
#include "models/database/sql/function_call.hpp"
#include "models/database/sql/json_value.hpp"

#include <algorithm>
#include <charconv>

namespace halfwrite::sql {

namespace {

Json document(const Call& call, int i) {
  return Json::parse(call.text(i)).value_or(Json());
}

// Nothing: the call has failed.
std::optional<ArrayElements> array_argument(Call& call, int i) {
  auto elements = read_array(call.text(i));
  if (!elements)
    call.fail("22P02", "malformed array literal: \"" + std::string(call.text(i)) + "\"");
  return elements;
}

std::optional<std::int64_t> position_of(const std::string& key) {
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (error != std::errc{} || end != key.data() + key.size()) return std::nullopt;
  return index;
}

void path(Call& call) {
  const auto json = document(call, 0);
  const auto keys = array_argument(call, 1);
  if (!keys) return;
  const Json* at = &json;
  for (const auto& key : *keys) {
    if (!key) return call.answer_null();
    at = json_step(at, *key);
  }
  answer_json(call, at, call.integer(2) != 0);
}

bool has_key(const Json& json, std::string_view key) {
  if (json.is_object()) return json.find(key) != nullptr;
  if (json.kind() == Json::Kind::string) return json.text() == key;
  return std::any_of(json.items().begin(), json.items().end(), [&](const Json& item) {
    return item.kind() == Json::Kind::string && item.text() == key;
  });
}

void has(Call& call) {
  call.answer(std::int64_t{has_key(document(call, 0), call.text(1))});
}

// ?| and ?&: NULLs among the keys do not count.
void has_several(Call& call) {
  const auto json = document(call, 0);
  const auto keys = array_argument(call, 1);
  if (!keys) return;
  const bool all = call.integer(2) != 0;
  const bool settled = std::any_of(keys->begin(), keys->end(), [&](const auto& key) {
    return key && has_key(json, *key) != all;
  });
  call.answer(std::int64_t{settled != all});
}

void remove_key(Json& json, std::string_view key) {
  auto& items = json.items();
  items.erase(std::remove_if(items.begin(), items.end(),
                             [&](const Json& item) {
                               return item.kind() == Json::Kind::string && item.text() == key;
                             }),
              items.end());
  auto& members = json.members();
  members.erase(std::remove_if(members.begin(), members.end(),
                               [&](const Json::Member& entry) { return entry.first == key; }),
                members.end());
}

bool is_container(const Json& json) {
  return json.is_array() || json.is_object();
}

void answer_document(Call& call, const Json& json) {
  call.answer(std::string_view(to_jsonb_text(json)));
}

void without(Call& call) {
  auto json = document(call, 0);
  if (!is_container(json)) return call.fail("22023", "cannot delete from scalar");
  remove_key(json, call.text(1));
  answer_document(call, json);
}

void without_keys(Call& call) {
  auto json = document(call, 0);
  const auto keys = array_argument(call, 1);
  if (!keys) return;
  if (!is_container(json)) return call.fail("22023", "cannot delete from scalar");
  for (const auto& key : *keys)
    if (key) remove_key(json, *key);
  answer_document(call, json);
}

void without_element(Call& call) {
  auto json = document(call, 0);
  if (json.is_object()) return call.fail("22023", "cannot delete from object using integer index");
  if (!json.is_array()) return call.fail("22023", "cannot delete from scalar");
  const auto size = static_cast<std::int64_t>(json.items().size());
  const auto index = call.integer(1) < 0 ? call.integer(1) + size : call.integer(1);
  if (index >= 0 && index < size) json.items().erase(json.items().begin() + index);
  answer_document(call, json);
}

enum class Change { replace, create_or_replace, insert_before, insert_after, remove };

struct PathChange {
  Change change = Change::replace;
  const ArrayElements& keys;
  Json value = {};
  std::optional<SqlError> error = std::nullopt;

  bool fail(std::string sqlstate, std::string message, std::string hint = "") {
    error.emplace();
    error->sqlstate = std::move(sqlstate);
    error->message = std::move(message);
    error->hint = std::move(hint);
    return false;
  }
  bool creates() const { return change != Change::replace && change != Change::remove; }
  bool inserts() const { return change == Change::insert_before || change == Change::insert_after; }

  // False: failed.
  bool apply(Json& json, std::size_t depth) {
    if (!is_container(json)) return true;
    if (!keys[depth])
      return fail("22004", "path element at position " + std::to_string(depth + 1) + " is null");
    return json.is_object() ? in_object(json, depth) : in_array(json, depth);
  }

  bool in_object(Json& json, std::size_t depth) {
    const bool last = depth + 1 == keys.size();
    auto& members = json.members();
    const auto found = std::find_if(members.begin(), members.end(), [&](const Json::Member& entry) {
      return entry.first == *keys[depth];
    });
    if (found == members.end()) {
      if (last && creates()) members.emplace_back(*keys[depth], value);
      return true;
    }
    if (!last) return apply(found->second, depth + 1);
    if (inserts())
      return fail("22023", "cannot replace existing key",
                  "Try using the function jsonb_set to replace key value.");
    if (change == Change::remove)
      members.erase(found);
    else
      found->second = value;
    return true;
  }

  // A position beyond the end appends, one before the beginning prepends.
  bool in_array(Json& json, std::size_t depth) {
    const bool last = depth + 1 == keys.size();
    const auto position = position_of(*keys[depth]);
    if (!position)
      return fail("22P02", "path element at position " + std::to_string(depth + 1) +
                               " is not an integer: \"" + *keys[depth] + "\"");
    auto& items = json.items();
    const auto size = static_cast<std::int64_t>(items.size());
    const auto index = *position < 0 ? *position + size : *position;
    if (index < 0 || index >= size) {
      if (last && creates()) items.insert(index < 0 ? items.begin() : items.end(), value);
      return true;
    }
    const auto item = items.begin() + index;
    if (!last) return apply(*item, depth + 1);
    if (change == Change::remove)
      items.erase(item);
    else if (inserts())
      items.insert(change == Change::insert_before ? item : item + 1, value);
    else
      *item = value;
    return true;
  }
};

void change_path(Call& call, Change change, const char* verb) {
  auto json = document(call, 0);
  const auto keys = array_argument(call, 1);
  if (!keys) return;
  if (!is_container(json))
    return call.fail("22023", std::string("cannot ") + verb + " path in scalar");
  // jsonb_delete_path and jsonb_set look at an empty document no further.
  const bool is_empty = json.items().empty() && json.members().empty();
  if (is_empty && (change == Change::remove || change == Change::replace))
    return answer_document(call, json);
  PathChange changing{.change = change, .keys = *keys};
  if (change != Change::remove) changing.value = document(call, 2);
  if (!keys->empty() && !changing.apply(json, 0)) return call.fail(*changing.error);
  answer_document(call, normalized(std::move(json)));
}

void set(Call& call) {
  change_path(call, call.integer(3) != 0 ? Change::create_or_replace : Change::replace, "set");
}
void insert(Call& call) {
  change_path(call, call.integer(3) != 0 ? Change::insert_after : Change::insert_before, "set");
}
void without_path(Call& call) {
  change_path(call, Change::remove, "delete");
}

Json stripped(const Json& json) {
  if (json.is_array()) {
    std::vector<Json> items;
    for (const auto& item : json.items()) items.push_back(stripped(item));
    return Json::of_array(std::move(items));
  }
  if (!json.is_object()) return json;
  std::vector<Json::Member> members;
  for (const auto& [name, inner] : json.members())
    if (!inner.is_null()) members.emplace_back(name, stripped(inner));
  return Json::of_object(std::move(members));
}

void strip_nulls(Call& call) {
  answer_document(call, stripped(document(call, 0)));
}

const FunctionDefinition kPathFunctions[] = {
    {"hw_json_path", path},
    {"hw_json_has", has},
    {"hw_json_has_several", has_several},
    {"hw_json_without", without},
    {"hw_json_without_keys", without_keys},
    {"hw_json_without_element", without_element},
    {"hw_json_without_path", without_path},
    {"hw_json_set", set},
    {"hw_json_insert", insert},
    {"hw_json_strip_nulls", strip_nulls},
};

}  // namespace

FunctionList json_path_functions() {
  return {std::begin(kPathFunctions), std::end(kPathFunctions)};
}

}  // namespace halfwrite::sql
