#include "models/service/payload.hpp"

#include "models/database/sql/json.hpp"
#include "sim/assert.hpp"

#include <utility>

namespace halfwrite::service {

namespace {

void append_string(std::string& json, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  json += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        json += "\\\"";
        break;
      case '\\':
        json += "\\\\";
        break;
      case '\n':
        json += "\\n";
        break;
      case '\r':
        json += "\\r";
        break;
      case '\t':
        json += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          json += "\\u00";
          json += digits[static_cast<unsigned char>(c) >> 4];
          json += digits[static_cast<unsigned char>(c) & 15];
        } else {
          json += c;
        }
    }
  }
  json += '"';
}

void append_value(std::string& json, const sql::Value& value) {
  using sql::TypeKind;
  if (value.is_null()) {
    json += "null";
    return;
  }
  switch (value.kind()) {
    case TypeKind::boolean:
      json += value.is_true() ? "true" : "false";
      return;
    case TypeKind::numeric: {
      const std::string text = sql::to_text(value);
      // NaN and the infinities are numeric values that JSON has no number for.
      if (text.find_first_not_of("+-.0123456789eE") != std::string::npos) {
        append_string(json, text);
      } else {
        json += text;
      }
      return;
    }
    case TypeKind::smallint:
    case TypeKind::integer:
    case TypeKind::bigint:
    case TypeKind::xid8:
    case TypeKind::json:
    case TypeKind::jsonb:
      json += sql::to_text(value);
      return;
    default:
      append_string(json, sql::to_text(value));
  }
}

sql::Value value_of(const sql::Json& json) {
  switch (json.kind()) {
    case sql::Json::Kind::null:
      return {};
    case sql::Json::Kind::boolean:
      return sql::Value::boolean(json.boolean());
    case sql::Json::Kind::string:
      return sql::Value::text(json.text());
    case sql::Json::Kind::number: {
      sql::Type type;
      type.kind = sql::TypeKind::bigint;
      if (const auto whole = sql::from_text(type, json.text())) return *whole;
      type.kind = sql::TypeKind::numeric;
      if (const auto decimal = sql::from_text(type, json.text())) return *decimal;
      return sql::Value::text(json.text());
    }
    case sql::Json::Kind::array:
    case sql::Json::Kind::object:
      return sql::Value::of(sql::TypeKind::jsonb, sql::to_jsonb_text(json));
  }
  HALFWRITE_ASSERT(false, "a JSON value has a kind that is none");
}

}  // namespace

std::string payload_of(const Fields& fields) {
  std::string json = "{";
  for (const auto& [name, value] : fields) {
    if (json.size() > 1) json += ',';
    append_string(json, name);
    json += ':';
    append_value(json, value);
  }
  json += '}';
  return json;
}

std::optional<Fields> fields_of(std::string_view payload) {
  std::optional<sql::Json> json = sql::Json::parse(payload);
  if (!json || !json->is_object()) return std::nullopt;
  Fields fields;
  fields.reserve(json->members().size());
  for (auto& [name, member] : json->members())
    fields.emplace_back(std::move(name), value_of(member));
  return fields;
}

sql::Parameters variables_of(const Fields& fields) {
  std::vector<sql::NamedValue> values;
  values.reserve(fields.size());
  for (auto field = fields.rbegin(); field != fields.rend(); ++field)
    values.push_back({field->first, field->second});
  return sql::Parameters(values);
}

sql::Parameters variables_of_payload(std::string_view payload) {
  const std::optional<Fields> fields = fields_of(payload);
  return fields ? variables_of(*fields) : sql::Parameters();
}

}  // namespace halfwrite::service
