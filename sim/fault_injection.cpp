#include "sim/fault_injection.hpp"

#include "sim/assert.hpp"
#include "sim/fault_kinds.hpp"
#include "sim/fault_state.hpp"
#include "sim/kernel.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::sim {

const char* to_text(FaultKind kind) {
  return row_of(kind).explanation.name.data();  // literals, so they end in a zero
}

bool is_asked(FaultKind kind) {
  switch (kind) {
    case FaultKind::crash:
    case FaultKind::pause:
    case FaultKind::partition:
    case FaultKind::slow:
    case FaultKind::clock:
    case FaultKind::disconnect:
    case FaultKind::promote:
      return false;
    case FaultKind::reset:
    case FaultKind::lose_request:
    case FaultKind::lose_reply:
    case FaultKind::delay:
    case FaultKind::duplicate:
    case FaultKind::refuse:
    case FaultKind::cancel:
    case FaultKind::rebalance:
    case FaultKind::disk_full:
    case FaultKind::fail_sync:
      return true;
  }
  return false;
}

namespace {

std::string joined_step(const Point& point) {
  return point.moment.empty() ? point.step : point.step + "/" + point.moment;
}

// A rule is known by its kind and targets, so that another rule's going leaves its draws alone.
Key key_of_rule(Key root, const StormRule& rule) {
  Key key = root.with("storm").with(to_text(rule.kind));
  for (const std::string& target : rule.targets) key = key.with(target);
  return key;
}

}  // namespace

Kernel& FaultState::kernel() {
  return Kernel::of(simulation);
}

void FaultState::take_plan() {
  const SimulationOptions& options = simulation.options();
  Names& names = simulation.names();
  for (const Fault& fault : options.plan.faults) {
    const auto index = static_cast<std::uint32_t>(planned.size());
    planned.emplace_back();
    PlannedFault& item = planned.back();
    item.fault = fault;
    item.left = fault.times;
    if (is_asked(fault.kind)) {
      asked_planned.push_back(index);
      asked[static_cast<std::size_t>(fault.kind)] = true;
    }
    if (fault.anchor.when == When::at) {
      kernel().schedule_fault(fault.anchor.at, index, [this, index] { come(index); });
      continue;
    }
    item.watched.point = fault.anchor.point;
    item.watched.step = names.of(joined_step(fault.anchor.point));
    if (is_asked(fault.kind)) continue;
    watching = true;
    const std::size_t step = item.watched.step.index();
    if (by_step.size() <= step) by_step.resize(step + 1);
    by_step[step].push_back(index);
  }
  for (const InOrder& order : options.plan.orders) {
    watching = true;
    Order& watched = orders.emplace_back();
    watched.order = order;
    for (const Point& point : order.points) {
      watched.points.push_back({point, names.of(joined_step(point))});
    }
  }
  for (const StormRule& rule : options.storm.rules) {
    if (rule.chance.is_never()) continue;
    chances.push_back({rule, key_of_rule(simulation.draws().key(), rule), {}});
    if (is_asked(rule.kind)) {
      asked[static_cast<std::size_t>(rule.kind)] = true;
    } else {
      watching = true;
    }
  }
}

void FaultState::come(std::uint32_t index) {
  PlannedFault& item = planned[index];
  if (is_asked(item.fault.kind)) {
    item.armed = true;
    return;
  }
  item.reached = true;
  item.struck = strike(item.fault, nullptr, nullptr, item.fault.drawn);
}

void FaultState::passes(When when, const Address& address, std::span<const Alias> aliases,
                        Process& here) {
  if (simulation.inert()) return;
  if (when == When::before) {
    if (!orders.empty()) before_in_orders(address, aliases);
  } else if (when == When::after && !turns.empty()) {
    after_in_orders(address);
  }
  if (!by_step.empty()) strike_planned(when, address, aliases, here);
  if (!chances.empty()) strike_by_chance(when, address, aliases, here);
}

bool FaultState::counts(WatchedPoint& watched, const Address& address,
                        std::span<const Alias> aliases) {
  if (!matches(watched.point, watched.step, address, aliases)) return false;
  ++watched.matches;
  return watched.matches == std::max<std::uint64_t>(watched.point.nth, 1);
}

