// A payment service before a card network, as a scenario whose parts a test exchanges, and what
// stands on the network's ledger after a run.
#pragma once

#include "scenarios/run.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <string>
#include <vector>

namespace halfwrite::tests {

struct CardShop {
  std::string network = R"("operations": { "charge": { "inverse": "refund" }, "refund": {} })";
  std::string steps = R"({ "name": "charge", "external": "card_network.charge" })";
  std::string load = R"("count": 3, "rate": "1/s")";
  std::string plan;
  std::uint64_t seed = 1;

  std::string text() const;
  scenarios::RunOutcome run() const;
};

// "charge order-1: applied", in the order of the ledger.
std::vector<std::string> ledger_of(const scenarios::RunOutcome& outcome);
// "orders#1 ok", "orders#2 fail: ...": what clients were told.
std::vector<std::string> answers_of(const scenarios::RunOutcome& outcome);
// Commits of this operation that survived.
std::size_t commits_of(const scenarios::RunOutcome& outcome, const std::string& operation);

}  // namespace halfwrite::tests
