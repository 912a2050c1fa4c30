#include "campaign/kept_case.hpp"

#include "scenarios/plan_text.hpp"

#include <fmt/format.h>

namespace halfwrite::campaign {

using scenarios::ExpectedVerdict;

namespace {

const invariants::Verdict* verdict_of(const scenarios::RunOutcome& run,
                                      const std::string& invariant) {
  for (const invariants::Verdict& verdict : run.verdicts)
    if (verdict.invariant == invariant) return &verdict;
  return nullptr;
}

// The standing of one of the case's verdicts.
CaseOutcome judge_one(const scenarios::Variant& variant, const std::string& invariant,
                      ExpectedVerdict claimed, const scenarios::RunOutcome& run) {
  CaseOutcome result;
  const invariants::Verdict* const verdict = verdict_of(run, invariant);
  if (verdict != nullptr && verdict->outcome == invariants::Outcome::violated) {
    const bool may_not = claimed == ExpectedVerdict::holds ||
                         variant.expectation.about(invariant).verdict == ExpectedVerdict::holds;
    result.standing = may_not ? CaseStanding::fails : CaseStanding::as_expected;
    result.sentence = fmt::format(
        "{}: {}", invariant,
        verdict->violations.empty() ? "violated" : verdict->violations.front().sentence);
  } else if (!run.never_reached.empty()) {
    // What holds without its fault has not been put to the test.
    result.standing = CaseStanding::stale;
    result.sentence =
        "its place is not reached any more: " + scenarios::write_fault(run.never_reached.front());
  } else if (claimed == ExpectedVerdict::violated) {
    result.standing = CaseStanding::mended;
    const bool put_to_the_test =
        verdict != nullptr && verdict->outcome != invariants::Outcome::vacuous;
    result.sentence = invariant + (put_to_the_test ? " holds" : " is not exercised any more");
  }
  return result;
}

ExitCode code_of(CaseStanding standing) {
  switch (standing) {
    case CaseStanding::fails:
      return ExitCode::not_met;
    case CaseStanding::stale:
      return ExitCode::only_not_exercised;
    case CaseStanding::as_expected:
    case CaseStanding::mended:
      break;
  }
  return ExitCode::as_expected;
}

}  // namespace

const char* to_text(CaseStanding standing) {
  switch (standing) {
    case CaseStanding::as_expected:
      return "as_expected";
    case CaseStanding::mended:
      return "mended";
    case CaseStanding::stale:
      return "stale";
    case CaseStanding::fails:
      break;
  }
  return "fails";
}

CaseOutcome judge_case(const scenarios::Variant& variant, const scenarios::CaseFile& kept,
                       const SingleRun& told) {
  CaseOutcome worst_of_all;
  for (const auto& [invariant, claimed] : kept.verdicts) {
    CaseOutcome one = judge_one(variant, invariant, claimed, told.outcome);
    if (one.standing >= worst_of_all.standing) worst_of_all = std::move(one);
  }
  if (told.outcome.end.kind == sim::RunEnd::Kind::stuck) {
    worst_of_all.standing = CaseStanding::fails;
    worst_of_all.sentence = "it never comes to rest";
  }
  worst_of_all.variant = variant.name;
  worst_of_all.code = code_of(worst_of_all.standing);
  if (told.divergence) {
    worst_of_all.standing = CaseStanding::fails;
    worst_of_all.sentence = "done twice, it came out differently";
    worst_of_all.code = ExitCode::not_deterministic;
  }
  return worst_of_all;
}

ExitCode exit_code_of(const std::vector<CaseOutcome>& cases) {
  ExitCode code = ExitCode::as_expected;
  for (const CaseOutcome& each : cases) code = worst(code, each.code);
  return code;
}

}  // namespace halfwrite::campaign
