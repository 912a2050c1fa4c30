// Payloads: the content of an event as canonical JSON text, one flat object whose fields stand in
// the order the event declares. Written and read here without a JSON library; it never looks at
// what the fields mean.
#pragma once

#include "models/database/sql/evaluator.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::service {

using Fields = std::vector<std::pair<std::string, sql::Value>>;

// {"order":"order-9","amount":212}: numbers and booleans bare, NULL null, json and jsonb as they
// are, every other kind a string in PostgreSQL's text form. No spaces.
std::string payload_of(const Fields& fields);

// The fields of such a text, or nothing when it is no JSON object. Nested values come back as jsonb
// text, whole numbers as bigint, other numbers as numeric.
std::optional<Fields> fields_of(std::string_view payload);

// As variables for an operation; of two fields with one name the last counts.
sql::Parameters variables_of(const Fields& fields);
// The same of such a text; empty when it is no JSON object.
sql::Parameters variables_of_payload(std::string_view payload);

}  // namespace halfwrite::service
