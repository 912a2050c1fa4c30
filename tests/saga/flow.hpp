// An order placement with SQL steps only, and what became of its sagas: a scenario that tests patch
// and run, and its facts read as a person would.
#pragma once

#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace halfwrite::saga_tests {

// The whole file; `patches` are JSON objects laid over it in turn, as variants are.
std::string place_order(const std::vector<std::string>& patches = {});

struct Ending {
  scenarios::RunOutcome outcome;
  std::map<std::string, std::string> ended;    // "orders#3" -> "completed"
  std::map<std::string, std::string> effects;  // surviving steps that changed something, in order:
                                               // "orders#3" -> "create charge ~charge"
  // What systems outside were asked for on behalf of the saga, in the order of their ledgers, and
  // how, where it took no effect: "orders#3" -> "charge refund refund(repeated)"
  std::map<std::string, std::string> outside;
  std::map<std::string, std::string> decisions;  // surviving: "commit", "abort", "abort commit"
  std::vector<std::string> started;              // surviving
  std::map<std::string, std::string> answers;    // the last a client was given
  std::map<std::string, std::string> asked;      // steps asked for, in order
  std::vector<std::string> broken;               // invariants that are violated
};

// Fails the test where the file does not load.
Ending run(const std::string& file, std::uint64_t seed = 1, const std::string& variant = "");

}  // namespace halfwrite::saga_tests
