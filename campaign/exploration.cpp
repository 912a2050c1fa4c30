#include "campaign/exploration.hpp"

#include "campaign/expectation.hpp"
#include "scenarios/run.hpp"
#include "scenarios/world.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

namespace halfwrite::campaign {

namespace {

using sim::search::FaultGroup;
using sim::search::Place;
using sim::search::PlaceList;

// What one run with one plan came to.
struct Tried {
  bool done = false;
  bool landed = false;
  bool stuck = false;
  std::vector<invariants::Verdict> violated;  // with their first violation each
  std::vector<std::string> exercised;         // invariants whose premise arose
  std::map<std::string, std::uint64_t> windows_hit;
  // Crashes only: what the process passed after its start, each with a key of everything it passed
  // up to there that leaves instants out.
  std::vector<Place> recovery;
  std::vector<std::uint64_t> ways;
};

struct Try {
  std::size_t kind = 0;
  sim::FaultPlan plan;  // beside the scenario's own
};

std::size_t count_in(const std::vector<sim::Fault>& faults, const std::vector<sim::Fault>& of) {
  return static_cast<std::size_t>(std::count_if(of.begin(), of.end(), [&](const sim::Fault& fault) {
    return std::find(faults.begin(), faults.end(), fault) != faults.end();
  }));
}

// The processes that a plan crashed: only what they do after the crash is recovery.
bool crashes(const sim::FaultPlan& plan) {
  return plan.faults.size() == 1 && plan.faults.front().kind == sim::FaultKind::crash;
}

class Explorer {
 public:
  Explorer(const scenarios::ScenarioFile& file, const scenarios::Variant& variant,
           const ExplorationOptions& options)
      : variant_(variant),
        options_(options),
        scenario_(reduced(variant.scenario, first_requests(variant.scenario, options.operations))) {
    if (variant.scenario.plan) own_ = *variant.scenario.plan;
    scenario_.plan = own_;
    outcome_.own_items = own_.faults.size() + own_.orders.size();
    outcome_.path = file.path;
    outcome_.scenario = file.name;
    outcome_.variant = variant.name;
    outcome_.seed = options.seed;
    outcome_.claims = is_a_claim(variant.expectation);
    outcome_.requested = options.operations;
    jobs_ = jobs_or_cores(options.jobs);
  }

  ExplorationOutcome explore() {
    const std::vector<Place> places = run_without_further_fault();
    const std::vector<FaultGroup> groups =
        sim::search::single_faults(places, nodes_of(scenario_), options_.faults);
    std::vector<Try> tries;
    for (const FaultGroup& group : groups) {
      add_kind(group.kind, group.faults.size());
      for (const sim::Fault& fault : group.faults)
        tries.push_back({outcome_.kinds.size() - 1, {{fault}, {}}});
    }
    const std::vector<Tried> results = run_all(tries, options_.recovery);
    fold(tries, results);
    // A signal between the two parts leaves recoveries untried that nobody has counted yet.
    outcome_.interrupted = options_.recovery && interrupted();
    if (options_.recovery && !outcome_.interrupted) explore_recoveries(tries, results);
    if (outcome_.tried() < outcome_.places()) outcome_.interrupted = true;
    finish();
    return std::move(outcome_);
  }

 private:
  bool interrupted() const { return options_.interrupt != nullptr && options_.interrupt->load(); }

  void add_kind(std::string name, std::uint64_t places) {
    ExploredKind& kind = outcome_.kinds.emplace_back();
    kind.kind = std::move(name);
    kind.places = places;
  }

  scenarios::RunRequest request(const sim::FaultPlan& plan) const {
    scenarios::RunRequest request;
    request.scenario = &scenario_;
    request.seed = options_.seed;
    request.plan = complete(plan);
    return request;
  }

  sim::FaultPlan complete(const sim::FaultPlan& further) const {
    sim::FaultPlan plan = own_;
    plan.faults.insert(plan.faults.end(), further.faults.begin(), further.faults.end());
    return plan;
  }

  // Did all that is tried strike, beside what the own plan did?
  bool landed(const scenarios::RunOutcome& run, const sim::FaultPlan& tried) const {
    if (count_in(run.never_reached, tried.faults) + count_in(run.found_nothing, tried.faults) > 0)
      return false;
    const std::size_t own = own_.faults.size() - count_in(run.never_reached, own_.faults) -
                            count_in(run.found_nothing, own_.faults);
    return run.landed.size() >= own + tried.faults.size();
  }

