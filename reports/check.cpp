#include "reports/check.hpp"

#include "reports/comparison.hpp"
#include "reports/kept_cases.hpp"
#include "reports/signs.hpp"
#include "reports/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::reports {

namespace {

struct Count {
  std::size_t met = 0;
  std::size_t not_met = 0;
  std::size_t not_exercised = 0;
  std::size_t allowed_by_config = 0;
  std::size_t stuck = 0;
  std::size_t all() const { return met + not_met + not_exercised; }
};

void count(Count& into, const campaign::VariantOutcome& variant) {
  for (const auto& result : variant.expectations) {
    const campaign::InvariantCount* invariant = variant.find(result.subject);
    if (result.met == campaign::Met::not_met) ++into.not_met;
    if (result.met == campaign::Met::not_exercised) ++into.not_exercised;
    if (result.met != campaign::Met::met) continue;
    ++into.met;
    into.allowed_by_config += invariant != nullptr && invariant->allowed_by_config ? 1 : 0;
  }
  into.stuck += variant.stuck.size();
}

// How much was run, and of how much where no claim was open before the last seed.
std::string runs_text(const campaign::CampaignOutcome& outcome) {
  const auto settled = std::count_if(outcome.variants.begin(), outcome.variants.end(),
                                     [](const auto& variant) { return variant.is_settled_early; });
  if (settled == 0 || outcome.interrupted) return counted(outcome.runs, "run");
  return fmt::format("{} of {}; no claim was left open in {} of {}", with_commas(outcome.runs),
                     counted(outcome.variants.size() * outcome.seeds, "run"), settled,
                     counted(outcome.variants.size(), "variant"));
}

}  // namespace

std::string check_text(const std::vector<campaign::CampaignOutcome>& outcomes,
                       const std::vector<campaign::CaseOutcome>& cases, const Look& look) {
  Count total;
  Table table({Align::left, Align::left, Align::right, Align::right});
  std::vector<std::string> details;
  campaign::ExitCode code = exit_code_of(cases);
  for (const campaign::CampaignOutcome& outcome : outcomes) {
    Count file;
    for (const campaign::VariantOutcome& variant : outcome.variants) {
      count(file, variant);
      count(total, variant);
    }
    const campaign::ExitCode file_code = campaign::exit_code_of(outcome);
    code = campaign::worst(code, file_code);
    const bool claims_nothing = file.all() == 0 && file_code == campaign::ExitCode::as_expected;
    const char* word = claims_nothing                                 ? signs(look).none
                       : file_code == campaign::ExitCode::as_expected ? signs(look).pass
                       : file_code == campaign::ExitCode::only_not_exercised
                           ? signs(look).not_exercised
                           : signs(look).fail;
    table.add_row(
        {word, outcome.path,
         claims_nothing ? "it expects nothing" : fmt::format("{} of {} met", file.met, file.all()),
         runs_text(outcome)});
    details.push_back(deviation_lines(outcome, look) + calm_variants_text(outcome, look));
  }
  // Each file's details stand under its own line.
  std::string text = kept_cases_text(cases, look);
  const std::string lines = table.text();
  std::size_t from = 0;
  for (const std::string& detail : details) {
    const std::size_t end = lines.find('\n', from) + 1;
    text += lines.substr(from, end - from) + detail;
    from = end;
  }
  text += fmt::format("{} met", total.met);
  if (total.allowed_by_config > 0)
    text += fmt::format(" ({} of them allowed_by_config)", total.allowed_by_config);
  text += fmt::format(", {} not met, {} not exercised", total.not_met, total.not_exercised);
  if (total.stuck > 0) text += fmt::format(", {} runs stuck", total.stuck);
  return text + fmt::format("; exit {}\n", static_cast<int>(code));
}

}  // namespace halfwrite::reports
