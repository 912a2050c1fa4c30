// What fault injection remembers during a run: the plan's points by step, the chances by kind, the
// orders and who holds a turn, what landed. Shared by fault_injection.cpp, fault_strike.cpp and
// fault_order.cpp.
#pragma once

#include "sim/fault_injection.hpp"
#include "sim/simulation.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::sim {

class Kernel;
struct Partition;

constexpr std::size_t fault_kinds = static_cast<std::size_t>(FaultKind::fail_sync) + 1;

// Kinds that are asked for where they would strike, by the network or a model; the others strike
// nodes and links by themselves.
bool is_asked(FaultKind kind);

struct WatchedPoint {
  Point point;
  Name step;
  std::uint64_t matches = 0;  // passes that matched so far
};

struct PlannedFault {
  Fault fault;
  WatchedPoint watched;
  std::uint64_t left = 1;  // how often it may still strike
  bool armed = false;      // asked kinds with an instant: it has come
  bool reached = false;
  bool struck = false;
};

struct ChanceRule {
  StormRule rule;
  Key key{0};
  std::set<std::uint64_t> struck;  // addresses, each of which it strikes once; looked up only
};

struct Order {
  InOrder order;
  std::vector<WatchedPoint> points;
  std::size_t next = 0;
  bool voided = false;
};

struct Turn {
  FiberReference fiber;
  std::size_t order = 0;
  std::size_t point = 0;
  Name step;
};

struct HeldBack {
  FiberReference fiber;
  std::size_t order = 0;
  std::size_t point = 0;
  Timer patience;
};

struct FaultState {
  explicit FaultState(Simulation& owner) : simulation(owner) {}

  Kernel& kernel();
  void take_plan();
  // The instant of a planned fault has come.
  void come(std::uint32_t planned);

  // A fiber of `here` passes a moment of a place. May throw the crash of the running fiber.
  void passes(When when, const Address& address, std::span<const Alias> aliases, Process& here);
  std::optional<Fault> asks(FaultKind kind, const Address& address, std::span<const Alias> aliases,
                            std::string_view target, bool reply);
  std::optional<Fault> asks_planned(FaultKind kind, const Address& address,
                                    std::span<const Alias> aliases, std::string_view target,
                                    bool reply);
  std::optional<Fault> asks_chances(FaultKind kind, const Address& address,
                                    std::span<const Alias> aliases, std::string_view target,
                                    bool reply);
  bool may_ask(FaultKind kind) const { return asked[static_cast<std::size_t>(kind)]; }
  void keep(const Address& address) {
    if (keeping) addresses.push_back(address);
  }
  void keep_moment(const Address& address) {
    if (keeping) moments.push_back(address);
  }

  // --- point.cpp
  bool matches(const Point& point, Name step, const Address& address,
               std::span<const Alias> aliases) const;
  Point exact_point(const Address& address) const;

  // --- fault_strike.cpp
  // Does it; false if there was nothing to strike.
  bool strike(const Fault& fault, Process* here, const Address* address, bool drawn);
  static bool can_stop(const Fault& fault, const Node& node);
  // What a fault finds to strike, or false.
  struct Struck;
  bool find_struck(const Fault& fault, Process* here, bool drawn, Struck& struck);
  void do_strike(const Fault& fault, Struck& struck);
  // What a slow fault delays: everything of the nodes, and links.
  std::vector<Duration*> delays_of(const Fault& fault, const std::vector<Node*>& nodes,
                                   Process* here);
  void strike_slow(const Fault& fault, const std::vector<Duration*>& delays);
  Partition partition_of(const Fault& fault, Process* here) const;
  void strike_partition(const Fault& fault, Partition parted);
  void end_later(const Fault& fault, std::function<void()> end);
  // What a rule's draws make of it; the caller says where and whom.
  static Fault drawn_fault(const StormRule& rule, Key key);
  void land(const Fault& fault, std::string target, const Address* address, Name actor);
  std::vector<Node*> nodes_of(const std::vector<std::string>& targets, Process* here) const;
  bool within_budget(const Node& node) const;
  bool fits(const std::vector<std::string>& targets, std::string_view target,
            const Address& address, std::span<const Alias> aliases) const;

  // --- fault_order.cpp
  void before_in_orders(const Address& address, std::span<const Alias> aliases);
  void after_in_orders(const Address& address);
  void advance(std::size_t order);
  void give_up(std::size_t order);

  Simulation& simulation;
  bool watching = false;  // anything at all must be looked up at places
  bool keeping = false;
  std::uint64_t waits = 0;
  std::array<bool, fault_kinds> asked{};
  std::vector<PlannedFault> planned;
  std::vector<std::vector<std::uint32_t>> by_step;  // anchored faults by index of the step's name
  std::vector<std::uint32_t> asked_planned;         // of kinds that are asked for
  std::vector<ChanceRule> chances;
  std::vector<Order> orders;
  std::vector<Turn> turns;
  std::vector<HeldBack> held_back;
  std::vector<LandedFault> landed;
  std::vector<Fault> by_chance;    // those of the landed that no plan held, anchored
  std::vector<Address> addresses;  // of waits
  std::vector<Address> moments;    // of places passed without waiting
  FaultListener* listener = nullptr;

 private:
  void strike_planned(When when, const Address& address, std::span<const Alias> aliases,
                      Process& here);
  void strike_by_chance(When when, const Address& address, std::span<const Alias> aliases,
                        Process& here);
  bool counts(WatchedPoint& watched, const Address& address, std::span<const Alias> aliases);
};

}  // namespace halfwrite::sim
