#include "reports/kept_cases.hpp"

#include "reports/signs.hpp"
#include "reports/smallest_case.hpp"
#include "reports/table.hpp"

#include <fmt/format.h>

#include <map>

namespace halfwrite::reports {

using campaign::CaseOutcome;
using campaign::CaseStanding;

const char* standing_text(const CaseOutcome& outcome) {
  switch (outcome.standing) {
    case CaseStanding::as_expected:
      return "as expected";
    case CaseStanding::mended:
      return "no longer shows";
    case CaseStanding::stale:
      return "stale";
    case CaseStanding::fails:
      break;
  }
  return outcome.was_mended ? "came back" : "still fails";
}

std::string kept_cases_text(const std::vector<CaseOutcome>& cases, const Look& look) {
  if (cases.empty()) return {};
  std::map<std::string, std::size_t> counts;
  std::string text;
  for (const CaseOutcome& each : cases) {
    ++counts[standing_text(each)];
    if (each.standing == CaseStanding::as_expected) continue;
    const char* const word = each.standing == CaseStanding::fails   ? signs(look).fail
                             : each.standing == CaseStanding::stale ? signs(look).not_exercised
                                                                    : signs(look).pass;
    text += fmt::format("{}  {}\n    ", word, each.path) +
            wrap(fmt::format("{}: {}: {}", each.variant, standing_text(each), each.sentence),
                 look.width - 4, 6) +
            "\n";
    if (each.standing == CaseStanding::fails) text += "    " + replay_command(each.path) + "\n";
    if (each.standing == CaseStanding::stale) text += "    delete it, or keep it anew: shrink\n";
  }
  std::string all;
  for (const auto& [standing, count] : counts) {
    std::string words = standing;
    if (count > 1 && words.ends_with('s')) words.pop_back();  // 2 still fail
    all += fmt::format("{}{} {}", all.empty() ? "" : ", ", with_commas(count), words);
  }
  return text + fmt::format("{} first: {}\n", counted(cases.size(), "kept case"), all);
}

}  // namespace halfwrite::reports
