// Delta debugging against the smallest answers, found by trying everything.
#include "sim/search/delta_debugging.hpp"

#include "sim/draw.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace halfwrite::sim;
using search::Parts;
using search::Reduction;

namespace {

constexpr std::uint64_t plenty = 100'000;

bool holds_all(const Parts& parts, const Parts& needed) {
  return std::includes(parts.begin(), parts.end(), needed.begin(), needed.end());
}

}  // namespace

TEST_CASE("what is needed is kept and nothing else") {
  struct Case {
    std::size_t parts;
    Parts needed;
  };
  for (const Case& item : {Case{1, {}}, Case{1, {0}}, Case{2, {1}}, Case{7, {}}, Case{8, {5}},
                           Case{8, {0, 7}}, Case{100, {3, 50, 51, 99}}, Case{5, {0, 1, 2, 3, 4}}}) {
    const Reduction reduction = search::reduce(
        item.parts, [&](const Parts& parts) { return holds_all(parts, item.needed); }, plenty);
    CHECK(reduction.kept == item.needed);
    CHECK(reduction.minimal);
  }
}

TEST_CASE("of several causes one is left, whole") {
  const Parts first{1, 4};
  const Parts second{2, 3, 9};
  const Reduction reduction = search::reduce(
      10, [&](const Parts& parts) { return holds_all(parts, first) || holds_all(parts, second); },
      plenty);
  CHECK((reduction.kept == first || reduction.kept == second));
}

TEST_CASE("a failure that comes and goes still ends with a part of which nothing can be left out") {
  // Any rule over subsets of 8 parts, drawn by a seed: not monotone at all.
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const auto fails = [seed](const Parts& parts) {
      if (parts.size() == 8) return true;
      Key key(seed);
      for (const std::size_t part : parts) key = key.with(static_cast<std::uint64_t>(part));
      return Draws::below(key, 3) == 0;
    };
    const Reduction reduction = search::reduce(8, fails, plenty);
    INFO("seed " << seed);
    REQUIRE(fails(reduction.kept));
    REQUIRE(reduction.minimal);
    for (const std::size_t part : reduction.kept) {
      Parts rest = reduction.kept;
      rest.erase(std::find(rest.begin(), rest.end(), part));
      REQUIRE_FALSE(fails(rest));
    }
  }
}

TEST_CASE("nothing is asked twice, and a good guess saves most of the asking") {
  const Parts needed{41, 77};
  const auto asked_about = [&](const Parts& guess) {
    std::set<Parts> asked;
    const Reduction reduction = search::reduce(
        200,
        [&](const Parts& parts) {
          CHECK(asked.insert(parts).second);
          CHECK(parts.size() < 200);
          return holds_all(parts, needed);
        },
        plenty, guess);
    CHECK(reduction.kept == needed);
    CHECK(reduction.tries == asked.size());
    return asked.size();
  };
  CHECK(asked_about({40, 41, 77}) < 10);
  CHECK(asked_about({1, 2}) < 80);
  CHECK(asked_about({}) < 80);
}

TEST_CASE("when the tries run out what is left still fails, and is not called minimal") {
  const Parts needed{3, 20, 31};
  for (std::uint64_t tries = 0; tries < 30; ++tries) {
    const Reduction reduction = search::reduce(
        40, [&](const Parts& parts) { return holds_all(parts, needed); }, tries);
    CHECK(holds_all(reduction.kept, needed));
    CHECK(reduction.tries <= tries);
    if (reduction.kept != needed) CHECK_FALSE(reduction.minimal);
  }
}
