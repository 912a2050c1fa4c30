// Kept cases: written and read back, and what is wrong with one.
#include "scenarios/case_file.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;
using scenarios::CaseFile;
using scenarios::parse_case;
using scenarios::write_case;

namespace {

CaseFile order_lost() {
  CaseFile kept;
  kept.scenario = "../../scenarios/library/order_created.json";
  kept.variant = "database_first/storm";
  kept.seed = 18446744073709551615ULL;
  kept.reduction.requests["orders"] = {9, 17};
  kept.reduction.requests["payments"] = {};
  kept.reduction.instances["order"] = 1;
  sim::Fault crash;
  crash.targets = {"here"};
  crash.anchor = {sim::When::after, {}, *sim::parse_point("orders#9/commit")};
  crash.lasting = sim::Duration::milliseconds(200);
  kept.plan.faults.push_back(crash);
  kept.verdicts["no_lost_event"] = scenarios::ExpectedVerdict::violated;
  kept.verdicts["no_phantom_event"] = scenarios::ExpectedVerdict::holds;
  kept.version = "0.1.0";
  kept.trace_hash = 0x00c1e04b291d0a5fULL;
  return kept;
}

std::string first_error(const std::string& text) {
  const auto parsed = parse_case(text, "a.case.json");
  if (parsed) return "none";
  const auto& error = parsed.error().front();
  return std::to_string(error.place.line) + ":" + std::to_string(error.place.column) + " " +
         error.message;
}

}  // namespace

TEST_CASE("a case that is written reads back as it was") {
  const auto parsed = parse_case(write_case(order_lost()), "a.case.json");
  REQUIRE(parsed);
  CHECK(*parsed == order_lost());

  CaseFile bare = order_lost();
  bare.reduction = {};
  bare.trace_hash.reset();
  bare.version.clear();
  bare.plan = {};
  const auto again = parse_case(write_case(bare), "a.case.json");
  REQUIRE(again);
  CHECK(*again == bare);
}

TEST_CASE("what is wrong with a case is said with its place") {
  const std::string whole = write_case(order_lost());
  const auto with = [&](const std::string& part, const std::string& instead) {
    std::string text = whole;
    const std::size_t at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.replace(at, part.size(), instead);
  };
  CHECK(first_error(whole) == "none");
  CHECK(first_error("") != "none");
  CHECK(first_error("[]") != "none");
  CHECK(first_error("{}") != "none");
  CHECK(first_error(with("\"variant\"", "\"varient\"")) != "none");
  CHECK(first_error(with("[9, 17]", "[17, 9]")) ==
        "6:32 requests are listed once each, in ascending order");
  CHECK(first_error(with("[9, 17]", "[9, 9]")).find("ascending") != std::string::npos);
  CHECK(first_error(with("[9, 17]", "[0]")) != "none");
  CHECK(first_error(with("\"violated\"", "\"broken\"")) != "none");
  CHECK(first_error(with("00c1e04b291d0a5f", "c1e0")).find("16 hexadecimal digits") !=
        std::string::npos);
  CHECK(first_error(with("\"here\"", "7")) != "none");
  CHECK(first_error(with("551615\"", "551616\"")) ==
        "5:11 a seed is a number of 64 bits");
  CHECK(first_error(with("\"18446744073709551615\"", "17")) == "none");
  CHECK(first_error(with("\"18446744073709551615\"", "-1")) != "none");
}

TEST_CASE("the scenario of a case is found beside the case") {
  CHECK(scenarios::scenario_path_of(order_lost(), ".halfwrite/cases/a.case.json") ==
        "scenarios/library/order_created.json");
  CaseFile same = order_lost();
  same.scenario = "order.json";
  CHECK(scenarios::scenario_path_of(same, "order.case.json") == "order.json");
}