void FaultState::strike_planned(When when, const Address& address, std::span<const Alias> aliases,
                                Process& here) {
  const auto look = [&](Name step) {
    if (step.index() >= by_step.size()) return;
    for (const std::uint32_t index : by_step[step.index()]) {
      PlannedFault& item = planned[index];
      if (item.left == 0 || item.fault.anchor.when != when) continue;
      if (!counts(item.watched, address, aliases)) continue;
      item.left = 0;
      item.reached = true;
      item.struck = true;  // before it happens: a crash of this fiber does not come back
      item.struck = strike(item.fault, &here, &address, false);
    }
  };
  look(address.step);
  for (const Alias& alias : aliases) {
    if (alias.moment != address.step) look(alias.moment);
  }
}

void FaultState::strike_by_chance(When when, const Address& address, std::span<const Alias> aliases,
                                  Process& here) {
  const Storm& storm = simulation.options().storm;
  if (simulation.now() >= storm.until) return;
  for (ChanceRule& chance : chances) {
    const StormRule& rule = chance.rule;
    if (is_asked(rule.kind)) continue;
    const std::string_view name = here.node().name();
    Key key = key_of(chance.key, simulation.names(), address).with(name);
    if (const Asker& asker = address.scope.asked_by; !asker.empty()) {
      key = key.with(simulation.names().hash(asker.actor));
    }
    if (!Draws::happens(key, rule.chance)) continue;
    // Before, during or after: a draw of the same address says which.
    const std::uint64_t moment = Draws::below(key.with("moment"), 3);
    if (moment != static_cast<std::uint64_t>(when) - 1) continue;
    if (!fits(rule.targets, name, address, aliases)) continue;
    if (!chance.struck.insert(key.value()).second) continue;
    Fault fault = drawn_fault(rule, key);
    fault.anchor.when = when;
    fault.anchor.point = exact_point(address);
    if (rule.kind == FaultKind::partition) {
      fault.groups = {{std::string(name)}, {}};
      for (const auto& node : simulation.nodes()) {
        if (node->name() != name) fault.groups[1].emplace_back(node->name());
      }
    } else {
      fault.targets = {std::string(name)};
    }
    const std::size_t mark = by_chance.size();
    by_chance.push_back(fault);
    if (!strike(fault, &here, &address, true)) {
      by_chance.erase(by_chance.begin() + static_cast<std::ptrdiff_t>(mark));
    }
  }
}

Fault FaultState::drawn_fault(const StormRule& rule, Key key) {
  Fault fault;
  fault.kind = rule.kind;
  fault.lasting = Draws::between(key.with("lasting"), rule.lasting);
  fault.by = Draws::between(key.with("by"), rule.by);
  fault.machine = rule.machine;
  fault.one_way = rule.one_way;
  fault.unsynced_lost = rule.unsynced_lost;
  fault.error = rule.error;
  return fault;
}

std::optional<Fault> FaultState::asks(FaultKind kind, const Address& address,
                                      std::span<const Alias> aliases, std::string_view target,
                                      bool reply) {
  if (simulation.inert() || !may_ask(kind)) return std::nullopt;
  if (auto struck = asks_planned(kind, address, aliases, target, reply)) return struck;
  return asks_chances(kind, address, aliases, target, reply);
}

// One fault strikes a use. The others count it all the same, and one whose turn it was strikes the
// next that fits.
std::optional<Fault> FaultState::asks_planned(FaultKind kind, const Address& address,
                                              std::span<const Alias> aliases,
                                              std::string_view target, bool reply) {
  const bool two_ways = kind == FaultKind::reset || kind == FaultKind::delay;
  PlannedFault* strikes = nullptr;
  for (const std::uint32_t index : asked_planned) {
    PlannedFault& item = planned[index];
    const Fault& fault = item.fault;
    if (fault.kind != kind || item.left == 0) continue;
    if (!fits(fault.targets, target, address, aliases)) continue;
    if (fault.anchor.when == When::at) {
      if (!item.armed) continue;
      const bool window = !fault.lasting.is_zero();
      // What a storm drew and nobody met in time is over with it.
      const bool lapsed = fault.drawn && simulation.now() >= simulation.options().storm.until;
      if (!window && lapsed) continue;
      if (window && simulation.now() >= fault.anchor.at + fault.lasting) continue;
    } else {
      if (two_ways && (fault.anchor.when == When::after) != reply) continue;
      // Once reached, a refusal goes on for as often as it was asked to.
      if (!item.reached) {
        if (!counts(item.watched, address, aliases)) continue;
      } else if (!matches(item.watched.point, item.watched.step, address, aliases)) {
        continue;
      }
      item.reached = true;
    }
    if (strikes == nullptr) strikes = &item;
  }
  if (strikes == nullptr) return std::nullopt;
  const bool lasts = strikes->fault.anchor.when == When::at && !strikes->fault.lasting.is_zero();
  if (!lasts) --strikes->left;
  strikes->reached = strikes->struck = true;
  land(strikes->fault, std::string(target), &address, address.actor);
  return strikes->fault;
}