  std::vector<Place> run_without_further_fault() {
    PlaceList list;
    scenarios::RunRequest calm = request({});
    calm.trace_sink = &list;
    calm.keep_addresses = true;
    scenarios::Runner runner;
    const scenarios::RunOutcome run = runner.run(calm);
    outcome_.waits = run.waits;
    outcome_.own_unreached = count_in(run.never_reached, own_.faults);
    if (run.end.kind == sim::RunEnd::Kind::stuck) outcome_.first_stuck = own_;
    outcome_.schedule = run.trace_hash;
    outcome_.messages = list.messages();
    outcome_.processes = list.processes().size();
    for (const service::Load& load : variant_.scenario.workload)
      outcome_.left_out += load.count - std::min(load.count, options_.operations);
    for (const service::Load& load : scenario_.workload)
      outcome_.operations += std::min(load.count, load.last_made());
    for (const invariants::Verdict& verdict : run.verdicts) {
      if (verdict.outcome != invariants::Outcome::vacuous) exercised_.insert(verdict.invariant);
      if (verdict.outcome != invariants::Outcome::violated) continue;
      broken_.insert(verdict.invariant);
      outcome_.broken_without_faults.push_back(violation_of(verdict, {}));
    }
    std::vector<Place> places = list.take();
    for (const sim::Point& moment : run.moments) {
      Place place;
      place.point = moment;
      place.process = moment.actor;
      places.push_back(std::move(place));
    }
    return places;
  }

  Tried run_one(scenarios::Runner& runner, const Try& attempt, bool list_recovery) const {
    scenarios::RunRequest run = request(attempt.plan);
    Recovery recovery(attempt.plan);
    if (list_recovery && crashes(attempt.plan)) run.trace_sink = &recovery;
    scenarios::RunOutcome outcome = runner.run(run);
    Tried tried;
    tried.done = true;
    tried.landed = landed(outcome, attempt.plan);
    tried.stuck = outcome.end.kind == sim::RunEnd::Kind::stuck;
    tried.windows_hit = std::move(outcome.windows_hit);
    for (invariants::Verdict& verdict : outcome.verdicts) {
      if (verdict.outcome != invariants::Outcome::vacuous)
        tried.exercised.push_back(verdict.invariant);
      if (verdict.outcome != invariants::Outcome::violated || broken_.contains(verdict.invariant))
        continue;
      if (verdict.violations.size() > 1) verdict.violations.resize(1);
      tried.violated.push_back(std::move(verdict));
    }
    if (run.trace_sink != nullptr) {
      tried.recovery = recovery.take();
      tried.ways = recovery.ways();
    }
    return tried;
  }

  // Lists what the crashed process does after it has started again; after each start, since the own
  // plan may crash it too.
  class Recovery : public sim::TraceSink {
   public:
    explicit Recovery(const sim::FaultPlan& plan)
        : process_(plan.faults.empty() ? "" : plan.faults.front().anchor.point.actor),
          // A machine comes back with less than a process does.
          key_(sim::Key(0).with(process_).with(
              std::uint64_t{std::any_of(plan.faults.begin(), plan.faults.end(),
                                        [](const sim::Fault& fault) { return fault.machine; })})) {}
    void on_record(const sim::TraceRecord& record, const sim::Names& names) override {
      if (names.text(record.address.actor) != process_) return;
      if (record.kind == sim::TraceKind::crashed) {
        crashed_ = true;
        booted_ = false;
        since_start_ = 0;
      }
      if (record.kind == sim::TraceKind::booted) booted_ = crashed_;
      const bool recovering = booted_ && since_start_ < most_places;
      if (recovering && record.kind == sim::TraceKind::wait) {
        key_ = key_.with(names.hash(record.address.scope.operation))
                   .with(names.hash(record.address.scope.identity.source))
                   .with(record.address.scope.activity == sim::Activity::idle
                             ? 0
                             : record.address.scope.identity.number)
                   .with(names.hash(record.address.step));
        ways_.push_back(key_.value());
        ++since_start_;
      }
      list_.list(recovering);
      list_.on_record(record, names);
    }
    std::vector<Place> take() { return list_.take(); }
    std::vector<std::uint64_t> ways() { return std::move(ways_); }

   private:
    // What a process does first after a start; later on it is at work as before.
    static constexpr std::size_t most_places = 24;
    std::string process_;
    bool crashed_ = false;
    bool booted_ = false;
    std::size_t since_start_ = 0;
    sim::Key key_;
    std::vector<std::uint64_t> ways_;
    PlaceList list_;
  };

