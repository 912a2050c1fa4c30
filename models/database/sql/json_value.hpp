// How a value looks inside JSON: PostgreSQL's to_json and to_jsonb.
#pragma once

#include "models/database/sql/json.hpp"
#include "models/database/sql/value.hpp"

#include <string>

namespace halfwrite::sql {

class Call;

// Numbers and booleans as themselves, json as it is, timestamps in ISO form, everything else as a
// string.
Json to_json(const Value& value);
// The same as text; json values keep their spelling.
std::string to_json_text(const Value& value);
// '{"a": 1}' of type json or jsonb -> the element; nothing if it is not there.
const Json* json_member(const Json& json, std::string_view key);
const Json* json_element(const Json& json,
                         std::int64_t index);  // from 0; negative counts from the end

// One step of a path: a member, or an element by its position; nullptr when there is none.
const Json* json_step(const Json* json, std::string_view key);
// NULL for nullptr; as text a string has no quotes and null is NULL.
void answer_json(Call& call, const Json* json, bool as_text);

}  // namespace halfwrite::sql
