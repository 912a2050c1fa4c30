// The catalogue of planted defects: each is found, and its twin, one switch apart, is not accused.
// `./dev defects` looks longer, and prints how many runs it took.
#include "tests/defects/catalogue.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace halfwrite::tests;

TEST_CASE("each planted defect is found within a budget, and its correct twin is not accused") {
  defects::Budget budget;
  budget.seeds = 48;
  budget.operations = 1;
  budget.recovery = false;
  const auto files = defects::files();
  CHECK(files.size() >= 12);
  for (const std::string& path : files) {
    INFO(path);
    const defects::Finding finding = defects::look_for(path, budget);
    CHECK(finding.found());
    std::string against;
    for (const std::string& sentence : finding.against_twin) against += sentence + "\n";
    CHECK(against.empty());
    CHECK(finding.twin_tried > 100);
  }
}
