#include "campaign/tally.hpp"

#include "scenarios/plan_text.hpp"
#include "sim/assert.hpp"
#include "sim/draw.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::campaign {

namespace {

using Counts = std::map<std::string, std::uint64_t>;

void add_counts(Counts& into, const Counts& from) {
  for (const auto& [name, count] : from) into[name] += count;
}

// Lists of measurements, and time, grow with the runs; counts do not.
void drop_measurements(invariants::Figures& figures) {
  figures.publish_delays_nanoseconds.clear();
  figures.latencies_nanoseconds.clear();
  figures.virtual_nanoseconds = 0;
  for (auto& [event, measured] : figures.by_event) measured.publish_delays_nanoseconds.clear();
  for (auto& [operation, measured] : figures.by_operation) measured.latencies_nanoseconds.clear();
}

}  // namespace

void InvariantTally::merge(const InvariantTally& other) {
  HALFWRITE_ASSERT(name == other.name, "tallies of different invariants are merged");
  vacuous += other.vacuous;
  parked += other.parked;
  not_allowed += other.not_allowed;
  violating.merge(other.violating);
  vacuous_because.merge(other.vacuous_because);
  add_counts(violating_with, other.violating_with);
}

VariantTally::VariantTally(std::string variant, std::uint64_t keep_first)
    : name(std::move(variant)), keep(keep_first), stuck(keep_first), divergences(keep_first) {}

void VariantTally::add_verdict(InvariantTally& tally, const invariants::Verdict& verdict,
                               std::uint64_t place, const sim::search::Swarm& swarm) {
  tally.parked += verdict.parked;
  if (verdict.outcome == invariants::Outcome::vacuous) {
    ++tally.vacuous;
    tally.vacuous_because.add(place, [&] { return verdict.vacuous_because; });
  } else if (verdict.outcome == invariants::Outcome::violated) {
    tally.not_allowed += verdict.allowed_by_config ? 0 : 1;
    for (const sim::StormRule& rule : swarm.storm.rules)
      ++tally.violating_with[sim::to_text(rule.kind)];
    tally.violating.add(place, [&] {
      ViolatingSeed seed;
      if (!verdict.violations.empty()) seed.first = verdict.violations.front();
      seed.drawn = swarm.drawn;
      return seed;
    });
  }
}

void VariantTally::add(std::uint64_t place, scenarios::RunOutcome&& run,
                       const sim::search::Swarm& swarm, bool own_plan) {
  ++seeds;
  runs_hash += sim::Key(run.seed).with(run.trace_hash).value();
  first_run.add(place, [&] { return run.trace_hash; });
  if (invariants.empty())
    for (const invariants::Verdict& verdict : run.verdicts) {
      InvariantTally& tally = invariants.emplace_back();
      tally.name = verdict.invariant;
      tally.violating = FirstFew<ViolatingSeed>(keep);
    }
  for (std::size_t i = 0; i < run.verdicts.size(); ++i)
    add_verdict(invariants[i], run.verdicts[i], place, swarm);
  drop_measurements(run.figures);
  invariants::merge(figures, run.figures);
  add_counts(windows_hit, run.windows_hit);
  add_counts(windows_entered, run.windows_entered);
  for (const sim::LandedFault& landed : run.landed)
    ++faults_landed[sim::to_text(landed.fault.kind)];
  faults_never_reached += run.never_reached.size();
  if (own_plan)
    for (const sim::Fault& fault : run.never_reached) ++unreached[scenarios::write_fault(fault)];
  orders_prevented += std::any_of(run.orders.begin(), run.orders.end(),
                                  [](const sim::OrderOutcome& order) { return order.prevented; })
                          ? 1
                          : 0;
  for (const sim::StormRule& rule : swarm.storm.rules) ++seeds_with[sim::to_text(rule.kind)];
  if (run.end.kind == sim::RunEnd::Kind::stuck) stuck.add(place, [&] { return run.end.waiting; });
}

void VariantTally::merge(const VariantTally& other) {
  HALFWRITE_ASSERT(name == other.name && keep == other.keep,
                   "tallies of different variants are merged");
  seeds += other.seeds;
  runs_hash += other.runs_hash;
  first_run.merge(other.first_run);
  if (invariants.empty()) {
    invariants = other.invariants;
  } else if (!other.invariants.empty()) {
    HALFWRITE_ASSERT(invariants.size() == other.invariants.size(),
                     "a variant has the same invariants in every run");
    for (std::size_t i = 0; i < invariants.size(); ++i) invariants[i].merge(other.invariants[i]);
  }
  invariants::merge(figures, other.figures);
  add_counts(windows_hit, other.windows_hit);
  add_counts(windows_entered, other.windows_entered);
  add_counts(faults_landed, other.faults_landed);
  faults_never_reached += other.faults_never_reached;
  add_counts(unreached, other.unreached);
  orders_prevented += other.orders_prevented;
  add_counts(seeds_with, other.seeds_with);
  stuck.merge(other.stuck);
  repeated += other.repeated;
  divergences.merge(other.divergences);
}

}  // namespace halfwrite::campaign
