// Sweeps: what is counted, when they stop, which results belong together.

#include "campaign/sweep.hpp"

#include "campaign/swarm_sampling.hpp"
#include "tests/campaign/sweeping.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <limits>

using namespace halfwrite;
using campaign::SeedSet;
using campaign::SweepOptions;
using campaign::SweepOutcome;
using namespace halfwrite::tests::sweeping;

TEST_CASE("a budget stops between seeds, after one at least, and what is done is a prefix") {
  SweepOptions options = with_jobs(2);
  options.budget = std::chrono::milliseconds(1);
  const SweepOutcome some =
      campaign::sweep(leading(), options, fresh(SeedSet::range(5, 1'000'000)));
  REQUIRE(some.done.size() == 1);
  CHECK(some.done.front().first == 5);
  CHECK(some.done.front().last < 100);
  CHECK_FALSE(some.interrupted);
  CHECK_FALSE(some.complete());
  for (const auto& variant : some.variants) CHECK(variant.seeds == some.seeds_done());
  // It is worth what a sweep of these seeds is.
  const SweepOutcome exact = run(SeedSet::range(5, some.done.front().last));
  for (std::size_t v = 0; v < exact.variants.size(); ++v)
    CHECK(exact.variants[v].runs_hash == some.variants[v].runs_hash);
}

