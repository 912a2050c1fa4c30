// The commands, run as a user runs them: exit codes, streams, bytes.

#include "tests/cli/command_line.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

using halfwrite::tests::CommandResult;
using halfwrite::tests::contains;
using halfwrite::tests::leading;
using halfwrite::tests::run_command;
using Json = nlohmann::json;

namespace {}  // namespace

TEST_CASE("every command ends with the code that its help lists") {
  struct Case {
    const char* command;
    int exit_code;
  };
  const Case cases[] = {
      {"halfwrite --help", 0},
      {"halfwrite --version", 0},
      {"halfwrite", 2},
      {"halfwrite no_such_command", 2},
      {"halfwrite run", 2},
      {"halfwrite run no_such_file.json", 2},
      {"halfwrite run scenarios/library/order_created.json", 2},
      {"halfwrite run scenarios/library/order_created.json --variant no_such_variant", 2},
      {"halfwrite run scenarios/library/order_created.json --variant '*/storm'", 2},
      {"halfwrite run scenarios/library/order_created.json --variant outbox_cdc/quiet --seed x", 0},
      {"halfwrite run scenarios/library/order_created.json --variant outbox_cdc/quiet --plan "
       "no_such_plan.json",
       2},
      {"halfwrite run scenarios/library/order_created.json --variant outbox_cdc/quiet --fault "
       "'{\"crsh\": \"order\"}'",
       2},
      {"halfwrite run scenarios/library/order_created.json --variant outbox_cdc/quiet", 0},
      {"halfwrite run scenarios/library/late_commit.jsonc --variant cursor_on_id", 0},
      {"halfwrite compare scenarios/library/late_commit.jsonc --seeds 0", 2},
      {"halfwrite compare scenarios/library/late_commit.jsonc --variant nothing", 2},
      {"halfwrite compare scenarios/library/late_commit.jsonc", 0},
      {"halfwrite check scenarios/library/late_commit.jsonc", 0},
      {"halfwrite check tests/cli/scenarios/wrong_claim.json", 1},
      {"halfwrite check tests/cli/scenarios/not_exercised.json", 5},
      {"halfwrite check tests/cli/scenarios/no_claim.json", 2},
      {"halfwrite check tests/cli/scenarios/one_claim.json --seeds 3", 0},
      {"halfwrite run tests/cli/scenarios/no_claim.json --variant cdc", 0},
      {"halfwrite check docs", 2},
      {"halfwrite check no_such_folder", 2},
      {"halfwrite check tests/cli/scenarios/broken.json", 2},
      {"halfwrite validate tests/cli/scenarios/broken.json", 2},
      {"halfwrite validate scenarios/library", 0},
  };
  for (const Case& one : cases) {
    const CommandResult result = run_command(one.command);
    INFO(one.command);
    INFO(result.out);
    INFO(result.err);
    CHECK(result.exit_code == one.exit_code);
  }
}

TEST_CASE("where nothing is claimed, nothing is said to be as expected") {
  for (const char* command :
       {"halfwrite run tests/cli/scenarios/no_claim.json --variant cdc",
        "halfwrite explore tests/cli/scenarios/no_claim.json --variant cdc --operations 1 "
        "--no-recovery"}) {
    INFO(command);
    const CommandResult result = run_command(command);
    CHECK(contains(result.out, "`expect` claims nothing of this variant"));
    CHECK_FALSE(contains(result.out, "as expected"));
  }
}

TEST_CASE("check says where faults were asked for and none landed") {
  const CommandResult result =
      run_command("halfwrite check tests/cli/scenarios/calm_storm.json --progress none");
  INFO(result.out);
  INFO(result.err);
  CHECK(contains(result.out, "no fault landed in late; asked for: crash\n"));
  CHECK(result.exit_code == 0);
}

