// A check gives a variant no further seeds once no claim of it is open. Which seeds those are is
// the same whatever the number of jobs, and what they say is what they say in a campaign of all.

#include "campaign/campaign.hpp"
#include "campaign/expectation.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

using namespace halfwrite;
using scenarios::ExpectedVerdict;

namespace {

campaign::CampaignOutcome run(const scenarios::ScenarioFile& file, std::uint64_t seeds,
                              unsigned jobs, bool until_settled) {
  campaign::Options options;
  options.seeds = seeds;
  options.jobs = jobs;
  options.until_settled = until_settled;
  return campaign::run_campaign(file, options);
}

// Of a variant of which a line names an invariant, nothing else is claimed.
scenarios::ScenarioFile orders(std::uint64_t seeds) {
  scenarios::ScenarioFile file = tests::load_scenario("scenarios/library/order_created.json");
  file.seeds = seeds;
  for (scenarios::Variant& variant : file.variants)
    if (!variant.expectation.named.empty()) variant.expectation.others.reset();
  return file;
}

bool expects_to_hold(const scenarios::ScenarioFile& file, const campaign::VariantOutcome& variant) {
  const scenarios::Expectation& expectation = file.find_variant(variant.name)->expectation;
  return std::any_of(variant.invariants.begin(), variant.invariants.end(), [&](const auto& count) {
    return expectation.about(count.name).verdict == ExpectedVerdict::holds;
  });
}

campaign::InvariantCount count_of(const std::string& name, std::vector<std::uint64_t> violating,
                                  bool allowed_by_config = false) {
  campaign::InvariantCount count;
  count.name = name;
  count.seeds = 10;
  count.violating_seeds = std::move(violating);
  count.allowed_by_config = allowed_by_config;
  return count;
}

}  // namespace

TEST_CASE("further seeds are run of a variant only as long as a claim of it is open") {
  const scenarios::ScenarioFile file = orders(4);
  constexpr std::uint64_t seeds = 9;
  const auto all = run(file, seeds, 2, false);
  const auto settled = run(file, seeds, 2, true);
  CHECK(all.runs == seeds * file.variants.size());
  CHECK(settled.runs < all.runs);
  CHECK(campaign::exit_code_of(settled) == campaign::exit_code_of(all));
  REQUIRE(settled.variants.size() == all.variants.size());
  std::set<bool> seen;
  for (std::size_t v = 0; v < all.variants.size(); ++v) {
    const campaign::VariantOutcome& variant = settled.variants[v];
    INFO(variant.name);
    CHECK_FALSE(all.variants[v].is_settled_early);
    CHECK(all.variants[v].seeds == seeds);
    CHECK(variant.is_settled_early == (variant.seeds < seeds));
    CHECK(variant.seeds >= file.seeds);
    if (expects_to_hold(file, variant)) CHECK(variant.seeds == seeds);
    seen.insert(variant.is_settled_early);
    // The first seeds of it, and nothing else.
    for (std::size_t i = 0; i < variant.invariants.size(); ++i) {
      std::vector<std::uint64_t> first = all.variants[v].invariants[i].violating_seeds;
      std::erase_if(first, [&](std::uint64_t seed) { return seed > variant.seeds; });
      CHECK(variant.invariants[i].violating_seeds == first);
      CHECK(variant.invariants[i].seeds == variant.seeds);
    }
    REQUIRE(variant.expectations.size() == all.variants[v].expectations.size());
    for (std::size_t i = 0; i < variant.expectations.size(); ++i)
      CHECK(variant.expectations[i].met == all.variants[v].expectations[i].met);
  }
  CHECK(seen == std::set<bool>{false, true});
}

TEST_CASE("where a variant is settled does not depend on the number of jobs") {
  const scenarios::ScenarioFile file = orders(1);
  const auto one = run(file, 12, 1, true);
  for (const unsigned jobs : {2U, 5U}) {
    INFO(jobs);
    const auto several = run(file, 12, jobs, true);
    CHECK(several.runs == one.runs);
    REQUIRE(several.variants.size() == one.variants.size());
    for (std::size_t v = 0; v < one.variants.size(); ++v) {
      INFO(one.variants[v].name);
      CHECK(several.variants[v].seeds == one.variants[v].seeds);
      CHECK(several.variants[v].figures.statements == one.variants[v].figures.statements);
      CHECK(several.variants[v].windows_hit == one.variants[v].windows_hit);
    }
  }
}

TEST_CASE("a claim is open until no further seed can change what is said of it") {
  campaign::VariantOutcome variant;
  variant.seeds = 10;
  variant.invariants = {count_of("holding", {}), count_of("broken", {3}),
                        count_of("allowed", {3, 4}, true)};
  const auto settled = [&](const char* name, ExpectedVerdict verdict) {
    scenarios::Expectation expectation;
    expectation.named[name] = {verdict, {}};
    return campaign::is_settled(expectation, variant);
  };
  CHECK(campaign::is_settled({}, variant));
  for (const char* name : {"holding", "broken", "allowed"}) {
    INFO(name);
    CHECK(settled(name, ExpectedVerdict::any));
    // Each further seed has to hold; and how many do not is worth knowing.
    CHECK_FALSE(settled(name, ExpectedVerdict::holds));
  }
  CHECK_FALSE(settled("holding", ExpectedVerdict::violated));
  CHECK(settled("broken", ExpectedVerdict::violated));
  // A further seed may break it in a way that the configuration does not allow.
  CHECK_FALSE(settled("allowed", ExpectedVerdict::violated));

  scenarios::Expectation window;
  window.windows.push_back({"between commit and publish", 5, {}});
  variant.windows_hit["between commit and publish"] = 4;
  CHECK_FALSE(campaign::is_settled(window, variant));
  variant.windows_hit["between commit and publish"] = 5;
  CHECK(campaign::is_settled(window, variant));
  // A fault that was reached in no seed may be reached in the next.
  variant.unreached["the crash"] = 10;
  CHECK_FALSE(campaign::is_settled(window, variant));
  variant.unreached["the crash"] = 9;
  CHECK(campaign::is_settled(window, variant));
  variant.faults_landed["crash"] = 0;
  CHECK_FALSE(campaign::is_settled(window, variant));
  CHECK_FALSE(campaign::is_settled({}, variant));
  variant.faults_landed["crash"] = 1;
  window.others = scenarios::Expectation::Line{ExpectedVerdict::holds, {}};
  CHECK_FALSE(campaign::is_settled(window, variant));
}
