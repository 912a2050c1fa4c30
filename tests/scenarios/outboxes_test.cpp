// The outboxes under everything at once: what may be seen twice on the wire is never lost, invented
// or done twice.
#include "tests/scenarios/many_seeds.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;

namespace {

tests::Counts outboxes_over(std::uint64_t seeds) {
  return tests::counts_over("scenarios/library/outboxes_hold.json", seeds, "published_soon");
}

}  // namespace

TEST_CASE(
    "both outboxes lose, invent and repeat nothing under every fault at once, over 100 seeds") {
  const tests::Counts counts = outboxes_over(100);
  CAPTURE(counts.broken);
  CHECK(counts.broken.empty());
  CHECK(counts.windows.at("between commit and read") > 0);
  CHECK(counts.windows.at("between publish and mark") > 0);
  CHECK(counts.windows.at("between read and store") > 0);
  CHECK(counts.windows.at("between effect and offset") > 0);
  CHECK(counts.lost_publish_acknowledgements > 0);
  CHECK(counts.lost_offset_acknowledgements > 0);
}

TEST_CASE(
    "both outboxes lose, invent and repeat nothing under every fault at once, over 10,000 seeds",
    "[.long]") {
  const tests::Counts counts = outboxes_over(10'000);
  tests::print(counts);
  CAPTURE(counts.broken);
  CHECK(counts.broken.empty());
  CHECK(counts.windows.at("between commit and read") >= 500);
  CHECK(counts.windows.at("between publish and mark") >= 500);
  CHECK(counts.windows.at("between read and store") >= 500);
  CHECK(counts.windows.at("between effect and offset") >= 500);
  CHECK(counts.lost_publish_acknowledgements >= 500);
  CHECK(counts.lost_offset_acknowledgements >= 500);
}
