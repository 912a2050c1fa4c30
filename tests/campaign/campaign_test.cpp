// Campaigns: the same outcome whatever the number of jobs, and what a file expects is held against
// it.

#include "campaign/campaign.hpp"

#include "campaign/expectation.hpp"
#include "campaign/single_run.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace halfwrite;

namespace {

campaign::CampaignOutcome run(const scenarios::ScenarioFile& file, std::uint64_t seeds,
                              unsigned jobs, const std::string& pattern = "*") {
  campaign::Options options;
  options.seeds = seeds;
  options.jobs = jobs;
  options.variant_pattern = pattern;
  return campaign::run_campaign(file, options);
}

std::string what_is_not_as_expected(const campaign::CampaignOutcome& outcome) {
  std::string text;
  for (const auto& variant : outcome.variants) {
    for (const auto& result : variant.expectations)
      if (result.met != campaign::Met::met)
        text += variant.name + " / " + result.subject + ": " + result.sentence + "\n";
    for (const auto& stuck : variant.stuck)
      text += variant.name + " seed " + std::to_string(stuck.seed) +
              " is stuck: " + (stuck.waiting.empty() ? "" : stuck.waiting.front()) + "\n";
  }
  return text;
}

bool breaks_something(const scenarios::Variant& variant) {
  const auto& named = variant.expectation.named;
  return std::any_of(named.begin(), named.end(), [](const auto& line) {
    return line.second.verdict == scenarios::ExpectedVerdict::violated;
  });
}

// A list counts as one setting: a patch replaces it whole.
std::size_t settings_in(const nlohmann::json& patch) {
  if (!patch.is_object()) return 1;
  std::size_t count = 0;
  for (const auto& member : patch) count += settings_in(member);
  return count;
}

std::size_t settings_changed_by(const std::string& variant, const std::filesystem::path& path) {
  std::ifstream in(path);
  return settings_in(nlohmann::json::parse(in).at("variants").at(variant));
}

}  // namespace

TEST_CASE("one job and two give the same outcome") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  const auto one = run(file, 20, 1, "*/storm");
  const auto two = run(file, 20, 2, "*/storm");
  REQUIRE(one.variants.size() == two.variants.size());
  for (std::size_t v = 0; v < one.variants.size(); ++v) {
    const auto& a = one.variants[v];
    const auto& b = two.variants[v];
    INFO(a.name);
    CHECK(a.windows_hit == b.windows_hit);
    CHECK(a.faults_landed == b.faults_landed);
    CHECK(a.figures.statements == b.figures.statements);
    REQUIRE(a.invariants.size() == b.invariants.size());
    for (std::size_t i = 0; i < a.invariants.size(); ++i)
      CHECK(a.invariants[i].violating_seeds == b.invariants[i].violating_seeds);
  }
  CHECK(one.divergences.empty());
  CHECK(two.divergences.empty());
}

TEST_CASE("each invariant catches its planted defect and passes the correct twin") {
  const std::filesystem::path folder =
      std::filesystem::path(HALFWRITE_SOURCE_DIRECTORY) / "tests/scenarios/defects";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto file =
        tests::load_scenario("tests/scenarios/defects/" + entry.path().filename().string());
    const auto outcome = run(file, 0, 1);
    INFO(entry.path().filename().string());
    INFO(what_is_not_as_expected(outcome));
    CHECK(campaign::exit_code_of(outcome) == campaign::ExitCode::as_expected);
    ++files;
  }
  CHECK(files >= 9);
}

TEST_CASE(
    "with outboxes, inboxes and the fence both styles of saga hold, and careless ones do not") {
  const auto file = tests::load_scenario("scenarios/library/place_order.json");
  const auto outcome = run(file, 0, 0);
  INFO(what_is_not_as_expected(outcome));
  CHECK(campaign::exit_code_of(outcome) == campaign::ExitCode::as_expected);
}

TEST_CASE("what was reported as a defect and is none raises no alarm, and its careless twin does") {
  const std::filesystem::path folder =
      std::filesystem::path(HALFWRITE_SOURCE_DIRECTORY) / "scenarios/controls";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto file =
        tests::load_scenario("scenarios/controls/" + entry.path().filename().string());
    const auto outcome = run(file, 0, 0);
    INFO(entry.path().filename().string());
    INFO(what_is_not_as_expected(outcome));
    CHECK(campaign::exit_code_of(outcome) == campaign::ExitCode::as_expected);
    ++files;
  }
  CHECK(files >= 7);
}

TEST_CASE("each incident is red with the careless switch and green with the careful one") {
  const std::filesystem::path folder =
      std::filesystem::path(HALFWRITE_SOURCE_DIRECTORY) / "scenarios/incidents";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const std::string path = std::filesystem::relative(entry.path(), folder).string();
    INFO(path);
    const auto file = tests::load_scenario("scenarios/incidents/" + path);
    const auto outcome = run(file, 0, 0);
    INFO(what_is_not_as_expected(outcome));
    CHECK(campaign::exit_code_of(outcome) == campaign::ExitCode::as_expected);
    CHECK(file.seeds == 1);
    if (path.starts_with("flow")) continue;
    ++files;
    REQUIRE(file.variants.size() >= 2);
    CHECK(breaks_something(file.variants[0]));
    CHECK_FALSE(breaks_something(file.variants[1]));
    CHECK(settings_changed_by(file.variants[0].name, entry.path()) == 1);
    CHECK(settings_changed_by(file.variants[1].name, entry.path()) == 0);
    CHECK(file.name.starts_with(file.about.substr(0, file.about.find(':'))));
    CHECK_FALSE(file.source.empty());
  }
  CHECK(files >= 10);
}

