// The contract: what the flow owes, derived from the scenario before a pattern is chosen, so that
// every pattern is judged by the same words. Who must hear of which event, what counts as an
// effect, whether parked messages count as lost. Values only; it knows no publishing strategy, no
// relay and no settings of one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

// In which order the compensations of a saga must take effect. With `reverse` that of a step comes
// after those of all later steps; `parallel` and `any` owe no order.
enum class CompensationOrder : std::uint8_t { reverse, forward, any, parallel };

struct SagaStep {
  std::string name;
  std::string action;        // "inventory.reserve"
  std::string compensation;  // "inventory.release"; empty: none
  std::uint32_t group =
      0;  // ascending in the order of the saga; steps of one parallel group share it
  bool compensatable = false;
  bool pivot = false;
  bool irreversible = false;
  bool required = true;  // false: a condition says whether it is done
};

// A business operation over several services: all of its steps, or none that is not taken back.
struct Saga {
  std::string name;
  std::vector<SagaStep> steps;  // in order
  CompensationOrder compensation_order = CompensationOrder::reverse;
};

// What a system outside can be asked, and what takes it back.
struct ExternalOperation {
  std::string system;
  std::string operation;
  std::string inverse;  // empty: none
};

// The operation that takes this one back; empty: none.
inline std::string inverse_of(const std::vector<ExternalOperation>& externals,
                              std::string_view system, std::string_view operation) {
  for (const ExternalOperation& known : externals) {
    if (known.system == system && known.operation == operation) return known.inverse;
  }
  return "";
}

struct Contract {
  std::vector<std::string> events;  // all event types, in the order of the scenario
  std::vector<Obligation> obligations;
  std::vector<std::string> databases;
  std::vector<Saga> sagas;
  std::vector<ExternalOperation> externals;
};

}  // namespace halfwrite::contract
