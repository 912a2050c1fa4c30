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
                              (fault.blocking ? 16u : 0u);
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
  if (listener != nullptr) listener->on_fault(entry);
}

void FaultState::strike_slow(const Fault& fault, const std::vector<Node*>& nodes) {
  std::vector<Duration*> added;
  for (Node* node : nodes) added.push_back(&Kernel::state(*node).slow);
  for (const std::string& target : fault.targets) {
    const auto link = as_link(target);
    if (!link) continue;
    for (const auto& from : simulation.nodes()) {
      for (const auto& to : simulation.nodes()) {
        if (is_called(*from, link->from) && is_called(*to, link->to)) {
          added.push_back(&kernel().network().link(*from, *to).slow);
        }
      }
    }
  }
  for (Duration* extra : added) *extra = *extra + fault.by;
  end_later(fault, [added, by = fault.by] {
    for (Duration* extra : added) *extra = *extra - by;
  });
}

void FaultState::strike_partition(const Fault& fault, Process* here) {
  std::vector<std::string> sides[2];
  for (std::size_t side = 0; side < fault.groups.size(); ++side) {
    for (Node* node : nodes_of(fault.groups[side], here)) {
      sides[side == 0 ? 0 : 1].emplace_back(node->name());
    }
  }
  NetworkState& network = kernel().network();
  const std::uint64_t id =
      network.partition(std::move(sides[0]), std::move(sides[1]), fault.one_way);
  end_later(fault, [&network, id] { network.heal(id); });
}

// The end of a fault is work: a run is not quiet before.
void FaultState::end_later(const Fault& fault, std::function<void()> end) {
  if (fault.for_ever || fault.lasting.is_zero()) return;
  kernel().call_at(simulation.now() + fault.lasting, Activity::work, nullptr, std::move(end));
}

bool FaultState::strike(const Fault& fault, Process* here, const Address* address, bool drawn) {
  std::vector<Node*> nodes = nodes_of(fault.targets, here);
  const bool stops = fault.kind == FaultKind::crash || fault.kind == FaultKind::pause;
  if (stops) {
    std::erase_if(nodes, [&](Node* node) {
      const bool over = drawn && fault.kind == FaultKind::crash && !within_budget(*node);
      return !node->is_up() || over;
    });
    if (nodes.empty()) return false;
    // The running fiber's own process comes last: from its crash nobody returns.
    const Fiber* fiber = kernel().current;
    std::stable_partition(nodes.begin(), nodes.end(), [fiber](Node* node) {
      return fiber == nullptr || &fiber->process->node() != node;
    });
  }
  std::vector<std::string> names;
  for (Node* node : nodes) names.emplace_back(node->name());
  if (nodes.empty()) names = fault.targets;
  if (fault.kind == FaultKind::partition) {
    names.clear();
    for (const auto& group : fault.groups) names.push_back(joined(group, ", "));
  }
  const Name actor = here != nullptr ? here->name()
                     : nodes.empty() ? Name()
                                     : Kernel::state(*nodes.front()).name;
  land(fault, joined(names, fault.kind == FaultKind::partition ? " | " : ", "), address, actor);
  switch (fault.kind) {
    case FaultKind::crash:
      for (Node* node : nodes) {
        simulation.crash(*node, fault.machine, fault.disk_lost,
                         fault.for_ever ? std::nullopt : std::optional(fault.lasting));
      }
      break;
    case FaultKind::pause:
      for (Node* node : nodes) simulation.pause(*node, fault.lasting);
      break;
    case FaultKind::partition:
      strike_partition(fault, here);
      break;
    case FaultKind::slow:
      strike_slow(fault, nodes);
      break;
    case FaultKind::clock:
      for (Node* node : nodes) {
        Duration& offset = Kernel::state(*node).clock_fault;
        offset = offset + fault.by;
        end_later(fault, [&offset, by = fault.by] { offset = offset - by; });
      }
      break;
    case FaultKind::disconnect:
      for (Node* node : nodes) kernel().network().disconnect(*node);
      break;
    default:
      HALFWRITE_ASSERT(!is_asked(fault.kind), "a fault that is asked for was struck by itself");
  }
  return true;
}

}  // namespace halfwrite::sim
