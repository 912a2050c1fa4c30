// sweep and merge as a user runs them: the commands they print, parts and sittings, what stops
// them.

#include "tests/cli/command_line.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using halfwrite::tests::CommandResult;
using halfwrite::tests::contains;
using halfwrite::tests::in_empty_folder;
using halfwrite::tests::leading;
using halfwrite::tests::run_command;
using Json = nlohmann::json;

namespace {

const std::string sweep = "halfwrite sweep " + leading + " --variant ";
const std::string lossy = "database_first/storm";

// The first line that begins so, without what is before it.
std::string line_with(const std::string& text, const std::string& beginning) {
  const std::size_t begin = text.find(beginning);
  REQUIRE(begin != std::string::npos);
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("the command a sweep prints shows the same violation, drawn from the same swarm") {
  const CommandResult swept = run_command(sweep + lossy + " --seeds 6");
  INFO(swept.out << swept.err);
  CHECK(swept.exit_code == 0);
  CHECK(contains(swept.out, "1 variant x 6 seeds (1-6), each seed with its own part of the storm"));
  const std::string lost = line_with(swept.out, "✗ lost: ");
  const std::string drawn = line_with(swept.out, "drawn: ");
  const CommandResult told = run_command(line_with(swept.out, "halfwrite run "));
  INFO(told.out);
  CHECK(told.exit_code == 0);
  CHECK(contains(told.out, "no_lost_event: " + lost.substr(std::string("✗ lost: ").size())));
  CHECK(contains(told.out, "\nswarm: " + drawn.substr(std::string("drawn: ").size())));
}

TEST_CASE("a swept violation shrinks to a case that replays without a swarm") {
  const CommandResult result =
      run_command(in_empty_folder("halfwrite shrink $scenario --variant database_first/storm "
                                  "--swarm --seed 1 -o a.case.json && "
                                  "halfwrite replay a.case.json"));
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(contains(result.out, "1 fault and 1 request are enough"));
  CHECK_FALSE(contains(result.out, "when the case was kept"));
}

TEST_CASE("what a sweep finds is shrunk and kept as a case, by merge as well") {
  const CommandResult result = run_command(in_empty_folder(
      "halfwrite sweep $scenario --variant database_first/storm --seeds 1 --state-dir here -o "
      "r.json "
      "&& cat here/cases/*-no_lost_event.case.json >case.txt && "
      "halfwrite replay here/cases/*-no_lost_event.case.json && rm -r here && "
      "halfwrite merge r.json --state-dir here >/dev/null && "
      "cmp case.txt here/cases/*-no_lost_event.case.json && "
      "halfwrite merge r.json --state-dir no --no-shrink >/dev/null && test ! -e no"));
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(contains(result.out, "    halfwrite replay here/cases/"));
  CHECK(contains(result.out, "1 request"));
}

TEST_CASE("jobs, shards and sittings leave no trace in a result") {
  const CommandResult result = run_command(in_empty_folder(
      // Shrinking is compared in the first two alone, and of a few finds: it takes most of the
      // time.
      "a=\"halfwrite sweep $scenario --variant */storm --guard 2 --seeds 6\"; "
      "$a --shrink 3 --jobs 1 >shrunk.txt && $a --shrink 3 --jobs 3 >shrunk3.txt && "
      "cmp shrunk.txt shrunk3.txt && grep -q 'halfwrite replay' shrunk.txt && "
      "export HALFWRITE_SHRINK=none; "
      "b=\"halfwrite sweep $scenario --variant */storm --guard 2\"; s=\"$b --seeds 6\"; "
      "$s --jobs 1 -o one.json >one.txt && $s --jobs 3 --json >three.json && cmp one.json "
      "three.json && "
      "$s --shard 1/2 -o a.json >/dev/null && $s --shard 2/2 -o b.json >/dev/null && "
      "halfwrite merge b.json a.json -o merged.json >merged.txt && cmp one.json merged.json && "
      "cmp one.txt merged.txt && "
      "halfwrite sweep $scenario --resume a.json --guard 2 >resumed.txt && cmp a.json one.json && "
      "cmp one.txt resumed.txt && "
      // Nothing is left to do: it is shown once more.
      "halfwrite sweep $scenario --resume a.json >again.txt && cmp one.txt again.txt && "
      // More seeds than it was begun for.
      "halfwrite sweep $scenario --resume a.json --guard 2 --seeds 8 -o more.json >more.txt && "
      "$b --seeds 8 --json >eight.json && cmp more.json eight.json"));
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
}

TEST_CASE("a sweep that is interrupted, or out of time, says what is done and is gone on with") {
  const CommandResult stopped = run_command(
      in_empty_folder("timeout --preserve-status -s INT 2 halfwrite sweep $scenario --variant "
                      "outbox_cdc/storm --seeds 5000 -o r.json; "
                      "echo code $?; halfwrite merge r.json --json"));
  INFO(stopped.out << stopped.err);
  CHECK(contains(stopped.out, "code 130"));
  CHECK(contains(stopped.out, "of 5,000 seeds (1"));
  CHECK(contains(stopped.out, "interrupted: only the runs done so far are shown"));
  const Json result = Json::parse(stopped.out.substr(stopped.out.find("\n{\n")));
  REQUIRE(result["done"].size() == 1);
  CHECK(result["done"][0][0] == 1);
  CHECK(result["done"][0][1] == result["seeds_done"]);
  CHECK(result["complete"] == false);

  const CommandResult budget = run_command(in_empty_folder(
      "halfwrite sweep $scenario --variant outbox_cdc/storm --budget 200ms -o r.json >/dev/null && "
      "halfwrite sweep $scenario --budget 200ms --resume r.json"));
  INFO(budget.out << budget.err);
  CHECK(budget.exit_code == 0);
  CHECK(contains(budget.out, "of 10,000,000 seeds (1-"));
}

TEST_CASE("what sweep and merge cannot do is said, and nothing is run") {
  const std::string begun =
      "halfwrite sweep $scenario --variant outbox_cdc/quiet --seeds 2 -o r.json >/dev/null 2>&1; ";
  // The result with another value of its first such key.
  const auto edited = [&](const std::string& key, const std::string& value) {
    return begun + "sed -i '0,/\"" + key + "\": [^,]*/s//\"" + key + "\": " + value +
           "/' r.json; halfwrite merge r.json";
  };
  struct Case {
    std::string command;
    const char* says;
  };
  const Case cases[] = {
      {"halfwrite sweep $scenario --variant nothing", "has no variant \"nothing\""},
      {"halfwrite sweep $scenario --shard 3/2", "--shard takes a part of so many, such as 2/4"},
      {"halfwrite sweep $scenario --shard 0/2", "--shard takes a part of so many, such as 2/4"},
      {"halfwrite sweep $scenario --shard 1", "--shard takes a part of so many, such as 2/4"},
      {"halfwrite sweep $scenario --budget soon", "none or a duration such as 30s or 5m"},
      {"halfwrite sweep $scenario --budget 30", "none or a duration such as 30s or 5m"},
      {"halfwrite sweep $scenario --guard 0", "is expected, not \"0\""},
      {"halfwrite sweep $scenario --keep 0", "--keep"},
      {"halfwrite sweep $scenario --seeds 20..10", "a range of so many such as 101..200"},
      {"halfwrite sweep $scenario --seeds 1..10 --first-seed 5", "leave --first-seed out"},
      {"halfwrite sweep $scenario --seed a --seed a", "the seed \"a\" is named twice"},
      {"halfwrite sweep $scenario --seed 7 --seed 007", "the seed \"007\" is named twice"},
      {"halfwrite sweep $scenario --seed a --seeds 5", "leave --seeds and --first-seed out"},
      {"halfwrite sweep $scenario --resume r.json", "there is no file r.json"},
      {"halfwrite merge r.json", "there is no file r.json"},
      {"halfwrite merge $scenario", "it is no result of a sweep"},
      {begun + "halfwrite merge r.json r.json", "seed 1 is in both"},
      {begun + "halfwrite sweep $scenario --resume r.json --no-swarm", "--no-swarm"},
      {begun + "halfwrite sweep $scenario --resume r.json --keep 5", "--keep"},
      {begun + "halfwrite sweep $scenario --resume r.json --variant */quiet", "different variants"},
      {begun + "sed -i 's/\"scenario_hash\": \"../\"scenario_hash\": \"zz/' r.json; "
               "halfwrite merge r.json",
       "no hexadecimal number"},
      {"cp $scenario s.json; sed -i 's/\"name\": \"order_created\"/\"name\": \"s\"/' s.json; "
       "halfwrite sweep s.json --variant outbox_cdc/quiet --seeds 1 -o r.json >/dev/null 2>&1; "
       "echo >>s.json; halfwrite merge r.json",
       "s.json was changed since the sweep was made"},
      {"cp $scenario s.json; sed -i 's/\"name\": \"order_created\"/\"name\": \"s\"/' s.json; "
       "halfwrite sweep s.json --variant outbox_cdc/quiet --seeds 1 -o r.json >/dev/null 2>&1; "
       "echo >>s.json; halfwrite sweep s.json --resume r.json",
       "was changed between them"},
      {begun +
           "sed -i 's/\"trace_hash\": \"../\"trace_hash\": \"00/' r.json; halfwrite merge r.json",
       "r.json: another build made it, which took other steps in seed 1 of outbox_cdc/quiet"},
      {begun + "sed -i 's/\"trace_hash\": \"../\"trace_hash\": \"00/' r.json; "
               "halfwrite sweep $scenario --resume r.json --seeds 3",
       "r.json: another build made it"},
      {"halfwrite sweep $scenario --variant outbox_cdc/quiet --seeds 1 -o /no/folder/r.json",
       "the result cannot be written to /no/folder/r.json"},
      {"halfwrite sweep $scenario --shard ''", "--shard takes a part of so many, such as 2/4"},
      {"halfwrite sweep $scenario --budget -1s", "none or a duration such as 30s or 5m"},
      {"cp $scenario order_created.json; halfwrite sweep order_created.json --seeds 1 "
       "-o ./order_created.json",
       "./order_created.json is the scenario"},
      {edited("version", "\"9\""), "the result was made by version 9, and this is"},
      {edited("keep", "0"), "\"keep\" is 0"},
      {edited("vacuous_seeds", "99"), "\"vacuous_seeds\" is 99, and 2 seeds were done"},
      {edited("violating_seeds", "-1"), "\"violating_seeds\" is -1, which is no count"},
      {edited("violating_seeds", "1"), "0 of 1 finds are named"},
      {edited("stuck_seeds", "1.7"), "\"stuck_seeds\" is 1.7, which is no count"},
      {edited("not_deterministic", "1"), "0 of 1 finds are named"},
      {begun + "sed -i 's/\"no_lost_event\": {/\"no_found_event\": {/' r.json; "
               "halfwrite merge r.json",
       "the result does not tell of all invariants of outbox_cdc/quiet"},
  };
  for (const Case& one : cases) {
    const CommandResult result = run_command(in_empty_folder(one.command));
    INFO(one.command);
    INFO(result.out);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(contains(result.err, one.says));
    CHECK_FALSE(contains(result.err, "internal"));
  }
}

TEST_CASE("a range of seeds means the same to compare") {
  const std::string compare =
      "halfwrite compare " + leading + " --json --variant outbox_cdc/storm ";
  CHECK(run_command(compare + "--seeds 4..6").out ==
        run_command(compare + "--seeds 3 --first-seed 4").out);
  CHECK(run_command("HALFWRITE_SEEDS=4..6 " + compare).out ==
        run_command(compare + "--seeds 3 --first-seed 4").out);
}

TEST_CASE("the guard of a sweep catches an order of pointers, and shows both sides") {
  // AddressSanitizer keeps what was freed apart, so that blocks of both runs lie in the order they
  // were asked for, unless it is told not to.
  const CommandResult result = run_command(
      "ASAN_OPTIONS=\"$ASAN_OPTIONS:quarantine_size_mb=0:thread_local_quarantine_size_kb=0\" "
      "halfwrite_with_pointer_order sweep tests/cli/scenarios/six_services.json --seeds 4 "
      "--guard 1 --jobs 1");
  INFO(result.out << result.err);
  CHECK(result.exit_code == 3);
  CHECK(contains(result.out, "NOT DETERMINISTIC"));
  CHECK(contains(result.out, "the first record that differs is number"));
}

TEST_CASE("seeds may be named, and a file that expects nothing is only reported") {
  const CommandResult named =
      run_command(sweep + lossy + " --seed 'late shift' --seed 2 --seed 1 --guard none");
  INFO(named.out << named.err);
  CHECK(contains(named.out, "1 variant x 3 seeds (late shift, 2, 1)"));
  CHECK(contains(named.out, "no run was done twice (--guard)"));
  CHECK(contains(named.out, " --swarm --seed "));
  const CommandResult open =
      run_command("halfwrite sweep tests/cli/scenarios/no_claim.json --seeds 3");
  INFO(open.out << open.err);
  CHECK(open.exit_code == 0);
  CHECK(contains(open.out, "it expects nothing (exit 0)"));
  CHECK(run_command("halfwrite sweep tests/cli/scenarios/wrong_claim.json --seeds 3").exit_code ==
        1);
  CHECK(run_command("halfwrite sweep tests/cli/scenarios/not_exercised.json --seeds 3").exit_code ==
        5);
}

TEST_CASE(
    "a result goes where -o says: through a pipe, to what a link points to, and never for "
    "nothing") {
  const std::string once =
      "halfwrite sweep $scenario --variant outbox_cdc/quiet --seeds 1 --progress none ";
  const CommandResult piped =
      run_command(in_empty_folder("mkfifo p; cat p >got & " + once +
                                  "-o p >/dev/null; echo $?; wait; test -p p && "
                                  "grep -c '\"complete\": true' got"));
  INFO(piped.err);
  CHECK(piped.out == "0\n1\n");
  const CommandResult linked = run_command(
      in_empty_folder("touch real; ln -s real link; " + once +
                      "-o link >/dev/null; test -L link && grep -c '\"complete\": true' real"));
  INFO(linked.err);
  CHECK(linked.out == "1\n");
  const CommandResult full =
      run_command(in_empty_folder("ln -s /dev/full full; " + once + "-o full"));
  INFO(full.err);
  CHECK(full.exit_code == 4);
  CHECK(contains(full.out, "as expected"));
  CHECK(contains(full.err, "the result could not be written to full"));
}

TEST_CASE("merge says which seeds are missing, and does not call that as expected") {
  const std::string part =
      "halfwrite sweep $scenario --variant outbox_cdc/quiet --seeds 6 --progress none ";
  const CommandResult result =
      run_command(in_empty_folder(part + "--shard 1/3 -o a >/dev/null; " + part +
                                  "--shard 3/3 -o c >/dev/null; halfwrite merge a c"));
  INFO(result.out);
  CHECK(contains(result.err, "not all seeds were done: 3-4 missing"));
  CHECK_FALSE(contains(result.out, "(exit 0)"));
  CHECK(result.exit_code == 5);
}

TEST_CASE("a sweep refuses seeds that are no text, and seeds with a gap to those it goes on from") {
  const std::string part = "halfwrite sweep $scenario --variant outbox_cdc/quiet --progress none ";
  const CommandResult no_text =
      run_command(in_empty_folder(part + "--seed \"$(printf 'a\\377')\""));
  CHECK(no_text.exit_code == 2);
  CHECK(contains(no_text.err, "--seed: text in UTF-8 is expected"));
  const CommandResult gap = run_command(in_empty_folder(
      part + "--seeds 5..6 -o p >/dev/null 2>&1; " + part + "--seeds 9..10 --resume p"));
  CHECK(gap.exit_code == 2);
  CHECK(contains(gap.err,
                 "p has seeds 5-6: go on with seeds that follow or precede them without "
                 "a gap, or sweep 9-10 by themselves"));
  const CommandResult next = run_command(in_empty_folder(
      part + "--seeds 5..6 -o p >/dev/null 2>&1; " + part + "--seeds 7..8 --resume p"));
  CHECK(contains(next.out, "4 seeds (5-8)"));
}

TEST_CASE("a kind of fault that is asked for and lands in no run is named") {
  // A storm that is over before the first request.
  const CommandResult compared = run_command(in_empty_folder(
      "sed 's/\"until\": \"9s\"/\"until\": \"1ms\"/' $scenario >order_created.json; "
      "halfwrite compare order_created.json --variant outbox_cdc/storm --seeds 2 --no-shrink; "
      "halfwrite sweep order_created.json --variant outbox_cdc/storm --seeds 8 --no-shrink"));
  INFO(compared.out << compared.err);
  CHECK(contains(compared.out, "no fault landed\nasked for, and landed in no run: crash, reset\n"));
}