std::optional<Fault> FaultState::asks_chances(FaultKind kind, const Address& address,
                                              std::span<const Alias> aliases,
                                              std::string_view target, bool reply) {
  const bool two_ways = kind == FaultKind::reset || kind == FaultKind::delay;
  if (simulation.now() >= simulation.options().storm.until) return std::nullopt;
  for (ChanceRule& chance : chances) {
    if (chance.rule.kind != kind) continue;
    const Key key = key_of(chance.key, simulation.names(), address)
                        .with(target)
                        .with(static_cast<std::uint64_t>(reply));
    if (!Draws::happens(key, chance.rule.chance)) continue;
    if (!fits(chance.rule.targets, target, address, aliases)) continue;
    if (!chance.struck.insert(key.value()).second) continue;
    Fault fault = drawn_fault(chance.rule, key);
    // A disk that is full by chance is so for one statement.
    if (kind == FaultKind::disk_full) fault.lasting = Duration();
    fault.anchor.when = two_ways && reply ? When::after : When::before;
    fault.anchor.point = exact_point(address);
    fault.targets = {std::string(target)};
    by_chance.push_back(fault);
    land(fault, std::string(target), &address, address.actor);
    return fault;
  }
  return std::nullopt;
}

FaultInjection::FaultInjection(Simulation& simulation)
    : state_(std::make_unique<FaultState>(simulation)) {}
FaultInjection::~FaultInjection() = default;

void FaultInjection::listen(FaultListener* listener) {
  state_->listener = listener;
}

std::optional<Fault> FaultInjection::asks(FaultKind kind, const Address& address,
                                          std::span<const Alias> aliases, std::string_view target) {
  HALFWRITE_ASSERT(is_asked(kind), "a fault of this kind strikes by itself and is not asked for");
  return state_->asks(kind, address, aliases, target, false);
}

namespace {

// A fault of a plan keeps a run from resting until its instant, whether it strikes then or not. The
// last of them, unless a storm went on for longer.
const PlannedFault* last_awaited(const FaultState& state) {
  const PlannedFault* last = nullptr;
  const Storm& storm = state.simulation.options().storm;
  Instant latest = storm.rules.empty() ? Instant() : storm.until;
  for (const PlannedFault& item : state.planned) {
    if (item.fault.anchor.when != When::at) continue;
    const bool later = item.fault.anchor.at > latest;
    if (!later && !(last != nullptr && item.struck && item.fault.anchor.at == latest)) continue;
    last = &item;
    latest = item.fault.anchor.at;
  }
  return last;
}

}  // namespace

FaultPlan FaultInjection::landed_plan() const {
  FaultPlan plan;
  const PlannedFault* const awaited = last_awaited(*state_);
  for (const PlannedFault& item : state_->planned) {
    if (!item.struck && &item != awaited) continue;
    plan.faults.push_back(item.fault);
    // It is a fault like any other now, and found the nodes it struck up.
    plan.faults.back().drawn = false;
  }
  for (const Fault& fault : state_->by_chance) plan.faults.push_back(fault);
  plan.orders = state_->simulation.options().plan.orders;
  return plan;
}

const std::vector<LandedFault>& FaultInjection::landed() const {
  return state_->landed;
}

std::vector<Fault> FaultInjection::never_reached() const {
  std::vector<Fault> faults;
  for (const PlannedFault& item : state_->planned) {
    if (!item.reached) faults.push_back(item.fault);
  }
  return faults;
}

std::vector<Fault> FaultInjection::found_nothing() const {
  std::vector<Fault> faults;
  for (const PlannedFault& item : state_->planned) {
    if (item.reached && !item.struck) faults.push_back(item.fault);
  }
  return faults;
}

std::vector<OrderOutcome> FaultInjection::orders() const {
  std::vector<OrderOutcome> outcomes;
  for (const Order& order : state_->orders) {
    outcomes.push_back({order.next, order.points.size(), order.voided});
  }
  return outcomes;
}

std::uint64_t FaultInjection::waits() const {
  return state_->waits;
}

void FaultInjection::keep_addresses(bool keep) {
  state_->keeping = keep;
  state_->watching = state_->watching || keep;
}

const std::vector<Address>& FaultInjection::addresses() const {
  return state_->addresses;
}

const std::vector<Address>& FaultInjection::moments() const {
  return state_->moments;
}

}  // namespace halfwrite::sim
