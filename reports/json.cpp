#include "reports/json.hpp"

#include "models/invariants/figures.hpp"
#include "reports/comparison.hpp"
#include "reports/exploration.hpp"
#include "reports/json_values.hpp"
#include "reports/smallest_case.hpp"
#include "scenarios/plan_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::reports {

namespace {

Json figures_json(const invariants::Figures& figures) {
  const auto nanoseconds = [&](const char* name) -> Json {
    const auto value = invariants::figure(figures, name);
    return value.measured() ? Json(value.nanoseconds) : Json();
  };
  Json json = counts_json(figures, figure_counts);
  for (const char* name : {"publish_delay_p50", "publish_delay_p99", "latency_p50", "latency_p99",
                           "saga_duration_p99"})
    json[std::string(name) + "_nanoseconds"] = nanoseconds(name);
  for (const auto& [service, workers] : figures.workers_by_service)
    json["workers"][service] = {{"busy_nanoseconds", workers.busy_nanoseconds},
                                {"all_nanoseconds", workers.all_nanoseconds}};
  return json;
}

Json invariant_json(const campaign::InvariantCount& count) {
  Json json{{"verdict", invariants::to_text(count.outcome())},
            {"violating_seeds", count.violating_seeds.size()},
            {"seeds", count.seeds},
            {"vacuous_seeds", count.vacuous},
            {"parked", count.parked},
            {"allowed_by_config", count.allowed_by_config}};
  if (!count.violating_seeds.empty()) json["seeds_that_violate"] = count.violating_seeds;
  if (count.first) json["first_violation"] = violation_json(*count.first);
  if (!count.vacuous_because.empty()) json["vacuous_because"] = count.vacuous_because;
  return json;
}

Json stuck_json(const std::vector<campaign::StuckSeed>& stuck) {
  Json list = Json::array();
  for (const auto& seed : stuck) list.push_back({{"seed", seed.seed}, {"waiting", seed.waiting}});
  return list;
}

Json variant_json(const campaign::VariantOutcome& variant,
                  const campaign::CampaignOutcome& outcome) {
  Json invariants = Json::object();
  for (const auto& count : variant.invariants) {
    Json json = invariant_json(count);
    if (!count.violating_seeds.empty()) {
      json["command"] = reproducing_command(outcome, variant, count.violating_seeds.front());
      json["smallest"] = smallest_json(count.smallest);
    }
    invariants[count.name] = std::move(json);
  }
  return Json{{"seeds", variant.seeds},
              {"settled_early", variant.is_settled_early},
              {"as_expected", variant.is_as_expected()},
              {"invariants", std::move(invariants)},
              {"figures", figures_json(variant.figures)},
              {"windows_hit", variant.windows_hit},
              {"windows_entered", variant.windows_entered},
              {"faults_landed", variant.faults_landed},
              {"faults_never_reached", variant.faults_never_reached},
              {"orders_prevented", variant.orders_prevented},
              {"passed_over", variant.passed_over},
              {"stuck", stuck_json(variant.stuck)},
              {"expectations", expectations_json(variant.expectations)}};
}

Json campaign_json(const campaign::CampaignOutcome& outcome) {
  Json variants = Json::object();
  for (const auto& variant : outcome.variants)
    variants[variant.name] = variant_json(variant, outcome);
  Json divergences = Json::array();
  for (const auto& divergence : outcome.divergences)
    divergences.push_back(divergence_json(divergence));
  return Json{{"file", outcome.path},
              {"scenario", outcome.scenario},
              {"about", outcome.about},
              {"first_seed", outcome.first_seed},
              {"seeds", outcome.seeds},
              {"runs", outcome.runs},
              {"interrupted", outcome.interrupted},
              {"variants", std::move(variants)},
              {"not_deterministic", std::move(divergences)},
              {"not_shrunk", outcome.not_shrunk},
              {"exit_code", static_cast<int>(campaign::exit_code_of(outcome))}};
}

Json verdict_json(const invariants::Verdict& verdict) {
  Json violations = Json::array();
  for (const auto& violation : verdict.violations) violations.push_back(violation_json(violation));
  Json json{{"verdict", invariants::to_text(verdict.outcome)},
            {"violations", std::move(violations)},
            {"parked", verdict.parked},
            {"allowed_by_config", verdict.allowed_by_config}};
  if (!verdict.vacuous_because.empty()) json["vacuous_because"] = verdict.vacuous_because;
  return json;
}

Json same_seed_json(const std::vector<campaign::SameSeed>& others) {
  Json list = Json::array();
  for (const campaign::SameSeed& other : others) {
    Json verdicts = Json::object();
    for (const auto& verdict : other.verdicts)
      verdicts[verdict.invariant] = invariants::to_text(verdict.outcome);
    list.push_back({{"variant", other.variant}, {"invariants", std::move(verdicts)}});
  }
  return list;
}

}  // namespace

