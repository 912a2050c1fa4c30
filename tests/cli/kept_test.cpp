// What compare, check and explore find is shrunk and kept.

#include "tests/cli/command_line.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using halfwrite::tests::contains;
using halfwrite::tests::run_command;

namespace {}  // namespace

TEST_CASE("compare names the smallest cause of what broke, and the case replays") {
  const std::string compare =
      "halfwrite compare scenarios/library/order_created.json --variant 'database_first/*' "
      "--seeds 2";
  const auto result =
      run_command(compare +
                  "; halfwrite replay .halfwrite/cases/"
                  "order_created-database_first-broker_away-no_lost_event.case.json; echo code $?; "
                  "cat .halfwrite/.gitignore");
  INFO(result.out << result.err);
  CHECK(contains(result.out, "    smallest cause: "));
  CHECK(contains(result.out, "; 1 request\n    halfwrite replay .halfwrite/cases/order_created-"));
  CHECK(contains(result.out, "code 0\n*\n"));
  const auto off = run_command(compare + " --no-shrink; ls -a");
  CHECK_FALSE(contains(off.out, "smallest cause"));
  CHECK_FALSE(contains(off.out, ".halfwrite"));
  // In the order of what is news: further variants of one invariant come last.
  const auto one = run_command(compare + " --shrink 1; ls .halfwrite/cases | wc -l");
  CHECK(contains(one.out, "more finds were not shrunk (--shrink N)"));
  CHECK(contains(one.out, "\n1\n"));
}

TEST_CASE("the same campaign keeps the same cases, on one core and on two") {
  const std::string compare =
      "halfwrite compare scenarios/library/order_created.json --variant 'b*/*' --seeds 2 ";
  const auto result = run_command(compare + "--jobs 1 --state-dir one >a; " + compare +
                                  "--jobs 2 --state-dir two >b; sed -i s,two/cases,one/cases, b; "
                                  "cmp a b && diff -r one two && ls one/cases | wc -l");
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK_FALSE(contains(result.out, "\n0\n"));
}

TEST_CASE("check keeps what is news, and not what the file says will break") {
  const auto expected = run_command("halfwrite check scenarios/library/late_commit.jsonc; ls -a");
  CHECK(expected.exit_code == 0);
  CHECK_FALSE(contains(expected.out, ".halfwrite\n"));
  const auto news = run_command("halfwrite check tests/cli/scenarios/wrong_claim.json");
  INFO(news.out << news.err);
  CHECK(news.exit_code == 1);
  CHECK(contains(news.out,
                 "    smallest cause: no fault; 1 request\n"
                 "    halfwrite replay .halfwrite/cases/wrong_claim-polling-"
                 "published_soon.case.json\n"));
}

TEST_CASE("a case that cannot be kept is said, and fails nothing") {
  const auto result = run_command(
      "touch .halfwrite; halfwrite compare tests/cli/scenarios/wrong_claim.json --seeds 1 "
      "--variant polling");
  INFO(result.out << result.err);
  CHECK(contains(result.out, "    not kept: the folder .halfwrite/cases cannot be made\n"));
}

TEST_CASE("kept cases lie beside halfwrite.ini where there is one") {
  const auto result = run_command(
      "mkdir project; cp scenarios/library/late_commit.jsonc project/; touch "
      "project/halfwrite.ini; "
      "halfwrite compare project/late_commit.jsonc --seeds 1 >/dev/null; ls -d "
      "project/.halfwrite/cases .halfwrite");
  CHECK(result.out == "project/.halfwrite/cases\n");
}

TEST_CASE("explore keeps its finds, and holds the scenario's own plan to the file's claims") {
  const auto result = run_command(
      "mkdir own; sed 's/\"violated\"/\"holds\"/' "
      "tests/scenarios/defects/lost_event.json >own/lost_event.json; "
      "halfwrite explore own/lost_event.json --variant database_first --no-recovery");
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(contains(result.out,
                 "no_lost_event: broken by the scenario's own plan alone, expected to hold"));
  CHECK(contains(result.out,
                 "    halfwrite replay .halfwrite/cases/lost_event-database_first-"
                 "no_lost_event.case.json\n"));
  CHECK_FALSE(contains(result.out, "no single fault breaks no_lost_event"));
}
