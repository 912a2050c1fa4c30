#include "campaign/outcome.hpp"

#include <algorithm>
#include <array>
#include <thread>

namespace halfwrite::campaign {

const InvariantCount* VariantOutcome::find(std::string_view invariant) const {
  const auto found =
      std::find_if(invariants.begin(), invariants.end(),
                   [&](const InvariantCount& count) { return count.name == invariant; });
  return found == invariants.end() ? nullptr : &*found;
}

bool VariantOutcome::is_as_expected() const {
  return stuck.empty() &&
         std::all_of(expectations.begin(), expectations.end(),
                     [](const ExpectationResult& result) { return result.met == Met::met; });
}

unsigned jobs_or_cores(unsigned jobs) {
  return jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : jobs;
}

Seed CampaignOutcome::as_typed(std::uint64_t seed) const {
  for (const Seed& listed : listed_seeds)
    if (listed.value() == seed) return listed;
  return seed;
}

ExitCode worst(ExitCode a, ExitCode b) {
  // From worst to best: what must be looked at first wins.
  constexpr std::array order{ExitCode::internal,
                             ExitCode::not_deterministic,
                             ExitCode::terminated,
                             ExitCode::interrupted,
                             ExitCode::usage,
                             ExitCode::not_met,
                             ExitCode::only_not_exercised};
  for (const ExitCode code : order)
    if (a == code || b == code) return code;
  return ExitCode::as_expected;
}

ExitCode exit_code_of(const CampaignOutcome& outcome) {
  ExitCode code = ExitCode::as_expected;
  if (!outcome.divergences.empty()) code = worst(code, ExitCode::not_deterministic);
  if (outcome.parts_missing) code = worst(code, ExitCode::only_not_exercised);
  if (outcome.interrupted) code = worst(code, ExitCode::interrupted);
  for (const VariantOutcome& variant : outcome.variants) {
    // A run that never came to rest was not judged at quiescence: it is no peace, whatever the file
    // says.
    if (!variant.stuck.empty()) code = worst(code, ExitCode::not_met);
    for (const ExpectationResult& result : variant.expectations) {
      if (result.met == Met::not_met) code = worst(code, ExitCode::not_met);
      if (result.met == Met::not_exercised) code = worst(code, ExitCode::only_not_exercised);
    }
  }
  return code;
}

}  // namespace halfwrite::campaign
