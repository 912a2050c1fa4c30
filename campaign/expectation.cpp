#include "campaign/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::campaign {

using scenarios::ExpectedVerdict;

namespace {

// Of a single run nobody counts seeds.
std::string share_of_seeds(const InvariantCount& count) {
  return count.seeds == 1 ? "" : fmt::format(" in {} of {} seeds", count.violating(), count.seeds);
}
std::string in_all_seeds(std::uint64_t seeds, const char* in) {
  return seeds == 1 ? "" : fmt::format(" {} {} seeds", in, seeds);
}

ExpectationResult judge_one(const scenarios::Expectation::Line& line, const InvariantCount& count,
                            bool prevented) {
  ExpectationResult result{count.name, line.verdict, Met::met, {}, line.place};
  const invariants::Outcome outcome = count.outcome();
  if (line.verdict == ExpectedVerdict::holds) {
    if (outcome == invariants::Outcome::violated) {
      result.met = Met::not_met;
      result.sentence = "expected holds, violated" + share_of_seeds(count);
    } else if (outcome == invariants::Outcome::vacuous && !prevented) {
      // An order that the variant makes impossible is exercise enough: the fix was tried and stood.
      result.met = Met::not_exercised;
      result.sentence = "holds, but not exercised: " + count.vacuous_because;
    }
  } else if (line.verdict == ExpectedVerdict::violated &&
             outcome != invariants::Outcome::violated) {
    result.met = Met::not_met;
    result.sentence =
        outcome == invariants::Outcome::vacuous
            ? fmt::format("expected violated, but not exercised{}: {}",
                          in_all_seeds(count.seeds, "in"), count.vacuous_because)
            : fmt::format("expected violated, holds{}{}", in_all_seeds(count.seeds, "in all"),
                          prevented ? " (the order of the plan was prevented)" : "");
  }
  return result;
}

// What holds beside a fault that never struck has not been put to the test: a claim of that kind
// must not pass because of a point that nobody passes.
void judge_plan(const VariantOutcome& outcome, std::vector<ExpectationResult>& results) {
  const auto claim = std::find_if(results.begin(), results.end(), [](const auto& result) {
    return result.expected == ExpectedVerdict::holds && result.met == Met::met;
  });
  if (claim == results.end()) return;
  const scenarios::SourcePlace place = claim->place;
  for (const auto& [fault, seeds] : outcome.unreached) {
    if (seeds < outcome.seeds) continue;
    results.push_back({plan_subject, ExpectedVerdict::holds, Met::not_exercised,
                       "not exercised: in no seed was the place reached of " + fault, place});
  }
}

}  // namespace

std::vector<ExpectationResult> judge_expectations(const scenarios::Expectation& expectation,
                                                  const VariantOutcome& outcome) {
  std::vector<ExpectationResult> results;
  for (const InvariantCount& count : outcome.invariants) {
    const auto line = expectation.about(count.name);
    if (line.verdict != ExpectedVerdict::any)
      results.push_back(judge_one(line, count, outcome.orders_prevented > 0));
  }
  for (const auto& window : expectation.windows) {
    const auto found = outcome.windows_hit.find(window.name);
    const std::uint64_t hits = found == outcome.windows_hit.end() ? 0 : found->second;
    ExpectationResult result{window.name, ExpectedVerdict::holds, Met::met, {}, window.place};
    if (hits < window.at_least) {
      result.met = Met::not_exercised;
      result.sentence =
          fmt::format("faults entered this window {} time{}, {} {} demanded", hits,
                      hits == 1 ? "" : "s", window.at_least, window.at_least == 1 ? "is" : "are");
    }
    results.push_back(std::move(result));
  }
  judge_plan(outcome, results);
  return results;
}

bool is_settled(const scenarios::Expectation& expectation, const VariantOutcome& outcome) {
  const auto open = [&expectation](const InvariantCount& count) {
    const ExpectedVerdict verdict = expectation.about(count.name).verdict;
    return verdict == ExpectedVerdict::holds ||
           (verdict == ExpectedVerdict::violated && count.allowed_by_config);
  };
  if (std::any_of(outcome.invariants.begin(), outcome.invariants.end(), open)) return false;
  const auto never_landed = [](const auto& kind) { return kind.second == 0; };
  if (std::any_of(outcome.faults_landed.begin(), outcome.faults_landed.end(), never_landed))
    return false;
  const std::vector<ExpectationResult> results = judge_expectations(expectation, outcome);
  return std::all_of(results.begin(), results.end(),
                     [](const ExpectationResult& result) { return result.met == Met::met; });
}

bool is_a_claim(const scenarios::Expectation& expectation) {
  const auto claims = [](const scenarios::Expectation::Line& line) {
    return line.verdict != ExpectedVerdict::any;
  };
  return !expectation.windows.empty() || (expectation.others && claims(*expectation.others)) ||
         std::any_of(expectation.named.begin(), expectation.named.end(),
                     [&claims](const auto& named) { return claims(named.second); });
}

bool claims_something(const scenarios::ScenarioFile& file) {
  return std::any_of(
      file.variants.begin(), file.variants.end(),
      [](const scenarios::Variant& variant) { return is_a_claim(variant.expectation); });
}

}  // namespace halfwrite::campaign
