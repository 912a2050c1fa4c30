// Results of sweeps: the same bytes by any number of jobs, in parts and in sittings; read back.

#include "reports/sweep_result.hpp"

#include "reports/sweep.hpp"
#include "tests/campaign/sweeping.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <functional>

using namespace halfwrite;
using campaign::SeedSet;
using campaign::SweepOptions;
using campaign::SweepOutcome;
using namespace halfwrite::tests::sweeping;

namespace {

// The bytes of a result, and what is printed of it.
std::string shown(const SweepOutcome& outcome) {
  const auto judged = campaign::judge(leading(), outcome);
  return reports::sweep_json(outcome, judged) +
         reports::sweep_text(outcome, judged, {true, false, 100});
}

std::string result_of(const SweepOutcome& outcome) {
  return reports::sweep_json(outcome, campaign::judge(leading(), outcome));
}

SweepOutcome read_back(const SweepOutcome& outcome) {
  auto read = reports::read_sweep(result_of(outcome));
  INFO((read ? std::string() : read.error()));
  REQUIRE(read);
  return std::move(*read);
}

}  // namespace

TEST_CASE("a sweep comes to the same bytes by one job, by two and by five") {
  const std::string one = shown(run(SeedSet::range(1, 20), 1));
  CHECK(one == shown(run(SeedSet::range(1, 20), 2)));
  CHECK(one == shown(run(SeedSet::range(1, 20), 5)));
}

TEST_CASE("parts of a sweep, put together in any order, come to the bytes of the whole") {
  const SeedSet seeds = SeedSet::range(1, 20);
  const std::string whole = shown(run(seeds));
  for (const std::uint64_t shards : {2, 3, 7}) {
    std::vector<SweepOutcome> parts;
    for (std::uint64_t shard = 1; shard <= shards; ++shard) {
      SweepOptions options = with_jobs(1);
      options.shard = shard;
      options.shards = shards;
      parts.push_back(read_back(campaign::sweep(leading(), options, fresh(seeds))));
      CHECK_FALSE(parts.back().complete());
    }
    SweepOutcome forwards = parts.front();
    for (std::size_t i = 1; i < parts.size(); ++i) merge(forwards, parts[i]);
    SweepOutcome backwards = parts.back();
    for (std::size_t i = parts.size() - 1; i-- > 0;) merge(backwards, parts[i]);
    INFO(shards);
    CHECK(shown(forwards) == whole);
    CHECK(shown(backwards) == whole);
  }
}

TEST_CASE("a sweep that was stopped and resumed comes to the bytes of one sitting") {
  const SeedSet seeds = SeedSet::range(1, 20);
  const std::string whole = shown(run(seeds));
  // Stopped by a signal, each time a little later.
  for (const std::uint64_t after : {1, 7, 20}) {
    std::atomic<bool> stop{false};
    SweepOptions options = with_jobs(2);
    options.interrupt = &stop;
    options.progress = [&](std::uint64_t done, std::uint64_t) {
      if (done >= after) stop = true;
    };
    const SweepOutcome stopped = campaign::sweep(leading(), options, fresh(seeds));
    CHECK(stopped.interrupted);
    CHECK(exit_code_of(campaign::judge(leading(), stopped).campaign) ==
          campaign::ExitCode::interrupted);
    const SweepOutcome resumed = campaign::sweep(leading(), with_jobs(2), read_back(stopped));
    CHECK(shown(resumed) == whole);
  }
}

TEST_CASE("seeds that were typed keep their texts and their order") {
  const SeedSet typed = SeedSet::listed(
      {campaign::Seed::of("zebra"), campaign::Seed::of("3"), campaign::Seed::of("it's")});
  const SweepOutcome outcome = read_back(run(typed));
  CHECK(outcome.subject.seeds == typed);
  CHECK(typed.text_of(outcome.done) == "zebra, 3, it's");
  const std::string text = shown(outcome);
  CHECK(text.find("2 variants x 3 seeds (zebra, 3, it's)") != std::string::npos);
  CHECK(text.find("--swarm --seed zebra\n") != std::string::npos);
}

TEST_CASE("a file that is no result of a sweep, or does not add up, is refused with a sentence") {
  for (const char* text : {"", "[]", "{}", "{\"format\": \"halfwrite sweep 1\"}", "nonsense"}) {
    INFO(text);
    const auto read = reports::read_sweep(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().find("it is no result of a sweep: ") == 0);
  }
  using Json = nlohmann::ordered_json;
  const std::string good = result_of(run(SeedSet::range(1, 2)));
  REQUIRE(reports::read_sweep(good));
  const auto why = [&](const std::function<void(Json&)>& change) {
    Json json = Json::parse(good);
    change(json);
    const auto read = reports::read_sweep(json.dump());
    return read ? std::string("it was taken") : read.error();
  };
  const auto says = [&](const std::function<void(Json&)>& change, const char* part) {
    const std::string said = why(change);
    INFO(said);
    CHECK(said.find(part) != std::string::npos);
  };
  says([](Json& j) { j["format"] = "halfwrite sweep 2"; }, "does not say \"format\"");
  says([](Json& j) { j["done"] = {{1, 2}, {2, 2}}; }, "\"done\" has seeds twice");
  says([](Json& j) { j["done"] = {{1, 3}}; }, "seeds that the sweep does not have");
  says([](Json& j) { j["done"] = {{1, 1}}; }, "has 2 seeds, and 1 are done");
  says([](Json& j) { j["seeds"] = {{"first", 2}, {"last", 1}}; }, "end before they begin");
  says([](Json& j) { j["seeds"] = {{"listed", Json::array()}}; }, "lists no seed");
  says([](Json& j) { j["scenario_hash"] = "xyz"; }, "no hexadecimal number");
  says([](Json& j) { j["variants"]["outbox_cdc/storm"].erase("figures"); }, "figures");
  says([](Json& j) { j["variants"]["outbox_cdc/storm"]["seeds"] = "two"; }, "is no count");
  says(
      [](Json& j) {
        Json& lost = j["variants"]["database_first/storm"]["invariants"]["no_lost_event"];
        lost["violating_seeds"] = 0;
      },
      "1 of 0 finds are named");
  says(
      [](Json& j) {
        Json& lost = j["variants"]["database_first/storm"]["invariants"]["no_lost_event"];
        lost["first_violating"][0]["place"] = 7;
      },
      "a find is of a seed that the sweep does not have");
}

TEST_CASE("what came out differently survives in the result, with both sides") {
  SweepOutcome outcome = run(SeedSet::range(1, 2));
  campaign::Divergence divergence;
  divergence.variant = "outbox_cdc/storm";
  divergence.seed = 2;
  divergence.first_hash = 1;
  divergence.second_hash = 2;
  divergence.difference = {7, {"before"}, "one", "other"};
  outcome.variants.back().divergences.add(2, [&] { return divergence; });
  CHECK(shown(read_back(outcome)) == shown(outcome));
  CHECK(exit_code_of(campaign::judge(leading(), outcome).campaign) ==
        campaign::ExitCode::not_deterministic);
  CHECK(shown(outcome).find("NOT DETERMINISTIC: outbox_cdc/storm seed 2") != std::string::npos);
}
