#include "scenarios/external_reader.hpp"

#include "scenarios/field_reader.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/value_text.hpp"

#include <optional>
#include <utility>

namespace halfwrite::scenarios {

namespace {

external::Declines read_declines(const Json& json, SqlReader& sql) {
  external::Declines declines;
  declines.with = text_at(json, "with");
  if (const Json* condition = json.find("if")) {
    declines.condition = sql.read_expression(*condition, true);
  }
  if (const Json* chance = json.find("probability")) {
    declines.probability = parse_chance(chance->text);
  }
  return declines;
}

external::Callback read_callback(const Json& json) {
  external::Callback callback;
  callback.run = text_at(json, "run");
  take(json, "delay", callback.delay);
  take(json, "times", callback.times);
  return callback;
}

external::Operation read_operation(const Member& member, SqlReader& sql) {
  external::Operation operation;
  operation.name = member.key;
  operation.inverse = text_at(member.value, "inverse");
  operation.per = text_at(member.value, "per");
  take(member.value, "irreversible", operation.irreversible);
  take(member.value, "time", operation.time);
  if (const Json* declines = member.value.find("declines"); declines && declines->is_object())
    operation.declines = read_declines(*declines, sql);
  if (const Json* callback = member.value.find("callback"); callback && callback->is_object())
    operation.callback = read_callback(*callback);
  return operation;
}

void check_inverse(const Json& json, const external::Settings& settings,
                   const external::Operation& operation, Findings& findings) {
  const Json* inverse = json.find("inverse");
  if (const Json* per = json.find("per"); per != nullptr && inverse == nullptr) {
    findings.add(*per, "condition",
                 "nothing takes " + operation.name + " back, so nothing has to name it",
                 "say by `inverse` what does");
  }
  if (inverse == nullptr || !inverse->is_text()) return;
  if (operation.irreversible) {
    findings.add(*inverse, "condition",
                 operation.name + " is irreversible, and an `inverse` takes it back",
                 "say one of the two");
  }
  if (inverse->text == operation.name) {
    findings.add(*inverse, "condition", operation.name + " cannot take itself back",
                 "name the operation that does");
  }
  const external::Operation* other = settings.find(inverse->text);
  if (other != nullptr && other != &operation && other->inverse == operation.name) {
    findings.add(*inverse, "condition",
                 operation.name + " and " + other->name + " cannot take back each other",
                 "say it of the one that is taken back");
  }
  if (other != nullptr) return;
  std::vector<std::string> known;
  for (const external::Operation& one : settings.operations) known.push_back(one.name);
  findings.add(*inverse, "unknown-name",
               settings.name + " has no operation " + in_quotes(inverse->text),
               did_you_mean(inverse->text, known), "operations: " + listed(known));
}

}  // namespace

external::Settings read_external(const Member& member, SqlReader& sql, Findings& findings) {
  static constexpr std::string_view words[] = {"conflict", "wait"};
  external::Settings settings;
  settings.name = member.key;
  take(member.value, "time", settings.time);
  if (const Json* json = member.value.find("idempotency"); json != nullptr && json->is_object()) {
    external::Idempotency idempotency;
    take(*json, "retention", idempotency.retention);
    take_word(*json, "concurrent", words, idempotency.concurrent);
    settings.idempotency = idempotency;
  }
  const Json& operations = object_at(member.value, "operations");
  for (const Member& operation : operations.members) {
    settings.operations.push_back(read_operation(operation, sql));
  }
  for (std::size_t i = 0; i < settings.operations.size(); ++i) {
    check_inverse(operations.members[i].value, settings, settings.operations[i], findings);
  }
  return settings;
}

std::vector<std::string> variables_of(const external::Operation& operation) {
  const bool decides = operation.declines && operation.declines->condition != nullptr;
  return decides ? operation.declines->condition->parameters : std::vector<std::string>();
}

ExternalName find_external(const Json& written, const std::vector<external::Settings>& externals,
                           Findings& findings) {
  if (!written.is_text()) return {};
  const std::size_t dot = written.text.find('.');
  const std::string name = written.text.substr(0, dot);
  std::vector<std::string> systems;
  for (const external::Settings& settings : externals) {
    systems.push_back(settings.name);
    if (settings.name != name) continue;
    const std::string asked = dot == std::string::npos ? "" : written.text.substr(dot + 1);
    if (const external::Operation* operation = settings.find(asked)) return {&settings, operation};
    std::vector<std::string> operations;
    for (const external::Operation& operation : settings.operations)
      operations.push_back(operation.name);
    const std::string meant = nearest_word(asked, operations);
    findings.add(written, "unknown-name",
                 asked.empty() ? "the operation of " + name + " is missing"
                               : name + " has no operation " + in_quotes(asked),
                 meant.empty() ? "such as \"" + name + "." +
                                     (operations.empty() ? "charge" : operations.front()) + "\""
                               : "did you mean " + in_quotes(name + "." + meant) + "?",
                 operations.empty() ? "it has none" : "operations: " + listed(operations));
    return {};
  }
  const std::string meant = nearest_word(name, systems);
  findings.add(written, "unknown-name", "no system outside is named " + in_quotes(name),
               meant.empty() || dot == std::string::npos
                   ? did_you_mean(name, systems)
                   : "did you mean " + in_quotes(meant + written.text.substr(dot)) + "?",
               systems.empty() ? "there are no `externals`" : "externals: " + listed(systems));
  return {};
}

}  // namespace halfwrite::scenarios
