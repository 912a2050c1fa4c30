#include "sim/assert.hpp"
#include "sim/fault_state.hpp"
#include "sim/kernel.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace halfwrite::sim {

namespace {

constexpr std::string_view arrow = " -> ";

struct LinkName {
  std::string_view from;
  std::string_view to;
};

std::optional<LinkName> as_link(std::string_view text) {
  const std::size_t at = text.find(arrow);
  if (at == std::string_view::npos) return std::nullopt;
  return LinkName{text.substr(0, at), text.substr(at + arrow.size())};
}

bool is_called(const Node& node, std::string_view name) {
  return node.name() == name || node.group() == name;
}

bool is_called(Simulation& simulation, std::string_view node, std::string_view name) {
  if (node == name) return true;
  const Node* found = simulation.find_node(node);
  return found != nullptr && found->group() == name;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

}  // namespace

std::vector<Node*> FaultState::nodes_of(const std::vector<std::string>& targets,
                                        Process* here) const {
  std::vector<Node*> nodes;
  const auto add = [&nodes](Node* node) {
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
  };
  for (const std::string& target : targets) {
    if (target == "here") {
      if (here != nullptr) add(&here->node());
      continue;
    }
    for (const auto& node : simulation.nodes()) {
      if (is_called(*node, target)) add(node.get());
    }
  }
  return nodes;
}

// The power of a machine can go while its process is down, and takes what was not synced. Who is
// down and would come back can still be made to stay down.
bool FaultState::can_stop(const Fault& fault, const Node& node) {
  const NodeState& box = Kernel::state(node);
  const bool has_power = box.incarnation > 0 && !box.machine_down;
  if (node.is_up()) return true;
  if (fault.kind != FaultKind::crash) return false;
  return (fault.machine && has_power) || (fault.for_ever && box.coming_up);
}

bool FaultState::within_budget(const Node& node) const {
  std::uint32_t down = 0;
  for (const auto& other : simulation.nodes()) {
    const bool together =
        other.get() == &node || (!node.group().empty() && other->group() == node.group());
    if (together && Kernel::state(*other).crashed) ++down;
  }
  return down < simulation.options().storm.at_most_down;
}

bool FaultState::fits(const std::vector<std::string>& targets, std::string_view target,
                      const Address& address, std::span<const Alias> aliases) const {
  if (targets.empty()) return true;
  const std::optional<LinkName> link = as_link(target);
  for (const std::string& wanted : targets) {
    if (wanted == target) return true;
    if (const auto wanted_link = as_link(wanted)) {
      if (link && is_called(simulation, link->from, wanted_link->from) &&
          is_called(simulation, link->to, wanted_link->to)) {
        return true;
      }
    } else if (wanted.find('/') != std::string::npos) {
      const auto point = parse_point(wanted);
      if (point) {
        const std::string step =
            point->moment.empty() ? point->step : point->step + "/" + point->moment;
        if (matches(*point, simulation.names().of(step), address, aliases)) return true;
      }
    } else if (link) {
      if (is_called(simulation, link->from, wanted) || is_called(simulation, link->to, wanted)) {
        return true;
      }
    } else if (is_called(simulation, target, wanted)) {
      return true;
    }
  }
  return false;
}

void FaultState::land(const Fault& fault, std::string target, const Address* address, Name actor) {
  Names& names = simulation.names();
  const std::uint64_t flags = (fault.machine ? 1u : 0u) | (fault.disk_lost ? 2u : 0u) |
                              (fault.one_way ? 4u : 0u) | (fault.for_ever ? 8u : 0u) |
                              (fault.blocking ? 16u : 0u) | (fault.fenced ? 0u : 32u) |
                              (fault.unsynced_lost ? 64u : 0u);
  const std::uint64_t detail = Key(Key::hash_text(to_text(fault.kind)))
                                   .with(target)
                                   .with(static_cast<std::uint64_t>(fault.lasting.in_nanoseconds()))
                                   .with(static_cast<std::uint64_t>(fault.by.in_nanoseconds()))
                                   .with(flags)
                                   .value();
  Address shown = address != nullptr ? *address : Address();
  shown.actor = actor;
  kernel().record(TraceKind::fault, shown, detail, to_text(fault.kind));
  LandedFault entry{fault, simulation.now(), std::move(target), {}};
  if (address != nullptr) entry.address = to_text(names, *address);
  landed.push_back(entry);
  simulation.quiescence().disturbed();
  if (listener != nullptr) listener->on_fault(entry);
}

std::vector<Duration*> FaultState::delays_of(const Fault& fault, const std::vector<Node*>& nodes,
                                             Process* here) {
  const auto is_end = [here](const Node& node, std::string_view name) {
    if (name == "here") return here != nullptr && &here->node() == &node;
    return is_called(node, name);
  };
  std::vector<Duration*> delays;
  for (Node* node : nodes) delays.push_back(&Kernel::state(*node).slow);
  for (const std::string& target : fault.targets) {
    const auto link = as_link(target);
    if (!link) continue;
    for (const auto& from : simulation.nodes()) {
      for (const auto& to : simulation.nodes()) {
        if (from != to && is_end(*from, link->from) && is_end(*to, link->to)) {
          delays.push_back(&kernel().network().link(*from, *to).slow);
        }
      }
    }
  }
  return delays;
}

void FaultState::strike_slow(const Fault& fault, const std::vector<Duration*>& delays) {
  for (Duration* delay : delays) *delay = *delay + fault.by;
  end_later(fault, [delays, by = fault.by] {
    for (Duration* delay : delays) *delay = *delay - by;
  });
}

Partition FaultState::partition_of(const Fault& fault, Process* here) const {
  Partition parted;
  parted.one_way = fault.one_way;
  for (const auto& group : fault.groups) {
    const std::vector<Node*> nodes = nodes_of(group, here);
    parted.groups.emplace_back(nodes.begin(), nodes.end());
  }
  return parted;
}

void FaultState::strike_partition(const Fault& fault, Partition parted) {
  NetworkState& network = kernel().network();
  const std::uint64_t id = network.partition(std::move(parted));
  end_later(fault, [&network, id] { network.heal(id); });
}

struct FaultState::Struck {
  std::vector<Node*> nodes;
  Partition parted;
  std::vector<Duration*> delays;
};

bool FaultState::find_struck(const Fault& fault, Process* here, bool drawn, Struck& struck) {
  struck.nodes = nodes_of(fault.targets, here);
  switch (fault.kind) {
    case FaultKind::crash:
    case FaultKind::pause: {
      std::erase_if(struck.nodes, [&](Node* node) {
        const bool over = drawn && fault.kind == FaultKind::crash && !within_budget(*node);
        return !can_stop(fault, *node) || over;
      });
      // The running fiber's own process comes last: from its crash nobody returns.
      const Fiber* fiber = kernel().current;
      std::stable_partition(struck.nodes.begin(), struck.nodes.end(), [fiber](Node* node) {
        return fiber == nullptr || &fiber->process->node() != node;
      });
      return !struck.nodes.empty();
    }
    case FaultKind::partition:
      struck.parted = partition_of(fault, here);
      return struck.parted.separates_any();
    case FaultKind::slow:
      struck.delays = delays_of(fault, struck.nodes, here);
      return !struck.delays.empty();
    case FaultKind::disconnect:
      std::erase_if(struck.nodes,
                    [this](Node* node) { return !kernel().network().has_session(*node); });
      return !struck.nodes.empty();
    case FaultKind::promote:
      std::erase_if(struck.nodes, [](Node* node) {
        const Promotable* standby = Kernel::state(*node).options.promotable;
        return standby == nullptr || !standby->can_be_promoted();
      });
      return !struck.nodes.empty();
    default:
      return !struck.nodes.empty();
  }
}

// The end of a fault is work: a run is not quiet before.
void FaultState::end_later(const Fault& fault, std::function<void()> end) {
  if (fault.for_ever || fault.lasting.is_zero()) return;
  kernel().call_at(simulation.now() + fault.lasting, Activity::work, nullptr, std::move(end));
}

void FaultState::do_strike(const Fault& fault, Struck& struck) {
  switch (fault.kind) {
    case FaultKind::crash:
      for (Node* node : struck.nodes) {
        simulation.crash(*node, fault.machine, fault.disk_lost,
                         fault.for_ever ? std::nullopt : std::optional(fault.lasting));
      }
      break;
    case FaultKind::pause:
      for (Node* node : struck.nodes) simulation.pause(*node, fault.lasting);
      break;
    case FaultKind::partition:
      strike_partition(fault, std::move(struck.parted));
      break;
    case FaultKind::slow:
      strike_slow(fault, struck.delays);
      break;
    case FaultKind::clock:
      for (Node* node : struck.nodes) {
        Duration& ahead = Kernel::state(*node).clock_fault;
        ahead = ahead + fault.by;
        end_later(fault, [&ahead, by = fault.by] { ahead = ahead - by; });
      }
      break;
    case FaultKind::disconnect:
      for (Node* node : struck.nodes) kernel().network().disconnect(*node);
      break;
    case FaultKind::promote:
      // It may stop the process that is running now.
      kernel().as_kernel([nodes = struck.nodes, fenced = fault.fenced] {
        for (Node* node : nodes) Kernel::state(*node).options.promotable->promote(fenced);
      });
      break;
    default:
      HALFWRITE_ASSERT(!is_asked(fault.kind), "a fault that is asked for was struck by itself");
  }
}

bool FaultState::strike(const Fault& fault, Process* here, const Address* address, bool drawn) {
  Struck struck;
  if (!find_struck(fault, here, drawn, struck)) return false;
  const bool parts = fault.kind == FaultKind::partition;
  std::vector<std::string> names;
  for (const Node* node : struck.nodes) names.emplace_back(node->name());
  for (const std::string& target : fault.targets) {
    if (as_link(target)) names.push_back(target);
  }
  for (const auto& group : fault.groups) names.push_back(joined(group, ", "));
  const Name actor = here != nullptr        ? here->name()
                     : struck.nodes.empty() ? Name()
                                            : Kernel::state(*struck.nodes.front()).name;
  land(fault, joined(names, parts ? " | " : ", "), address, actor);
  do_strike(fault, struck);
  return true;
}

}  // namespace halfwrite::sim
