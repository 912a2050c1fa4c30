// Prints the table of the catalogue: `planted_defects [NAME...]`, all of them without a name. Ends
// with 1 where a defect was not found at all, or something stands against a twin.

#include "reports/table.hpp"
#include "tests/defects/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>

using namespace halfwrite;
using reports::with_commas;
using tests::defects::Finding;

namespace {

std::string explored(const Finding& finding) {
  if (finding.without_faults) return "run without faults";
  if (finding.faults == 0) return "none of " + with_commas(finding.tried);
  return with_commas(finding.faults) + " of " + with_commas(finding.tried);
}

std::string table(const std::vector<Finding>& findings) {
  using reports::Align;
  reports::Table table({Align::left, Align::left, Align::right, Align::right, Align::right});
  table.add_row({"defect", "broken invariant", "sweep", "explore", "twin explored"});
  for (const Finding& finding : findings)
    table.add_row({finding.name, finding.invariant,
                   finding.first_seed ? "seed " + with_commas(*finding.first_seed) : "not found",
                   explored(finding),
                   finding.against_twin.empty() ? with_commas(finding.twin_tried) : "✗"});
  return table.text();
}

int run(const std::vector<std::string>& names) {
  const tests::defects::Budget budget;
  std::vector<Finding> findings;
  for (const std::string& path : tests::defects::files()) {
    const bool wanted = names.empty() || std::any_of(names.begin(), names.end(), [&](auto& name) {
                          return path.ends_with("/" + name + ".json");
                        });
    if (!wanted) continue;
    fmt::print(stderr, "{}\n", path);
    findings.push_back(tests::defects::look_for(path, budget));
  }
  fmt::print("{}", table(findings));
  std::uint64_t found = 0;
  bool held = true;
  for (const Finding& finding : findings) {
    found += finding.found() ? 1 : 0;
    for (const std::string& sentence : finding.against_twin) {
      held = false;
      fmt::print("✗ the twin of {}: {}\n", finding.name, sentence);
    }
  }
  fmt::print("{} of {} found; each twin: {} seeds, and the single faults of the last column\n",
             found, findings.size(), with_commas(budget.seeds));
  return found == findings.size() && held && !findings.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(std::vector<std::string>(words + 1, words + count));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