std::string comparison_json(const campaign::CampaignOutcome& outcome) {
  return finished(campaign_json(outcome));
}

std::string check_json(const std::vector<campaign::CampaignOutcome>& outcomes,
                       const std::vector<campaign::CaseOutcome>& cases) {
  Json kept = Json::array();
  for (const campaign::CaseOutcome& each : cases)
    kept.push_back({{"case", each.path},
                    {"file", each.scenario_path},
                    {"variant", each.variant},
                    {"standing", to_text(each.standing)},
                    {"was_mended", each.was_mended},
                    {"sentence", each.sentence},
                    {"command", replay_command(each.path)}});
  Json files = Json::array();
  campaign::ExitCode code = exit_code_of(cases);
  for (const auto& outcome : outcomes) {
    files.push_back(campaign_json(outcome));
    code = campaign::worst(code, campaign::exit_code_of(outcome));
  }
  return finished(Json{{"cases", std::move(kept)},
                       {"files", std::move(files)},
                       {"exit_code", static_cast<int>(code)}});
}

std::string run_json(const campaign::SingleRun& run) {
  const scenarios::RunOutcome& outcome = run.outcome;
  Json invariants = Json::object();
  for (const auto& verdict : outcome.verdicts)
    invariants[verdict.invariant] = verdict_json(verdict);
  Json landed = Json::array();
  for (const auto& fault : outcome.landed)
    landed.push_back({{"fault", Json::parse(scenarios::write_fault(fault.fault))},
                      {"at_nanoseconds", fault.at.since_start().in_nanoseconds()},
                      {"target", fault.target},
                      {"address", fault.address}});
  Json never = Json::array();
  for (const auto& fault : outcome.never_reached)
    never.push_back(Json::parse(scenarios::write_fault(fault)));
  Json nothing = Json::array();
  for (const auto& fault : outcome.found_nothing)
    nothing.push_back(Json::parse(scenarios::write_fault(fault)));
  const bool quiet = outcome.end.kind == sim::RunEnd::Kind::quiet;
  return finished(Json{
      {"file", run.request.file->path},
      {"scenario", run.request.file->name},
      {"variant", run.request.variant->name},
      {"seed", outcome.seed},
      {"seed_as_typed", run.request.seed.text()},
      {"drawn", run.drawn},
      {"trace_hash", fmt::format("{:016x}", outcome.trace_hash)},
      {"trace_records", outcome.trace_records},
      {"end", quiet ? "quiet" : "stuck"},
      {"end_nanoseconds", outcome.end.at.since_start().in_nanoseconds()},
      {"waiting", outcome.end.waiting},
      {"invariants", std::move(invariants)},
      {"figures", figures_json(outcome.figures)},
      {"windows_hit", outcome.windows_hit},
      {"faults_landed", std::move(landed)},
      {"faults_never_reached", std::move(never)},
      {"faults_found_nothing", std::move(nothing)},
      {"plan", Json::parse(scenarios::write_plan(outcome.landed_plan))},
      {"expectations", expectations_json(run.expectations)},
      {"same_seed", same_seed_json(run.same_seed)},
      {"deterministic", !run.divergence.has_value()},
      {"divergence", run.divergence ? divergence_json(*run.divergence) : Json()},
      {"verified_in_another_process", run.request.compare_with != nullptr && !run.other_broke_off},
      {"exit_code", static_cast<int>(run.code)}});
}

namespace {

Json explored_json(const campaign::ExplorationOutcome& outcome,
                   const std::vector<campaign::ExploredViolation>& violations) {
  Json json = Json::object();
  for (const campaign::ExploredViolation& violation : violations)
    json[violation.invariant] = {
        {"faults", violation.faults},
        {"recoveries", violation.recoveries},
        {"expected", scenarios::to_text(violation.expected)},
        {"first_violation", violation_json(violation.first)},
        {"plan", Json::parse(scenarios::write_plan(violation.plan))},
        {"command", way_to_see(outcome, violation.plan, violation.invariant)},
        {"smallest", smallest_json(violation.smallest)}};
  return json;
}

}  // namespace

