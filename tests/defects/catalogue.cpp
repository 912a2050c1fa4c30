#include "tests/defects/catalogue.hpp"

#include "campaign/exploration.hpp"
#include "campaign/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace halfwrite::tests::defects {

namespace {

// Seeds of a sweep between two looks at what it has found.
constexpr std::uint64_t seeds_at_once = 16;

scenarios::ScenarioFile load(const std::string& path) {
  auto file = scenarios::load(std::string(HALFWRITE_SOURCE_DIRECTORY) + "/" + path,
                              [](const std::string& name) -> std::optional<std::string> {
                                std::ifstream in(name, std::ios::binary);
                                if (!in) return std::nullopt;
                                return std::string((std::istreambuf_iterator<char>(in)),
                                                   std::istreambuf_iterator<char>());
                              });
  if (file) return std::move(file).value();
  std::string text;
  for (const auto& diagnostic : file.error()) text += scenarios::to_text(diagnostic);
  throw std::runtime_error(text);
}

const scenarios::Variant& variant_of(const scenarios::ScenarioFile& file, const std::string& name) {
  const scenarios::Variant* const variant = file.find_variant(name);
  if (variant == nullptr) throw std::runtime_error(file.name + " has no variant " + name);
  return *variant;
}

campaign::VariantTally sweep(const scenarios::ScenarioFile& file, const std::string& variant,
                             std::uint64_t first, std::uint64_t last, const Budget& budget) {
  campaign::SweepSubject subject;
  subject.path = file.path;
  subject.scenario = file.name;
  subject.seeds = campaign::SeedSet::range(first, last);
  subject.keep = 1;
  campaign::SweepOptions options;
  options.jobs = budget.jobs;
  options.guard = 0;
  return campaign::sweep(file, options, campaign::not_begun(std::move(subject), {variant}))
      .variants.front();
}

std::optional<std::uint64_t> first_seed(const scenarios::ScenarioFile& file,
                                        const std::string& invariant, const Budget& budget) {
  for (std::uint64_t first = 1; first <= budget.seeds; first += seeds_at_once) {
    const std::uint64_t last = std::min(first + seeds_at_once - 1, budget.seeds);
    const campaign::VariantTally tally = sweep(file, "defect", first, last, budget);
    for (const campaign::InvariantTally& each : tally.invariants) {
      const auto& found = each.violating.things();
      if (each.name == invariant && !found.empty()) return found.begin()->first;
    }
  }
  return std::nullopt;
}

campaign::ExplorationOutcome explore(const scenarios::ScenarioFile& file, const char* variant,
                                     const Budget& budget) {
  campaign::ExplorationOptions options;
  options.seed = campaign::Seed::of("1");
  options.operations = budget.operations;
  options.recovery = budget.recovery;
  options.jobs = budget.jobs;
  return campaign::explore(file, variant_of(file, variant), options);
}

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void explore_defect(const scenarios::ScenarioFile& file, const Budget& budget, Finding& finding) {
  const campaign::ExplorationOutcome outcome = explore(file, "defect", budget);
  finding.tried = outcome.tried();
  for (const campaign::ExploredViolation& violation : outcome.broken_without_faults)
    if (violation.invariant == finding.invariant) finding.without_faults = true;
  for (const campaign::ExploredViolation& violation : outcome.violations) {
    if (violation.invariant == finding.invariant)
      finding.faults = violation.faults + violation.recoveries;
  }
}

void explore_twin(const scenarios::ScenarioFile& file, const Budget& budget, Finding& finding) {
  const campaign::ExplorationOutcome outcome = explore(file, "correct", budget);
  finding.twin_tried = outcome.tried();
  for (const campaign::ExploredViolation& violation : outcome.broken_without_faults)
    finding.against_twin.push_back(violation.invariant + " breaks without any fault");
  for (const campaign::ExploredViolation& violation : outcome.violations)
    finding.against_twin.push_back(fmt::format("{} is broken by {} faults: {}", violation.invariant,
                                               violation.faults + violation.recoveries,
                                               violation.first.sentence));
  if (outcome.first_stuck) finding.against_twin.push_back("a single fault leaves it stuck");
  if (is_in(outcome.not_exercised, finding.invariant))
    finding.against_twin.push_back("no single fault exercises " + finding.invariant);
}

void sweep_twin(const scenarios::ScenarioFile& file, const Budget& budget, Finding& finding) {
  const campaign::VariantTally tally = sweep(file, "correct", 1, budget.seeds, budget);
  for (const campaign::InvariantTally& each : tally.invariants) {
    if (each.violating.count() > 0)
      finding.against_twin.push_back(fmt::format("{} breaks in {} seeds, first {}", each.name,
                                                 each.violating.count(),
                                                 each.violating.things().begin()->first));
    if (each.name == finding.invariant && each.vacuous == tally.seeds)
      finding.against_twin.push_back("no seed exercises " + each.name);
  }
  if (tally.stuck.count() > 0)
    finding.against_twin.push_back(fmt::format("{} seeds are stuck, first {}", tally.stuck.count(),
                                               tally.stuck.things().begin()->first));
}

}  // namespace

std::string claim_of(const scenarios::ScenarioFile& file) {
  std::string claim;
  for (const auto& [invariant, line] : variant_of(file, "defect").expectation.named) {
    if (line.verdict != scenarios::ExpectedVerdict::violated) continue;
    if (!claim.empty()) throw std::runtime_error(file.name + " claims more than one violation");
    claim = invariant;
  }
  if (claim.empty()) throw std::runtime_error(file.name + " does not say what its defect violates");
  return claim;
}

std::vector<std::string> files() {
  const std::string folder = "tests/defects";
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(HALFWRITE_SOURCE_DIRECTORY) / folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".json")) paths.push_back(folder + "/" + name);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Finding look_for(const std::string& path, const Budget& budget) {
  const scenarios::ScenarioFile file = load(path);
  Finding finding;
  finding.name = file.name;
  finding.invariant = claim_of(file);
  finding.first_seed = first_seed(file, finding.invariant, budget);
  explore_defect(file, budget, finding);
  explore_twin(file, budget, finding);
  sweep_twin(file, budget, finding);
  return finding;
}

}  // namespace halfwrite::tests::defects
