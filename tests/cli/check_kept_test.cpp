// check runs kept cases first, and what failed last.

#include "tests/cli/command_line.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using halfwrite::tests::contains;
using halfwrite::tests::run_command;

namespace {

// A file that claims too much, checked once: its find is kept. `mend` and `break_again` change it.
std::string after_a_failed_check(const std::string& commands) {
  return "mkdir own; cp tests/cli/scenarios/wrong_claim.json own/; "
         "mend() { sed -i 's/\"every\": \"1s\"/\"every\": \"50ms\"/' own/wrong_claim.json; }; "
         "break_again() { sed -i 's/\"every\": \"50ms\"/\"every\": \"1s\"/' own/wrong_claim.json; "
         "}; "
         "halfwrite check own/wrong_claim.json >/dev/null; " +
         commands;
}

}  // namespace

TEST_CASE("a kept case still fails, then no longer shows, then comes back") {
  const auto result = run_command(after_a_failed_check(
      "halfwrite check own; echo code $?; mend; halfwrite check own; echo code $?; break_again; "
      "halfwrite check own; echo code $?; halfwrite check own --json; ls .halfwrite/cases"));
  INFO(result.out << result.err);
  const std::size_t mended = result.out.find("no longer shows: published_soon holds\n");
  const std::size_t still = result.out.find("still fails: published_soon: publish_delay_p99");
  const std::size_t back = result.out.find("came back: published_soon: publish_delay_p99");
  REQUIRE(still != std::string::npos);
  REQUIRE(mended != std::string::npos);
  REQUIRE(back != std::string::npos);
  CHECK(still < mended);
  CHECK(mended < back);
  CHECK(contains(result.out, "1 kept case first: 1 still fails\n"));
  CHECK(contains(result.out, "exit 0\ncode 0\n"));
  // What guards something mended is not written over by a later find.
  CHECK(contains(result.out, "published_soon-2.case.json"));
  CHECK(contains(result.out, "\"standing\": \"fails\""));
}

TEST_CASE("check --failed runs what failed last, and everything where nothing did") {
  const auto result = run_command(after_a_failed_check(
      "halfwrite check --failed; echo code $?; mend; halfwrite check --failed; echo code $?; "
      "halfwrite check --failed; echo code $?; cat .halfwrite/.gitignore"));
  INFO(result.out << result.err);
  CHECK(contains(result.out, "0 of 1 met  1 run\n"));
  CHECK(contains(result.out, "1 of 1 met  1 run\n"));
  CHECK(contains(result.out, "1 of 1 met  2 runs\n"));
  CHECK(contains(result.err, "nothing failed when check ran last: everything is run\n"));
  CHECK(contains(result.out, "\n*\n"));
  const auto never = run_command("halfwrite check --failed");
  CHECK(never.exit_code == 2);
  CHECK(contains(never.err, "nothing is remembered of a check here"));
}

TEST_CASE(
    "a case that its scenario has left behind is stale, one that cannot be read is an error") {
  const std::string kept = ".halfwrite/cases/wrong_claim-polling-published_soon.case.json";
  const auto stale = run_command(after_a_failed_check(
      "mend; sed -i 's/\"polling\"\\(: *[{]\\)/\"polled\"\\1/' own/wrong_claim.json; "
      "halfwrite check own; echo code $?"));
  INFO(stale.out << stale.err);
  CHECK(contains(stale.out, "stale: own/wrong_claim.json has no variant \"polling\""));
  const auto edited = run_command(after_a_failed_check(
      "mend; sed -i 's/\"plan\": \\[\\]/\"plan\": [{ \"crash\": \"here\", \"before\": "
      "\"order.gone\\/commit\" }]/' " +
      kept + "; halfwrite check own; echo code $?"));
  INFO(edited.out << edited.err);
  CHECK(contains(edited.out, "stale: "));
  CHECK(contains(edited.out, "code 5\n"));
  const auto broken = run_command(
      after_a_failed_check("echo '{' >" + kept + "; halfwrite check own; echo code $?"));
  INFO(broken.out << broken.err);
  CHECK(contains(broken.err, kept + ":"));
  CHECK(contains(broken.out, "code 2\n"));
}

TEST_CASE("a case of another version counts by its verdict, and a case can be checked by name") {
  const auto result = run_command(after_a_failed_check(
      "sed -i 's/\"trace_hash\": \"[0-9a-f]*\"/\"trace_hash\": \"0123456789abcdef\"/; "
      "s/\"version\": \"[^\"]*\"/\"version\": \"0.0.1\"/' .halfwrite/cases/*; "
      "cp .halfwrite/cases/* own/a.case.json; rm -r .halfwrite; "
      "sed -i 's,\"scenario\": \"[^\"]*\",\"scenario\": \"wrong_claim.json\",' own/a.case.json; "
      "halfwrite check own/a.case.json; echo code $?"));
  INFO(result.out << result.err);
  CHECK(contains(result.out, "FAIL  own/a.case.json\n    polling: still fails: published_soon"));
  CHECK(contains(result.out, "code 1\n"));
  const auto state = run_command(after_a_failed_check("halfwrite check .halfwrite/cases"));
  INFO(state.out << state.err);
  CHECK(contains(state.out, "1 kept case first: 1 still fails\n"));
  CHECK(state.exit_code == 1);
  const auto folder = run_command(after_a_failed_check(
      "mkdir cases; cp .halfwrite/cases/* cases/; rm -r .halfwrite; "
      "sed -i 's,\"scenario\": \"[^\"]*\",\"scenario\": \"../own/wrong_claim.json\",' cases/*; "
      "halfwrite check cases; echo code $?"));
  INFO(folder.out << folder.err);
  CHECK(contains(folder.out, "1 kept case first: 1 still fails\n"));
  CHECK(contains(folder.out, "code 1\n"));
}