TEST_CASE(
    "a run rests only when what becomes due by the clock, is freed by a time-out or was passed "
    "over "
    "was looked at, even if who held it changes nothing") {
  for (const char* name :
       {"locks_of_a_lost_session.json", "lease_that_runs_out.json", "rows_passed_over.json",
        "snapshot_of_the_running.json", "one_lock_for_all.json"}) {
    const auto file = tests::load_scenario(std::string("tests/scenarios/rest/") + name);
    const auto outcome = run(file, 0, 0);
    INFO(name);
    INFO(what_is_not_as_expected(outcome));
    CHECK(campaign::exit_code_of(outcome) == campaign::ExitCode::as_expected);
  }
}

TEST_CASE("the library does what it says") {
  for (const char* path :
       {"scenarios/library/order_created.json", "scenarios/library/late_commit.jsonc",
        "scenarios/library/outboxes_hold.json", "scenarios/library/trip_booking.json",
        "scenarios/library/bank_transfer.json", "scenarios/library/saga_slips.json",
        "scenarios/library/orchestrator_crashes.json", "scenarios/library/saga_steps_fail.json",
        "scenarios/library/place_order_rates.json", "scenarios/library/late_commit_guards.jsonc",
        "scenarios/library/oversell.json", "scenarios/library/job_queue.json",
        "scenarios/library/write_skew.json", "scenarios/library/slot_lost.json",
        "scenarios/library/outbox_cursors.json", "scenarios/library/relay_on_notify.jsonc",
        "scenarios/library/failover_storm.json", "scenarios/library/disk_trouble.json"}) {
    const auto file = tests::load_scenario(path);
    const auto outcome = run(file, file.seeds == 1 ? 1 : 40, 0);
    INFO(path);
    INFO(what_is_not_as_expected(outcome));
    CHECK(campaign::exit_code_of(outcome) == campaign::ExitCode::as_expected);
  }
}

TEST_CASE("variants are chosen by patterns") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  CHECK(campaign::matching_variants(file, "*").size() == file.variants.size());
  CHECK(campaign::matching_variants(file, "outbox_*/storm").size() == 2);
  CHECK(campaign::matching_variants(file, "database_first/storm").size() == 1);
  CHECK(campaign::matching_variants(file, "*first*storm").size() == 3);
  CHECK(campaign::matching_variants(file, "storm").empty());
}

TEST_CASE("an expectation that is not met, or not exercised, decides the exit code") {
  campaign::VariantOutcome variant;
  variant.seeds = 10;
  auto add = [&](const char* name, std::uint64_t vacuous, std::vector<std::uint64_t> violating) {
    campaign::InvariantCount count;
    count.name = name;
    count.seeds = 10;
    count.vacuous = vacuous;
    count.vacuous_because = "nothing happened";
    count.violating_seeds = std::move(violating);
    variant.invariants.push_back(std::move(count));
  };
  add("holding", 0, {});
  add("broken", 0, {3});
  add("idle", 10, {});
  const auto expected = [&](const char* name, scenarios::ExpectedVerdict verdict) {
    scenarios::Expectation expectation;
    expectation.named[name] = {verdict, {}};
    return campaign::judge_expectations(expectation, variant).at(0).met;
  };
  using scenarios::ExpectedVerdict;
  CHECK(expected("holding", ExpectedVerdict::holds) == campaign::Met::met);
  CHECK(expected("holding", ExpectedVerdict::violated) == campaign::Met::not_met);
  CHECK(expected("broken", ExpectedVerdict::holds) == campaign::Met::not_met);
  CHECK(expected("broken", ExpectedVerdict::violated) == campaign::Met::met);
  CHECK(expected("idle", ExpectedVerdict::holds) == campaign::Met::not_exercised);
  CHECK(expected("idle", ExpectedVerdict::violated) == campaign::Met::not_met);
  scenarios::Expectation nothing;
  CHECK(campaign::judge_expectations(nothing, variant).empty());
  scenarios::Expectation window;
  window.windows.push_back({"between commit and publish", 5, {}});
  CHECK(campaign::judge_expectations(window, variant).at(0).met == campaign::Met::not_exercised);
  variant.windows_hit["between commit and publish"] = 5;
  CHECK(campaign::judge_expectations(window, variant).at(0).met == campaign::Met::met);
}

TEST_CASE("what holds beside a fault that struck in no seed is not exercised") {
  campaign::VariantOutcome variant;
  variant.seeds = 10;
  variant.unreached["the crash"] = 9;
  campaign::InvariantCount& count = variant.invariants.emplace_back();
  count.name = "holding";
  count.seeds = 10;
  scenarios::Expectation expectation;
  expectation.named["holding"] = {scenarios::ExpectedVerdict::holds, {}};
  CHECK(campaign::judge_expectations(expectation, variant).size() == 1);
  variant.unreached["the crash"] = 10;
  const auto results = campaign::judge_expectations(expectation, variant);
  REQUIRE(results.size() == 2);
  CHECK(results[0].met == campaign::Met::met);
  CHECK(results[1].subject == campaign::plan_subject);
  CHECK(results[1].met == campaign::Met::not_exercised);
  CHECK(results[1].sentence.find("the crash") != std::string::npos);
  CHECK(campaign::judge_expectations({}, variant).empty());
}

TEST_CASE("the worst code of several campaigns is theirs together") {
  using campaign::ExitCode;
  CHECK(campaign::worst(ExitCode::as_expected, ExitCode::only_not_exercised) ==
        ExitCode::only_not_exercised);
  CHECK(campaign::worst(ExitCode::only_not_exercised, ExitCode::not_met) == ExitCode::not_met);
  CHECK(campaign::worst(ExitCode::not_met, ExitCode::not_deterministic) ==
        ExitCode::not_deterministic);
}
