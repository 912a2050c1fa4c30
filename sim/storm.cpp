#include "sim/fault_state.hpp"

#include <algorithm>

namespace halfwrite::sim {

namespace {

bool named(const StormRule& rule, const NodeName& node) {
  return rule.targets.empty() ||
         std::any_of(rule.targets.begin(), rule.targets.end(), [&](const std::string& target) {
           return target == node.node || target == node.group;
         });
}

// What one tick of a rule may strike: nodes, and links that the rule names.
std::vector<std::string> candidates_of(const StormRule& rule, const std::vector<NodeName>& nodes) {
  std::vector<std::string> candidates;
  for (const NodeName& node : nodes) {
    if (named(rule, node)) candidates.push_back(node.node);
  }
  for (const std::string& target : rule.targets) {
    if (target.find(" -> ") != std::string::npos) candidates.push_back(target);
  }
  return candidates;
}

// The candidate with the highest draw: a new node takes only the ticks it wins from the others.
const std::string& chosen(const std::vector<std::string>& candidates, Key key) {
  const std::string* best = &candidates.front();
  for (const std::string& candidate : candidates) {
    if (key.with(candidate).value() > key.with(*best).value()) best = &candidate;
  }
  return *best;
}

void aim(Fault& fault, const std::string& target, const std::vector<NodeName>& nodes) {
  if (fault.kind != FaultKind::partition) {
    fault.targets = {target};
    return;
  }
  const std::size_t arrow_at = target.find(" -> ");
  if (arrow_at != std::string::npos) {
    fault.groups = {{target.substr(0, arrow_at)}, {target.substr(arrow_at + 4)}};
    return;
  }
  fault.groups = {{target}, {}};
  for (const NodeName& node : nodes) {
    if (node.node != target) fault.groups[1].push_back(node.node);
  }
}

DurationRange gap_of(DurationRange every) {
  // A fixed rhythm still differs from seed to seed: half of it to one and a half.
  if (every.least != every.most) return every;
  return {every.least / 2, every.least / 2 * 3};
}

}  // namespace

std::vector<Fault> draw_rhythms(const Storm& storm, const std::vector<NodeName>& nodes, Key key) {
  std::vector<Fault> faults;
  for (const StormRule& rule : storm.rules) {
    if (!rule.every) continue;
    Key rule_key = key.with("rhythm").with(to_text(rule.kind));
    for (const std::string& target : rule.targets) rule_key = rule_key.with(target);
    const std::vector<std::string> candidates = candidates_of(rule, nodes);
    if (candidates.empty() && !is_asked(rule.kind)) continue;
    const DurationRange gap = gap_of(*rule.every);
    Instant at;
    for (std::uint64_t tick = 1;; ++tick) {
      const Key tick_key = rule_key.with(tick);
      const Duration drawn = Draws::between(tick_key.with("gap"), gap);
      at = at + std::max(drawn, Duration::nanoseconds(1));
      if (at >= storm.until) break;
      Fault fault = FaultState::drawn_fault(rule, tick_key);
      fault.anchor.at = at;
      fault.drawn = true;
      if (is_asked(rule.kind)) {
        fault.targets = rule.targets;
        // A disk is of one machine.
        const bool is_of_disk =
            rule.kind == FaultKind::disk_full || rule.kind == FaultKind::fail_sync;
        if (is_of_disk && !rule.targets.empty()) {
          fault.targets = {chosen(rule.targets, tick_key.with("target"))};
        }
        const bool lasts = rule.kind == FaultKind::refuse || rule.kind == FaultKind::disk_full;
        if (!lasts) fault.lasting = Duration();
      } else {
        aim(fault, chosen(candidates, tick_key.with("target")), nodes);
      }
      faults.push_back(std::move(fault));
    }
  }
  std::stable_sort(faults.begin(), faults.end(),
                   [](const Fault& a, const Fault& b) { return a.anchor.at < b.anchor.at; });
  return faults;
}

}  // namespace halfwrite::sim