std::string exploration_json(const campaign::ExplorationOutcome& outcome) {
  Json kinds = Json::array();
  for (const campaign::ExploredKind& kind : outcome.kinds)
    kinds.push_back({{"kind", kind.kind},
                     {"places", kind.places},
                     {"tried", kind.tried},
                     {"landed", kind.landed},
                     {"violations", kind.violations},
                     {"stuck", kind.stuck},
                     {"windows_hit", kind.windows_hit}});
  Json stuck;
  if (outcome.first_stuck)
    stuck = {{"plan", Json::parse(scenarios::write_plan(*outcome.first_stuck))},
             {"command", way_to_see(outcome, *outcome.first_stuck, "")}};
  return finished(
      Json{{"file", outcome.path},
           {"scenario", outcome.scenario},
           {"variant", outcome.variant},
           {"seed", outcome.seed.value()},
           {"operations", outcome.requested},
           {"requests", outcome.operations},
           {"requests_left_out", outcome.left_out},
           {"own_plan_items", outcome.own_items},
           {"own_plan_never_reached", outcome.own_unreached},
           {"waits", outcome.waits},
           {"messages", outcome.messages},
           {"processes", outcome.processes},
           {"schedule", fmt::format("{:016x}", outcome.schedule)},
           {"places", outcome.places()},
           {"tried", outcome.tried()},
           {"interrupted", outcome.interrupted},
           {"kinds", std::move(kinds)},
           {"violations", explored_json(outcome, outcome.violations)},
           {"not_shrunk", outcome.not_shrunk},
           {"first_stuck", std::move(stuck)},
           {"held", outcome.held},
           {"not_exercised", outcome.not_exercised},
           {"broken_without_further_fault", explored_json(outcome, outcome.broken_without_faults)},
           {"exit_code", static_cast<int>(exit_code_of(outcome))}});
}

std::string shrinking_json(const ShrinkingReport& report) {
  const campaign::Shrunk* const shrunk = report.shrunk;
  const std::string& invariant = shrunk == nullptr ? report.request->invariant : shrunk->invariant;
  Json json{{"file", report.file->path},
            {"scenario", report.file->name},
            {"variant", report.request->variant->name},
            {"seed", report.request->seed.value()},
            {"invariant", invariant.empty() ? Json() : Json(invariant)},
            {"shrunk", shrunk != nullptr}};
  if (shrunk == nullptr) {
    json["exit_code"] = static_cast<int>(campaign::ExitCode::not_met);
    return finished(json);
  }
  json["faults_before"] = shrunk->faults_before;
  json["faults"] = shrunk->plan.faults.size() + shrunk->plan.orders.size();
  json["requests_before"] = shrunk->requests_before;
  json["requests"] = shrunk->requests;
  json["tries"] = shrunk->tries;
  json["minimal"] = shrunk->minimal;
  json["plan"] = Json::parse(scenarios::write_plan(shrunk->plan));
  json["requests_kept"] = shrunk->reduction.requests;
  json["instances_kept"] = shrunk->reduction.instances;
  json["case"] = report.case_path;
  json["command"] = replay_command(report.case_path);
  json["run"] = Json::parse(run_json(*report.smallest));
  json["exit_code"] = static_cast<int>(report.smallest->code);
  return finished(json);
}

std::string validation_json(const std::vector<ValidatedFile>& files) {
  Json list = Json::array();
  bool valid = true;
  for (const ValidatedFile& file : files) {
    Json errors = Json::array();
    for (const scenarios::Diagnostic& diagnostic : file.diagnostics)
      errors.push_back({{"file", diagnostic.place.file},
                        {"line", diagnostic.place.line},
                        {"column", diagnostic.place.column},
                        {"path", diagnostic.path},
                        {"message", diagnostic.message},
                        {"hint", diagnostic.hint},
                        {"name", diagnostic.short_name}});
    valid = valid && file.diagnostics.empty();
    list.push_back({{"file", file.path},
                    {"valid", file.diagnostics.empty()},
                    {"variants", file.variants},
                    {"errors", std::move(errors)}});
  }
  return finished(Json{{"files", std::move(list)}, {"exit_code", valid ? 0 : 2}});
}

}  // namespace halfwrite::reports
