// What a process knows of the timers in the rows, where it does not hear what became of them.
#include "tests/saga/flow.hpp"

#include <catch2/catch.hpp>

using halfwrite::saga_tests::place_order;
using halfwrite::saga_tests::run;

TEST_CASE("a timer whose commit was not answered comes all the same") {
  // The third reply says that reserving failed; the pause before the next attempt is a timer.
  const auto ending = run(place_order({R"({"plan": [
    {"refuse": "inventory.reserve/2", "error": "53300"},
    {"lose_reply": "order.place_order.reply/commit#3"}]})"}));
  CHECK(ending.outcome.landed.size() == 2);
  CHECK(ending.outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
  CHECK(ending.ended.at("orders#1") == "completed");
  CHECK(ending.effects.at("orders#1") == "create charge reserve confirm mail");
}
