// The contract: what the flow owes, derived from the scenario before a pattern is chosen, so that
// every pattern is judged by the same words. Who must hear of which event, what counts as an
// effect, whether parked messages count as lost. Values only; it knows no publishing strategy, no
// relay and no settings of one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::contract {

// A consumer group that owes an effect for each event of a type.
struct Obligation {
  std::string event;
  std::string consumer;   // the group: the service's name
  std::string operation;  // "shipping.prepare"
  bool from_the_start =
      true;  // false: owes from the position it starts at (auto_offset_reset latest)
};

struct Contract {
  std::vector<std::string> events;  // all event types, in the order of the scenario
  std::vector<Obligation> obligations;
  std::vector<std::string> databases;
};

}  // namespace halfwrite::contract
