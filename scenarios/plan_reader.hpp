// Fault plans and storms out of a checked tree. Whether nodes and points exist is asked elsewhere;
// here is what one item must say beyond its form: when it strikes.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "sim/fault.hpp"

#include <functional>
#include <optional>
#include <string_view>

namespace halfwrite::scenarios {

// A point of the plan, where it is written, as it was read. False: pass this point over.
using KeepPoint = std::function<bool(const Json& written, const sim::Point& point)>;

// The fault that a plan's item or a storm's rule is about.
std::optional<sim::FaultKind> fault_kind_of(const Json& item);
std::optional<sim::FaultKind> fault_kind_of(std::string_view word);

// Reports items that say no instant and no point, or several. Items of a wrong form are left out.
sim::FaultPlan read_plan(const Json& list, Findings& findings, const KeepPoint& keep);

// `faults`; its end is `until`, else `end_of_workload`.
sim::Storm read_storm(const Json& faults, Findings& findings, sim::Instant end_of_workload);

}  // namespace halfwrite::scenarios