  std::vector<Tried> run_all(const std::vector<Try>& tries, bool list_recovery) {
    std::vector<Tried> results(tries.size());
    std::atomic<std::size_t> next{0};
    std::atomic<unsigned> working{jobs_};
    {
      std::vector<std::jthread> workers;
      for (unsigned job = 0; job < jobs_; ++job)
        workers.emplace_back([&] {
          scenarios::Runner runner;
          for (std::size_t i = next.fetch_add(1); i < tries.size() && !interrupted();
               i = next.fetch_add(1))
            results[i] = run_one(runner, tries[i], list_recovery);
          working.fetch_sub(1);
        });
      while (working.load() > 0) {
        if (options_.progress) options_.progress(std::min(next.load(), tries.size()), tries.size());
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    }
    return results;
  }

  void fold(const std::vector<Try>& tries, const std::vector<Tried>& results) {
    for (std::size_t i = 0; i < tries.size(); ++i) {
      const Tried& tried = results[i];
      if (!tried.done) continue;
      ExploredKind& kind = outcome_.kinds[tries[i].kind];
      ++kind.tried;
      kind.landed += tried.landed ? 1 : 0;
      kind.stuck += tried.stuck ? 1 : 0;
      kind.violations += tried.violated.empty() ? 0 : 1;
      if (tried.stuck && !outcome_.first_stuck) outcome_.first_stuck = complete(tries[i].plan);
      exercised_.insert(tried.exercised.begin(), tried.exercised.end());
      for (const auto& [window, hits] : tried.windows_hit)
        if (hits > 0) kind.windows_hit[window] += hits;
      for (const invariants::Verdict& verdict : tried.violated) note(verdict, tries[i].plan);
    }
  }

  ExploredViolation violation_of(const invariants::Verdict& verdict,
                                 const sim::FaultPlan& further) const {
    ExploredViolation violation;
    violation.invariant = verdict.invariant;
    violation.plan = complete(further);
    if (!verdict.violations.empty()) violation.first = verdict.violations.front();
    violation.expected = variant_.expectation.about(verdict.invariant).verdict;
    return violation;
  }

  void note(const invariants::Verdict& verdict, const sim::FaultPlan& plan) {
    auto known =
        std::find_if(outcome_.violations.begin(), outcome_.violations.end(),
                     [&](const ExploredViolation& v) { return v.invariant == verdict.invariant; });
    if (known == outcome_.violations.end()) {
      outcome_.violations.push_back(violation_of(verdict, plan));
      known = outcome_.violations.end() - 1;
    }
    ++(plan.faults.size() == 1 ? known->faults : known->recoveries);
  }

  // A process that comes back passes the same places after most crashes: each way up to a place is
  // tried once.
  void explore_recoveries(const std::vector<Try>& tries, const std::vector<Tried>& results) {
    std::set<std::uint64_t> seen;
    std::vector<Try> second;
    add_kind("crash during recovery", 0);
    const std::size_t kind = outcome_.kinds.size() - 1;
    for (std::size_t i = 0; i < tries.size(); ++i) {
      for (std::size_t place = 0; place < results[i].recovery.size(); ++place) {
        if (!seen.insert(results[i].ways[place]).second) continue;
        Try again{kind, tries[i].plan};
        sim::Fault crash = tries[i].plan.faults.front();
        crash.anchor.when = sim::When::before;
        crash.anchor.point = results[i].recovery[place].point;
        again.plan.faults.push_back(std::move(crash));
        second.push_back(std::move(again));
      }
    }
    outcome_.kinds[kind].places = second.size();
    fold(second, run_all(second, false));
  }

  void finish() {
    for (const scenarios::Invariant& invariant : scenario_.invariants) {
      const std::string& name = name_of(invariant);
      const bool broken =
          std::any_of(outcome_.violations.begin(), outcome_.violations.end(),
                      [&](const ExploredViolation& v) { return v.invariant == name; });
      if (broken || broken_.contains(name)) continue;
      (exercised_.contains(name) ? outcome_.held : outcome_.not_exercised).push_back(name);
    }
  }

  const scenarios::Variant& variant_;
  const ExplorationOptions& options_;
  scenarios::Scenario scenario_;
  unsigned jobs_ = 1;
  sim::FaultPlan own_;               // the scenario's plan, part of every try
  std::set<std::string> broken_;     // by the own plan alone
  std::set<std::string> exercised_;  // by any run
  ExplorationOutcome outcome_;
};

}  // namespace

std::uint64_t ExplorationOutcome::places() const {
  std::uint64_t sum = 0;
  for (const ExploredKind& kind : kinds) sum += kind.places;
  return sum;
}
std::uint64_t ExplorationOutcome::tried() const {
  std::uint64_t sum = 0;
  for (const ExploredKind& kind : kinds) sum += kind.tried;
  return sum;
}

ExitCode exit_code_of(const ExplorationOutcome& outcome) {
  if (outcome.interrupted) return ExitCode::interrupted;
  const auto any_unexpected = [](const std::vector<ExploredViolation>& violations) {
    return std::any_of(violations.begin(), violations.end(), [](const auto& violation) {
      return violation.expected == scenarios::ExpectedVerdict::holds;
    });
  };
  const bool unexpected =
      any_unexpected(outcome.violations) || any_unexpected(outcome.broken_without_faults);
  return unexpected || outcome.first_stuck ? ExitCode::not_met : ExitCode::as_expected;
}

ExplorationOutcome explore(const scenarios::ScenarioFile& file, const scenarios::Variant& variant,
                           const ExplorationOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  ExplorationOutcome outcome = Explorer(file, variant, options).explore();
  outcome.wall_milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::steady_clock::now() - start)
                                  .count();
  return outcome;
}

}  // namespace halfwrite::campaign
