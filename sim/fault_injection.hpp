// Makes faults happen: resolves a plan's points to names, watches the places fibers pass, strikes,
// holds back who comes early in an order, asks the storm's chances, keeps each group's budget of
// nodes that may be down, and records what landed as a plan that replays the run exactly. Pure
// bookkeeping over addresses; what an address means is not its business.
#pragma once

#include "sim/address.hpp"
#include "sim/fault.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sim {

class Kernel;
class Node;
class Simulation;
struct FaultState;

// Told of each fault that struck (the history records it).
class FaultListener {
 public:
  virtual ~FaultListener() = default;
  virtual void on_fault(const LandedFault& landed) = 0;
};

// What an order did: how far it got, and the place it was held at when patience ran out.
struct OrderOutcome {
  std::size_t passed = 0;
  std::size_t points = 0;
  bool prevented = false;
};

class FaultInjection {
 public:
  explicit FaultInjection(Simulation& simulation);
  ~FaultInjection();

  void listen(FaultListener* listener);

  // Asks the storm's chance rules of this kind at an address (keyed by it), and the plan's faults
  // anchored there. The fault that strikes is recorded as landed. For kinds that models own:
  // duplicate, refuse, rebalance, and for the network's own.
  std::optional<Fault> asks(FaultKind kind, const Address& address, std::span<const Alias> aliases,
                            std::string_view target);

  // What landed, as a plan: replaying it with the same seed gives the same trace hash. A fault that
  // struck nothing is in it where the run did not rest before its instant.
  FaultPlan landed_plan() const;
  const std::vector<LandedFault>& landed() const;
  // Faults of the plan whose place was never reached, as they were written.
  std::vector<Fault> never_reached() const;
  // Faults of the plan whose place or instant came, when there was nothing they could strike: a
  // node that was down, no session to end, nobody parted.
  std::vector<Fault> found_nothing() const;
  std::vector<OrderOutcome> orders() const;

  // How many waits were passed: as many as the trace holds.
  std::uint64_t waits() const;

  // Every place passed, when asked to keep them (exploration lists them), in order of passing: the
  // addresses of the waits, one each, and the moments passed without waiting ("commit/logged").
  void keep_addresses(bool keep);
  const std::vector<Address>& addresses() const;
  const std::vector<Address>& moments() const;

 private:
  friend class Kernel;
  std::unique_ptr<FaultState> state_;
};

}  // namespace halfwrite::sim
