#include "scenarios/value_reader.hpp"

#include "models/database/sql/statement.hpp"
#include "scenarios/field_reader.hpp"
#include "scenarios/value_text.hpp"

namespace halfwrite::scenarios {

namespace {

sql::Value literal(const Json& json) {
  switch (json.kind) {
    case Json::Kind::boolean:
      return sql::Value::boolean(json.boolean);
    case Json::Kind::number:
      if (const auto integer = parse_integer(json.text)) return sql::Value::bigint(*integer);
      return sql::Value::of(sql::TypeKind::numeric, json.text);
    case Json::Kind::text:
      return sql::Value::text(json.text);
    default:
      return sql::Value::null();
  }
}

std::optional<service::ValueSource> read_drawn(const Json& json, SqlReader& sql) {
  if (const Json* expression = json.find("sql")) {
    auto statement = sql.read_expression(*expression, false);
    if (statement == nullptr) return std::nullopt;
    return service::Expression{std::move(statement)};
  }
  if (json.find("sequence") != nullptr) return service::Sequence{text_at(json, "sequence")};
  if (const Json* pick = json.find("pick")) {
    if (pick->is_object()) {
      const std::string from = text_at(*pick, "from");
      const std::size_t dot = from.find('.');
      if (dot == std::string::npos) return std::nullopt;
      return service::PickFrom{from.substr(0, dot), from.substr(dot + 1)};
    }
    service::Pick values;
    for (const Json& item : pick->items) values.values.push_back(literal(item));
    return values;
  }
  if (const Json* between = json.find("between")) {
    if (between->items.size() != 2) return std::nullopt;
    const auto least = parse_integer(between->items[0].text);
    const auto most = parse_integer(between->items[1].text);
    if (!least || !most) return std::nullopt;
    return service::Between{*least, *most};
  }
  if (json.find("uuid") != nullptr) return service::DrawnUuid{};
  return std::nullopt;
}

}  // namespace

std::optional<service::ValueSource> read_value(const Json& json, SqlReader& sql) {
  if (json.is_object()) return read_drawn(json, sql);
  if (json.is_list()) return std::nullopt;
  if (json.is_text() && json.text.size() > 1 && json.text.front() == ':') {
    return service::Variable{json.text.substr(1)};
  }
  return literal(json);
}

service::NamedValues read_values(const Json& json, SqlReader& sql) {
  service::NamedValues values;
  for (const Member& member : json.members) {
    if (auto value = read_value(member.value, sql))
      values.emplace_back(member.key, std::move(*value));
  }
  return values;
}

std::vector<std::string> variables_of(const service::ValueSource& value) {
  if (const auto* variable = std::get_if<service::Variable>(&value)) return {variable->name};
  if (const auto* expression = std::get_if<service::Expression>(&value)) {
    if (expression->statement != nullptr) return expression->statement->parameters;
  }
  return {};
}

std::vector<std::string> variables_of(const service::NamedValues& values) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : values) {
    for (std::string& variable : variables_of(value)) variables.push_back(std::move(variable));
  }
  return variables;
}

}  // namespace halfwrite::scenarios