TEST_CASE("check gives further seeds only to a variant of which a claim is open, unless told to") {
  const std::string command =
      "halfwrite check tests/cli/scenarios/one_claim.json --seeds 5 --progress none";
  CHECK(contains(run_command(command).out,
                 "  9 of 15 runs; no claim was left open in 2 of 3 variants\n"));
  CHECK(contains(run_command(command + " --every-seed").out, "  15 runs\n"));
  // As many as the file says are run of each.
  const std::string fewer = "halfwrite check tests/cli/scenarios/one_claim.json --progress none";
  CHECK(contains(run_command(fewer).out, "  6 runs\n"));
  const Json json = Json::parse(run_command(command + " --json").out);
  const auto& variants = json.at("files").at(0).at("variants");
  CHECK(variants.at("cursor_on_id").at("seeds") == 2);
  CHECK(variants.at("cursor_on_id").at("settled_early") == true);
  CHECK(variants.at("cursor_on_xid").at("seeds") == 5);
  CHECK(variants.at("cursor_on_xid").at("settled_early") == false);
  CHECK(variants.at("unclaimed").at("seeds") == 2);
}

TEST_CASE("results go to stdout, progress and diagnostics to stderr") {
  const CommandResult good = run_command("halfwrite compare scenarios/library/late_commit.jsonc");
  CHECK(contains(good.out, "2 of 2 variants as expected"));
  CHECK_FALSE(contains(good.out, "runs in"));
  CHECK(contains(good.err, "runs in"));
  const CommandResult bad = run_command("halfwrite check tests/cli/scenarios/broken.json");
  CHECK(bad.out.empty());
  CHECK(contains(bad.err, "error:"));
}

TEST_CASE("the same command prints the same bytes, whatever the number of jobs") {
  const std::string command =
      "halfwrite compare " + leading + " --variant '*/storm' --seeds 8 --shrink 3 --jobs ";
  const CommandResult one = run_command(command + "1");
  const CommandResult two = run_command(command + "2");
  CHECK(one.out == two.out);
  CHECK(one.out == run_command(command + "2").out);
  CHECK(run_command(command + "1 --json").out == run_command(command + "2 --json").out);
}

TEST_CASE("the JSON of compare has variants by name, and in them invariants by name") {
  const CommandResult result = run_command("halfwrite compare " + leading +
                                           " --variant 'database_first/*' --seeds 5 --json");
  const Json json = Json::parse(result.out);
  const Json& lost =
      json.at("variants").at("database_first/storm").at("invariants").at("no_lost_event");
  CHECK(lost.at("verdict") == "violated");
  CHECK(lost.at("violating_seeds").get<int>() > 0);
  CHECK(lost.at("seeds") == 5);
  CHECK(json.at("exit_code") == result.exit_code);
}

TEST_CASE("a run replays from the plan it printed") {
  const std::string run = "halfwrite run " + leading + " --variant outbox_polling/storm --seed 11";
  const CommandResult first = run_command(run + " --json");
  const Json json = Json::parse(first.out);
  REQUIRE(json.at("plan").size() > 0);
  const std::filesystem::path plan =
      std::filesystem::temp_directory_path() / "halfwrite-replay-plan.json";
  std::ofstream(plan) << json.at("plan").dump();
  const CommandResult replay = run_command(run + " --json --plan " + plan.string());
  std::filesystem::remove(plan);
  INFO(replay.err);
  CHECK(Json::parse(replay.out).at("trace_hash") == json.at("trace_hash"));
}

TEST_CASE("a story stays under 40 lines and shows where the lineage broke") {
  const CommandResult result =
      run_command("halfwrite run " + leading + " --variant database_first/crash_between");
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') < 40);
  CHECK(contains(result.out, "no_lost_event"));
  CHECK(contains(result.out, "was never published"));
  CHECK(contains(result.out, "FAULT"));
  CHECK(contains(result.out, "commit ●──✗ publish ○"));
}

