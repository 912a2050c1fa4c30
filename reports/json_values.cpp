#include "reports/json_values.hpp"

#include "reports/smallest_case.hpp"

#include <fmt/format.h>

namespace halfwrite::reports {

namespace {

const char* text_of(campaign::Met met) {
  switch (met) {
    case campaign::Met::met:
      return "met";
    case campaign::Met::not_met:
      return "not_met";
    case campaign::Met::not_exercised:
      return "not_exercised";
  }
  return "not_met";
}

}  // namespace

Json violation_json(const invariants::Violation& violation) {
  Json json{{"subject", violation.subject},
            {"sentence", violation.sentence},
            {"at_nanoseconds", violation.at.since_start().in_nanoseconds()}};
  if (!violation.event.empty()) json["event"] = violation.event;
  if (!violation.event_id.empty()) json["event_id"] = violation.event_id;
  if (!violation.stage.empty()) json["stage"] = violation.stage;
  return json;
}

Json expectations_json(const std::vector<campaign::ExpectationResult>& expectations) {
  Json list = Json::array();
  for (const auto& result : expectations) {
    Json json{{"subject", result.subject},
              {"expected", scenarios::to_text(result.expected)},
              {"result", text_of(result.met)}};
    if (!result.sentence.empty()) json["sentence"] = result.sentence;
    json["file"] = result.place.file;
    json["line"] = result.place.line;
    json["column"] = result.place.column;
    list.push_back(std::move(json));
  }
  return list;
}

Json smallest_json(const std::optional<campaign::SmallestCase>& smallest) {
  if (!smallest) return Json();
  Json json{{"faults", smallest->landed.size()}, {"orders", smallest->orders},
            {"requests", smallest->requests},    {"minimal", smallest->minimal},
            {"cause", cause_text(*smallest)},    {"sentence", smallest->sentence}};
  if (smallest->path.empty()) {
    json["not_kept_because"] = smallest->not_kept_because;
  } else {
    json["case"] = smallest->path;
    json["command"] = replay_command(smallest->path);
  }
  return json;
}

Json divergence_json(const campaign::Divergence& divergence) {
  Json json{{"variant", divergence.variant},
            {"seed", divergence.seed},
            {"first_hash", fmt::format("{:016x}", divergence.first_hash)},
            {"second_hash", fmt::format("{:016x}", divergence.second_hash)},
            {"other_process", divergence.other_process}};
  if (divergence.difference)
    json["first_difference"] = {{"record", divergence.difference->record},
                                {"before", divergence.difference->before},
                                {"first", divergence.difference->first},
                                {"second", divergence.difference->second}};
  return json;
}

std::string finished(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace halfwrite::reports