TEST_CASE("a million runs are remembered in as much as ten") {
  campaign::VariantTally small("v", 3);
  campaign::VariantTally large("v", 3);
  const auto add = [](campaign::VariantTally& tally, std::uint64_t seed) {
    scenarios::RunOutcome run;
    run.seed = seed;
    run.trace_hash = seed * 3;
    invariants::Verdict& verdict = run.verdicts.emplace_back();
    verdict.invariant = "no_lost_event";
    verdict.outcome = seed % 2 == 0 ? invariants::Outcome::violated : invariants::Outcome::vacuous;
    if (seed % 2 == 0) verdict.violations.emplace_back().subject = std::to_string(seed);
    run.figures.latencies_nanoseconds.assign(5, 1);
    run.figures.by_event["E"].publish_delays_nanoseconds.assign(5, 1);
    run.figures.by_operation["o"].latencies_nanoseconds.assign(5, 1);
    run.figures.statements = 2;
    if (seed % 3 == 0) run.end.kind = sim::RunEnd::Kind::stuck;
    run.never_reached.emplace_back().anchor.at =
        sim::Instant::at(sim::Duration::nanoseconds(static_cast<std::int64_t>(seed)));
    sim::search::Swarm swarm;
    swarm.storm.rules.emplace_back();
    tally.add(seed, std::move(run), swarm, false);
  };
  for (std::uint64_t seed = 10; seed >= 1; --seed) add(small, seed);
  for (std::uint64_t seed = 1'000'000; seed >= 1; --seed) add(large, seed);
  CHECK(large.figures.statements == 2'000'000);
  CHECK(large.figures.latencies_nanoseconds.empty());
  CHECK(large.figures.by_event["E"].publish_delays_nanoseconds.empty());
  CHECK(large.figures.by_operation["o"].latencies_nanoseconds.empty());
  CHECK(large.unreached.empty());
  CHECK(large.stuck.count() == 333'333);
  CHECK(large.stuck.things().size() == 3);
  CHECK(large.invariants[0].violating.count() == 500'000);
  CHECK(large.invariants[0].violating_with.at("crash") == 500'000);
  // The first, whatever came first.
  for (const auto* tally : {&small, &large}) {
    const auto& found = tally->invariants[0].violating.things();
    REQUIRE(found.size() == 3);
    CHECK(found.begin()->first == 2);
    CHECK(found.begin()->second.first.subject == "2");
    CHECK(found.rbegin()->first == 6);
  }
}

TEST_CASE("what the sweep says of a seed is what a run of that seed does") {
  const SweepOutcome outcome = run(SeedSet::range(1, 12));
  const auto& tally = outcome.variants.front().invariants.front();
  REQUIRE(tally.name == "no_lost_event");
  REQUIRE(tally.violating.count() > 3);
  const auto& scenario = tests::variant_of(leading(), "database_first/storm").scenario;
  std::uint64_t violating = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    scenarios::RunRequest request;
    request.scenario = &scenario;
    request.seed = seed;
    const auto drawn = campaign::take_swarm(request);
    const auto verdict = scenarios::Runner().run(request).verdicts.front();
    if (verdict.outcome != invariants::Outcome::violated) continue;
    ++violating;
    const auto found = tally.violating.things().find(seed);
    if (violating > 3) continue;
    REQUIRE(found != tally.violating.things().end());
    CHECK(found->second.drawn == drawn);
    CHECK(found->second.first.sentence == verdict.violations.front().sentence);
  }
  CHECK(tally.violating.count() == violating);
}

TEST_CASE("without a swarm every seed has the whole storm") {
  SweepOutcome begun = fresh(SeedSet::range(1, 4));
  begun.subject.swarm = false;
  const SweepOutcome whole = campaign::sweep(leading(), with_jobs(2), std::move(begun));
  CHECK(whole.variants.front().seeds_with.empty());
  std::uint64_t hash = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    scenarios::RunRequest request;
    request.scenario = &tests::variant_of(leading(), "database_first/storm").scenario;
    request.seed = seed;
    hash += sim::Key(seed).with(scenarios::Runner().run(request).trace_hash).value();
  }
  CHECK(whole.variants.front().runs_hash == hash);
}

TEST_CASE("results that do not belong together are not put together") {
  const SweepOutcome one = run(SeedSet::range(1, 2));
  const auto why = [&](const std::function<void(SweepOutcome&)>& change) {
    SweepOutcome other = fresh(SeedSet::range(3, 4));
    change(other);
    return why_not_one(one, other).value_or("");
  };
  CHECK(why([](SweepOutcome&) {}).empty());
  CHECK(why([](SweepOutcome& o) { o.subject.scenario = "x"; }) ==
        "one is of order_created, the other of x");
  CHECK(why([](SweepOutcome& o) { o.subject.text_hash = 1; }) ==
        "the scenario order_created was changed between them");
  CHECK(why([](SweepOutcome& o) { o.subject.version = "2"; }) ==
        "one was made by version 1, the other by 2");
  CHECK(why([](SweepOutcome& o) { o.subject.swarm = false; }) ==
        "one was made with --no-swarm, the other without");
  CHECK(why([](SweepOutcome& o) { o.subject.keep = 4; }) ==
        "one was made with --keep 3, the other with 4");
  CHECK(why([](SweepOutcome& o) { o.variants.pop_back(); }) == "they are of different variants");
  CHECK(why([](SweepOutcome& o) { o.subject.seeds = SeedSet::listed({campaign::Seed(9)}); }) ==
        "they list different seeds");
  CHECK(why([&](SweepOutcome& o) { o = one; }) == "seed 1 is in both");
}

TEST_CASE("ranges of seeds: parts, rests, what is common") {
  using campaign::PlaceRange;
  using campaign::PlaceRanges;
  const SeedSet seeds = SeedSet::range(1, 10);
  CHECK(seeds.part(1, 3) == PlaceRanges{{1, 4}});
  CHECK(seeds.part(2, 3) == PlaceRanges{{5, 7}});
  CHECK(seeds.part(3, 3) == PlaceRanges{{8, 10}});
  CHECK(SeedSet::range(1, 2).part(3, 3).empty());
  for (std::uint64_t shards = 1; shards <= 12; ++shards) {
    PlaceRanges all;
    for (std::uint64_t shard = 1; shard <= shards; ++shard)
      for (const PlaceRange& range : seeds.part(shard, shards)) add(all, range);
    CHECK(all == PlaceRanges{{1, 10}});
  }
  PlaceRanges done;
  add(done, {4, 5});
  add(done, {9, 9});
  CHECK(rest_of({{1, 10}}, done) == PlaceRanges{{1, 3}, {6, 8}, {10, 10}});
  CHECK(rest_of({{4, 5}}, done).empty());
  CHECK(seeds.text_of(done) == "4-5, 9");
  CHECK(first_common(done, {{5, 6}}) == 5);
  CHECK_FALSE(first_common(done, {{6, 8}}));
  add(done, {6, 8});
  CHECK(done == PlaceRanges{{4, 9}});
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  PlaceRanges end{{last, last}};
  add(end, {last - 1, last - 1});
  CHECK(end == PlaceRanges{{last - 1, last}});
  CHECK(count_of(end) == 2);
}

TEST_CASE("claims that further seeds may meet stay open while there are some") {
  // The second seed of this storm loses nothing, although the file says that the storm does.
  const std::vector<std::string> variants{"database_first/storm"};
  SweepOptions options = with_jobs(1);
  options.shards = 2;
  const auto part = campaign::judge(
      leading(), campaign::sweep(leading(), options, fresh(SeedSet::range(2, 3), variants)));
  REQUIRE(part.open.size() == 1);
  CHECK(part.open.front().variant == "database_first/storm");
  CHECK(part.open.front().result.subject == "no_lost_event");
  CHECK(exit_code_of(part.campaign) == campaign::ExitCode::as_expected);
  // All that was asked for is done: nothing is open any more.
  const auto all = campaign::judge(
      leading(), campaign::sweep(leading(), with_jobs(1), fresh(SeedSet::range(2, 2), variants)));
  CHECK(all.open.empty());
  CHECK(exit_code_of(all.campaign) == campaign::ExitCode::not_met);
}