TEST_CASE("a story names the fault that broke the event, not one that struck something else") {
  const std::string run = "halfwrite run " + leading + " --variant ";
  // The partition began before the commit and was still in force.
  const CommandResult away = run_command(run + "database_first/broker_away --seed 3");
  CHECK(contains(away.out, "FAULT      partition of order, order.relay | kafka"));
  // Replies of other requests were lost meanwhile; the crash is what ended this one.
  const CommandResult storm = run_command(run + "inside_transaction/storm --seed 24");
  CHECK(contains(storm.out, "FAULT      crash of order.1"));
  CHECK_FALSE(contains(storm.out, "FAULT      reset"));
  // Behind a delay stands the slowest event, whose chain is whole.
  const CommandResult late = run_command(run + "outbox_polling/quiet --seed 3");
  CHECK(contains(late.out, "published_soon: publish_delay_p99 was"));
  CHECK(contains(late.out, "the slowest: OrderCreated of order-"));
  CHECK(contains(late.out, "lineage  intent ● commit ● publish ● deliver ● effect ●"));
  CHECK_FALSE(contains(late.out, "──✗"));
}

TEST_CASE("numbers that are none, folders, and commands that are not there are errors of usage") {
  const std::string run = "halfwrite run " + leading + " --variant outbox_cdc/quiet ";
  for (const std::string& wrong :
       {run + "--seed ''", run + "--plan tests", std::string("halfwrite run tests"),
        std::string("halfwrite compare tests"), std::string("halfwrite explian"),
        "halfwrite compare " + leading + " --seeds 0",
        "halfwrite compare " + leading + " --seeds 99999999999999999999",
        "halfwrite compare " + leading + " --seeds 2 --first-seed 18446744073709551615"}) {
    const CommandResult result = run_command(wrong);
    INFO(wrong);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_FALSE(contains(result.err, "internal"));
  }
}

TEST_CASE("a fault given on the command line strikes") {
  const std::string run =
      "halfwrite run " + leading + " --variant database_first/quiet --json --fault ";
  const CommandResult result =
      run_command(run + R"('{"crash": "here", "after": "orders#9/commit"}')");
  const Json json = Json::parse(result.out);
  CHECK(json.at("faults_landed").size() == 1);
  CHECK(json.at("invariants").at("no_lost_event").at("violations").at(0).at("subject") ==
        "order-9");
  CHECK(result.exit_code == 1);  // the file expects that nothing is lost without faults
}

TEST_CASE("an interrupted comparison shows what there is and says so") {
  const CommandResult result =
      run_command("timeout -s INT 3 halfwrite compare " + leading + " --seeds 100000; exit $?");
  INFO(result.err);
  // timeout itself reports 124 when it had to end the command.
  CHECK((result.exit_code == 124 || result.exit_code == 130));
  CHECK(contains(result.out, "interrupted"));
}

TEST_CASE("without Unicode the signs are words") {
  const CommandResult result =
      run_command("LC_ALL=C halfwrite compare scenarios/library/late_commit.jsonc");
  CHECK(contains(result.out, "FAIL 100"));
  CHECK(std::all_of(result.out.begin(), result.out.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 128; }));
}

TEST_CASE("any text is a seed, and the command that shows it again is made for a shell") {
  const std::string run = "halfwrite run " + leading + " --variant database_first/storm ";
  const CommandResult typed = run_command(run + "--swarm --seed \"it's monday\"");
  CHECK(contains(typed.out, "/ seed it's monday "));
  CHECK(contains(typed.out, "\nswarm: "));
  const auto json = Json::parse(run_command(run + "--seed \"it's monday\" --json").out);
  CHECK(json["seed_as_typed"] == "it's monday");
  // The number that stands for a text is the same seed.
  const std::string number = std::to_string(json["seed"].get<std::uint64_t>());
  CHECK(Json::parse(run_command(run + "--json --seed " + number).out)["trace_hash"] ==
        json["trace_hash"]);
  const CommandResult explored = run_command(
      "halfwrite explore " + leading +
      " --variant broker_first/quiet --operations 1 --no-recovery --seed \"it's monday\"");
  CHECK(contains(explored.out, "--seed 'it'\\''s monday' --see '[{"));
  CHECK(run_command(run + "--seed ''").exit_code == 2);
  CHECK(run_command(run + "--swarm --plan /dev/null").exit_code == 2);
}
