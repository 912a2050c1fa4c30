#include "scenarios/workload_reader.hpp"

#include "scenarios/field_reader.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/settings_reader.hpp"
#include "scenarios/value_reader.hpp"
#include "scenarios/value_text.hpp"

namespace halfwrite::scenarios {

namespace {

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const Member& member : object.members) keys.push_back(member.key);
  return keys;
}

// What an argument refers to: other arguments of its load, values of another load.
void check_argument(const Json& section, const Json& load, const Member& argument,
                    const service::ValueSource& value, Findings& findings) {
  const std::vector<std::string> own = keys_of(object_at(load, "arguments"));
  for (const std::string& variable : variables_of(value)) {
    if (variable == "now" || variable == "request" ||
        object_at(load, "arguments").find(variable) != nullptr)
      continue;
    findings.add(argument.value, "input", "the load has no argument :" + variable,
                 did_you_mean(variable, own), "arguments: " + listed(own));
  }
  if (const auto* between = std::get_if<service::Between>(&value);
      between != nullptr && between->least > between->most) {
    findings.add(*argument.value.find("between"), "number", "`between` begins with its greater end",
                 "the lesser stands first");
  }
  const auto* pick = std::get_if<service::PickFrom>(&value);
  if (pick == nullptr) return;
  const Json& from = *argument.value.find("pick")->find("from");
  const Json* other = section.find(pick->load);
  if (other == nullptr) {
    findings.add(from, "unknown-name", "no load is named " + in_quotes(pick->load),
                 did_you_mean(pick->load, keys_of(section)), "loads: " + listed(keys_of(section)));
  } else if (object_at(*other, "arguments").find(pick->argument) == nullptr) {
    const std::vector<std::string> known = keys_of(object_at(*other, "arguments"));
    findings.add(from, "unknown-name",
                 "the load " + pick->load + " has no argument " + in_quotes(pick->argument),
                 did_you_mean(pick->argument, known), "arguments: " + listed(known));
  }
}

// A run is simulated poll by poll: years of it would only look like a hang.
void check_length(const Json& json, const service::Load& load, Findings& findings) {
  constexpr sim::Duration longest_load = sim::Duration::seconds(30 * 24 * 3600);
  if (load.at > longest_load) {
    findings.add(*json.find("at"), "duration", "a load begins within the first 30d of a run");
    return;
  }
  const std::int64_t interval = load.interval ? load.interval->in_nanoseconds() : 0;
  if (interval > 0 &&
      load.count > static_cast<std::uint64_t>(longest_load.in_nanoseconds() / interval))
    findings.add(*json.find("rate"), "rate", "at this rate the load goes on for more than 30d");
}

}  // namespace

std::vector<service::Load> read_workload(const Json& section, SqlReader& sql, Findings& findings) {
  std::vector<service::Load> workload;
  for (const Member& member : section.members) {
    const Json& json = member.value;
    service::Load load;
    load.name = member.key;
    load.run = text_at(json, "run");
    for (const Member& argument : object_at(json, "arguments").members) {
      auto value = read_value(argument.value, sql);
      if (!value) continue;
      check_argument(section, json, argument, *value, findings);
      load.arguments.emplace_back(argument.key, std::move(*value));
    }
    take(json, "at", load.at);
    take(json, "count", load.count);
    if (const Json* rate = json.find("rate")) load.interval = parse_rate(rate->text);
    check_length(json, load, findings);
    take(json, "timeout", load.timeout);
    load.retry = read_optional_retry_at(json);
    take(json, "copies", load.copies);
    workload.push_back(std::move(load));
  }
  return workload;
}

}  // namespace halfwrite::scenarios
