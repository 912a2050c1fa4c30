// From a red seed to a kept case, and back.

#include "tests/cli/command_line.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using halfwrite::tests::contains;
using halfwrite::tests::in_empty_folder;
using halfwrite::tests::run_command;

namespace {

// In a folder of its own: the scenario is named from the root.
}  // namespace

TEST_CASE(
    "shrink keeps a case that replays with the same trace, in a folder that is nobody's "
    "repository") {
  const auto result = run_command(in_empty_folder(
      "halfwrite shrink $scenario --variant database_first/storm --seed 3 --width 120; "
      "cat .halfwrite/.gitignore; halfwrite replay .halfwrite/cases/*.case.json; echo code $?"));
  INFO(result.out << result.err);
  CHECK(result.err.empty());
  CHECK(contains(result.out, "no_lost_event: 1 fault and 1 request are enough, of"));
  CHECK(contains(result.out, "none of them can be left out"));
  CHECK(contains(result.out,
                 ".halfwrite/cases/order_created-database_first-storm-no_lost_event.case.json"));
  CHECK(contains(result.out, "\n*\n"));
  CHECK(contains(result.out, "as expected (exit 0)"));
  CHECK(contains(result.out, "code 0"));
  CHECK_FALSE(contains(result.out, "when the case was kept"));
}

TEST_CASE("a case whose violation is gone fails, and a trace that differs is only said") {
  const auto gone = run_command(in_empty_folder(
      "halfwrite shrink $scenario --variant database_first/storm --seed 3 -o a.case.json "
      ">/dev/null; "
      "sed -i 's/database_first/outbox_cdc/' a.case.json; halfwrite replay a.case.json"));
  CHECK(contains(gone.out, "not as expected: no_lost_event"));
  CHECK(contains(gone.out, "(exit 1)"));
  const auto other = run_command(in_empty_folder(
      "halfwrite shrink $scenario --variant database_first/storm --seed 3 -o a.case.json "
      ">/dev/null; "
      "sed -i 's/\"trace_hash\": \"[0-9a-f]*\"/\"trace_hash\": \"0123456789abcdef\"/' a.case.json; "
      "halfwrite replay a.case.json; echo code $?"));
  CHECK(contains(other.out, "the trace was 0123456789abcdef when the case was kept by version"));
  CHECK(contains(other.out, "the same verdict"));
  CHECK(contains(other.out, "code 0"));
}

TEST_CASE("what cannot be shrunk or replayed is said") {
  struct Case {
    const char* command;
    int exit_code;
    const char* says;
  };
  const Case cases[] = {
      {"halfwrite shrink scenarios/library/order_created.json --variant outbox_cdc/quiet", 1,
       "nothing to shrink"},
      {"halfwrite shrink scenarios/library/order_created.json --variant outbox_cdc/quiet "
       "--invariant no_lost_evnt",
       2, "there is no invariant \"no_lost_evnt\""},
      {"halfwrite shrink scenarios/library/order_created.json", 2, "has 30 variants"},
      {"halfwrite shrink scenarios/library/order_created.json --variant database_first/storm "
       "--seed 3 -o /no/folder/x",
       2, "cannot be written"},
      {"halfwrite replay no_such.case.json", 2, "there is no file"},
      {"halfwrite replay scenarios/library/order_created.json", 2,
       "is a scenario, not a kept case"},
  };
  for (const Case& item : cases) {
    INFO(item.command);
    const auto result = run_command(item.command);
    INFO(result.out << result.err);
    CHECK(result.exit_code == item.exit_code);
    CHECK(contains(result.out + result.err, item.says));
  }
}

TEST_CASE("explore says how many single faults there are, and shows one of them") {
  const auto lost = run_command(
      "halfwrite explore scenarios/library/order_created.json --variant database_first/quiet "
      "--operations 1 "
      "--no-recovery");
  CHECK(lost.exit_code == 1);
  CHECK(contains(lost.out, "crash of the process"));
  CHECK(contains(lost.out, "✗ no_lost_event: broken by "));
  CHECK(contains(lost.out, "exhausted: "));
  const std::size_t command =
      lost.out.rfind("    halfwrite explore", lost.out.find("--invariant no_lost_event"));
  REQUIRE(command != std::string::npos);
  const auto seen = run_command(lost.out.substr(command, lost.out.find('\n', command) - command));
  INFO(seen.out << seen.err);
  CHECK(seen.exit_code == 1);  // as explore's own: the file expects it to hold
  CHECK(contains(seen.out, "✗ no_lost_event: OrderCreated of order-1 was never published"));
  CHECK(run_command("halfwrite explore scenarios/library/order_created.json --variant "
                    "outbox_cdc/quiet --faults 2")
            .exit_code == 2);
}

TEST_CASE("explore and shrink print JSON where it is asked for") {
  const auto explored = run_command(
      "halfwrite explore scenarios/library/order_created.json --variant broker_first/quiet "
      "--operations 1 --no-recovery --json");
  CHECK(explored.exit_code == 1);
  const auto outcome = nlohmann::json::parse(explored.out);
  CHECK(outcome["exit_code"] == 1);
  CHECK(outcome["tried"] == outcome["places"]);
  CHECK(outcome["own_plan_items"] == 0);
  const auto& phantom = outcome["violations"]["no_phantom_event"];
  CHECK(phantom["expected"] == "holds");
  const auto seen = run_command(phantom["command"].get<std::string>() + " --json");
  CHECK(seen.exit_code == 1);
  CHECK(nlohmann::json::parse(seen.out)["invariants"]["no_phantom_event"]["verdict"] == "violated");

  const auto shrunk = run_command(
      in_empty_folder("halfwrite shrink $scenario --variant database_first/storm --seed 3 "
                      "--invariant lost --json"));
  const auto smallest = nlohmann::json::parse(shrunk.out);
  CHECK(smallest["invariant"] == "no_lost_event");
  CHECK(smallest["faults"] == 1);
  CHECK(smallest["run"]["invariants"]["no_lost_event"]["verdict"] == "violated");
  const auto nothing = run_command(
      "halfwrite shrink scenarios/library/order_created.json --variant outbox_cdc/quiet --json");
  CHECK(nothing.exit_code == 1);
  CHECK(nlohmann::json::parse(nothing.out)["shrunk"] == false);
}

TEST_CASE("a kept case is refused in JSON too where a scenario is validated") {
  const auto result = run_command(in_empty_folder(
      "halfwrite shrink $scenario --variant database_first/storm --seed 3 -o a.case.json "
      ">/dev/null; halfwrite validate --json a.case.json"));
  const auto json = nlohmann::json::parse(result.out);
  CHECK(json["exit_code"] == 2);
  CHECK(json["files"][0]["valid"] == false);
  CHECK(json["files"][0]["errors"][0]["hint"] == "halfwrite replay a.case.json");
}

TEST_CASE("a kept case and a scenario are not taken for each other") {
  const auto taken = run_command(in_empty_folder(
      "halfwrite shrink $scenario --variant database_first/storm --seed 3 -o a.case.json "
      ">/dev/null; halfwrite run a.case.json; halfwrite validate a.case.json; "
      "halfwrite check a.case.json; halfwrite replay $scenario"));
  INFO(taken.out << taken.err);
  CHECK_FALSE(contains(taken.err, "error"));
  CHECK(contains(taken.err, "a.case.json is a kept case: halfwrite replay a.case.json"));
  CHECK(contains(taken.err, "is a scenario, not a kept case: halfwrite run "));
}
