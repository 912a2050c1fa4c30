// Sagas under everything at once, in both styles: each goes through or is taken back whole.
#include "tests/scenarios/many_seeds.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;

namespace {

constexpr const char* windows_of_sagas[] = {
    "between state and command", "between decision and send", "between effect and reply",
    "between effect and event", "between effect outside and commit"};

tests::Counts sagas_over(std::uint64_t seeds) {
  return tests::counts_over("scenarios/library/sagas_hold.json", seeds);
}

}  // namespace

TEST_CASE("both styles of saga leave nothing half done under every fault at once, over 50 seeds") {
  const tests::Counts counts = sagas_over(50);
  CAPTURE(counts.broken);
  CHECK(counts.broken.empty());
  for (const char* window : windows_of_sagas) {
    INFO(window);
    CHECK(counts.windows.at(window) > 0);
  }
}

TEST_CASE(
    "both styles of saga leave nothing half done under every fault at once, over 10,000 seeds",
    "[.long]") {
  const tests::Counts counts = sagas_over(10'000);
  tests::print(counts);
  CAPTURE(counts.broken);
  CHECK(counts.broken.empty());
  for (const char* window : windows_of_sagas) {
    INFO(window);
    CHECK(counts.windows.at(window) >= 500);
  }
  CHECK(counts.rarest_window() >= 500);
}
