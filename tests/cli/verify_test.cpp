// The second run of --verify is another process's, and what differs is shown.

#include "tests/cli/command_line.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using halfwrite::tests::contains;
using halfwrite::tests::run_command;

namespace {

const std::string six_services = " run tests/cli/scenarios/six_services.json --verify";

}  // namespace

TEST_CASE("another process whose memory lies otherwise makes the same trace") {
  const auto small = run_command("halfwrite" + six_services);
  CHECK(small.err.empty());
  CHECK(small.exit_code == 0);
  CHECK(contains(small.out, "verified: another process made the same"));
  for (const char* variant :
       {"database_first_retry/storm", "outbox_polling/storm", "outbox_cdc/storm"}) {
    INFO(variant);
    const auto result = run_command(
        std::string(
            "halfwrite run scenarios/library/order_created.json --seed 5 --verify --variant ") +
        variant);
    CHECK(result.err.empty());
    CHECK(contains(result.out, "verified: another process made the same"));
  }
}

TEST_CASE(
    "a planted iteration in the order of pointers is caught, and the first record that differs is "
    "shown") {
  const auto result = run_command("halfwrite_with_pointer_order" + six_services);
  INFO(result.out);
  CHECK(result.exit_code == 3);
  CHECK(contains(result.out, "NOT DETERMINISTIC"));
  CHECK(contains(result.out, "in another process"));
  CHECK(contains(result.out, "the first record that differs is number"));
  CHECK(contains(result.out, "    first   0.000"));
  CHECK(contains(result.out, "    second  0.000"));

  const auto json = nlohmann::json::parse(
      run_command("halfwrite_with_pointer_order" + six_services + " --json").out);
  CHECK(json["deterministic"] == false);
  CHECK(json["verified_in_another_process"] == true);
  CHECK(json["divergence"]["other_process"] == true);
  CHECK(json["divergence"]["first_hash"] != json["divergence"]["second_hash"]);
  CHECK(json["divergence"]["first_difference"]["first"] !=
        json["divergence"]["first_difference"]["second"]);
}

TEST_CASE("the second process does not repeat what the first has warned of") {
  const auto result = run_command("HALFWRITE_SEEDZ=3 halfwrite" + six_services);
  CHECK(result.exit_code == 0);
  const std::size_t first = result.err.find("HALFWRITE_SEEDZ is no setting");
  REQUIRE(first != std::string::npos);
  CHECK(result.err.find("HALFWRITE_SEEDZ is no setting", first + 1) == std::string::npos);
}

TEST_CASE("a second process that cannot make the run is not taken for proof") {
  // The plan can be read once.
  const auto result = run_command(
      "printf '[]' | halfwrite run scenarios/library/order_created.json --variant outbox_cdc/storm "
      "--verify --plan "
      "/dev/stdin");
  CHECK(result.exit_code == 4);
  CHECK(contains(result.out, "NOT VERIFIED"));
}

TEST_CASE("a trace is written record by record, and a file that cannot take it is an error") {
  const auto result = run_command(
      "halfwrite run tests/cli/scenarios/six_services.json --trace trace.$$.txt >/dev/null && head "
      "-1 trace.$$.txt && "
      "tail -1 trace.$$.txt; rm -f trace.$$.txt");
  CHECK(contains(result.out, "booted, shop_db"));
  CHECK(contains(result.out, "end of run: "));
  CHECK(run_command("halfwrite run tests/cli/scenarios/six_services.json --trace /no/such/folder/t")
            .exit_code == 2);
  CHECK(run_command("halfwrite run tests/cli/scenarios/six_services.json --trace /dev/full")
            .exit_code == 2);
}
