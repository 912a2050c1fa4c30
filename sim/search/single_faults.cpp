#include "sim/search/single_faults.hpp"

#include <utility>

namespace halfwrite::sim::search {

namespace {

Fault fault_at(FaultKind kind, When when, const Place& place) {
  Fault fault;
  fault.kind = kind;
  fault.anchor.when = when;
  fault.anchor.point = place.point;
  return fault;
}

Fault at_process(FaultKind kind, When when, const Place& place, Duration lasting) {
  Fault fault = fault_at(kind, when, place);
  fault.targets = {"here"};
  fault.lasting = lasting;
  return fault;
}

// The instants of one process that differ: before each wait, with the request at its peer, and
// after the last answer.
std::vector<When> moments_of(const Place& place) {
  std::vector<When> moments{When::before};
  if (place.asks) moments.push_back(When::during);
  if (place.last) moments.push_back(When::after);
  return moments;
}

FaultGroup crashes(const std::vector<Place>& places, const SingleFaultOptions& options,
                   bool machine) {
  FaultGroup group{machine ? "crash of the machine" : "crash of the process", {}};
  for (const Place& place : places) {
    for (const When when : moments_of(place)) {
      Fault fault = at_process(FaultKind::crash, when, place, options.down);
      fault.machine = machine;
      group.faults.push_back(std::move(fault));
    }
  }
  return group;
}

FaultGroup pauses(const std::vector<Place>& places, const SingleFaultOptions& options) {
  FaultGroup group{"pause past a lease", {}};
  for (const Place& place : places)
    group.faults.push_back(at_process(FaultKind::pause, When::before, place, options.pause));
  return group;
}

FaultGroup losses(const std::vector<Place>& places, FaultKind kind, std::string name) {
  FaultGroup group{std::move(name), {}};
  for (const Place& place : places)
    if (place.asks) group.faults.push_back(fault_at(kind, When::during, place));
  return group;
}

FaultGroup delays(const std::vector<Place>& places, const SingleFaultOptions& options) {
  FaultGroup group{"delay past the time-out", {}};
  for (const Place& place : places) {
    if (!place.asks) continue;
    for (const When way : {When::before, When::after}) {
      Fault fault = fault_at(FaultKind::delay, way, place);
      fault.by = options.delay;
      group.faults.push_back(std::move(fault));
    }
  }
  return group;
}

FaultGroup partitions(const std::vector<Place>& places, const std::vector<NodeName>& nodes,
                      Duration lasting) {
  FaultGroup group{"partition " + to_text(lasting), {}};
  for (const Place& place : places) {
    if (!place.asks) continue;
    Fault fault = fault_at(FaultKind::partition, When::before, place);
    fault.lasting = lasting;
    fault.groups = {{place.process}, {}};
    for (const NodeName& node : nodes)
      if (node.node != place.process) fault.groups[1].push_back(node.node);
    group.faults.push_back(std::move(fault));
  }
  return group;
}

}  // namespace

std::vector<FaultGroup> single_faults(const std::vector<Place>& places,
                                      const std::vector<NodeName>& nodes,
                                      const SingleFaultOptions& options) {
  std::vector<FaultGroup> groups;
  groups.push_back(crashes(places, options, false));
  groups.push_back(crashes(places, options, true));
  groups.push_back(losses(places, FaultKind::lose_request, "request lost"));
  groups.push_back(losses(places, FaultKind::lose_reply, "reply lost"));
  groups.push_back(delays(places, options));
  for (const Duration lasting : options.partitions)
    groups.push_back(partitions(places, nodes, lasting));
  groups.push_back(pauses(places, options));
  return groups;
}

}  // namespace halfwrite::sim::search
