#include "campaign/shrinking.hpp"

#include "campaign/swarm_sampling.hpp"
#include "sim/assert.hpp"
#include "sim/exact_point.hpp"
#include "sim/fault_kinds.hpp"
#include "sim/search/delta_debugging.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace halfwrite::campaign {

namespace {

using scenarios::Reduction;
using sim::search::Parts;

// A request by load and number.
using Request = std::pair<std::string, std::uint64_t>;

// A run as far as it can be made smaller.
struct Candidate {
  sim::FaultPlan plan;
  std::vector<Request> requests;  // ascending
  std::map<std::string, std::uint32_t> instances;
};

const invariants::Verdict* violated(const scenarios::RunOutcome& outcome,
                                    const std::string& invariant) {
  for (const invariants::Verdict& verdict : outcome.verdicts)
    if (verdict.outcome == invariants::Outcome::violated &&
        (invariant.empty() || verdict.invariant == invariant))
      return &verdict;
  return nullptr;
}

std::vector<Request> all_requests(const scenarios::Scenario& scenario, const Reduction& reduction) {
  std::vector<Request> requests;
  for (const service::Load& load : reduced(scenario, reduction).workload)
    for (std::uint64_t number = 1; number <= load.count; ++number)
      if (load.makes(number)) requests.emplace_back(load.name, number);
  std::sort(requests.begin(), requests.end());
  return requests;
}

std::optional<sim::Point> point_of(const sim::LandedFault& landed) {
  if (landed.address.empty()) return std::nullopt;
  auto point = sim::parse_point(landed.address);
  if (!point) return std::nullopt;
  return std::move(*point);
}

// The last wait that a process began before an instant on behalf of each request, the latest of
// them first.
class LastWork : public sim::TraceSink {
 public:
  struct Wait {
    std::uint64_t intent = 0;  // the request's number
    sim::Point point;
  };
  LastWork(std::string process, sim::Instant until) : process_(std::move(process)), until_(until) {}
  void on_record(const sim::TraceRecord& record, const sim::Names& names) override {
    const sim::Scope& scope = record.address.scope;
    if (record.kind != sim::TraceKind::wait || record.at >= until_ || scope.identity.empty())
      return;
    if (scope.activity == sim::Activity::idle || names.text(record.address.actor) != process_)
      return;
    sim::Point point = exact_point(names, record.address);
    const std::uint64_t intent = scope.identity.number;
    std::erase_if(waits_, [&](const Wait& wait) { return wait.intent == intent; });
    waits_.insert(waits_.begin(), Wait{intent, std::move(point)});
  }
  const std::vector<Wait>& waits() const { return waits_; }

 private:
  std::string process_;
  sim::Instant until_;
  std::vector<Wait> waits_;
};

class Shrinker {
 public:
  Shrinker(const ShrinkRequest& request, std::string invariant)
      : request_(request), invariant_(std::move(invariant)) {}

  // The run as it was found, with what landed as its plan. False: as a plan it does not break the
  // invariant.
  bool begin(const scenarios::RunOutcome& found) {
    best_.plan = found.landed_plan;
    best_.requests = all_requests(request_.variant->scenario, request_.reduction);
    best_.instances = request_.reduction.instances;
    if (!breaks(best_)) return false;
    landed_ = found.landed;
    return true;
  }

  void make_smaller(const invariants::Verdict& verdict) {
    // One fault and the requests of one intent are most often enough, and such runs are short. Else
    // what is left out first, requests, makes later tries cheaper.
    if (!keep_one_fault(requests_of(verdict))) {
      anchor_faults();
      if (!keep_one_fault(best_.requests)) drop_requests(verdict);
    }
    drop_what_can_go(verdict);
    if (round_times()) drop_what_can_go(verdict);
    // At a place instead of an instant, a fault does without the requests that it was timed by.
    if (anchor_to_work()) drop_what_can_go(verdict);
  }

  Shrunk finish() {
    Shrunk shrunk;
    shrunk.invariant = invariant_;
    shrunk.plan = best_.plan;
    shrunk.reduction = reduction_of(best_);
    shrunk.requests = best_.requests.size();
    shrunk.tries = tries_;
    shrunk.minimal = minimal_;
    shrunk.outcome = run(best_, true);
    return shrunk;
  }

 private:
  Reduction reduction_of(const Candidate& candidate) const {
    Reduction reduction;
    reduction.instances = candidate.instances;
    for (const service::Load& load : request_.variant->scenario.workload)
      reduction.requests[load.name];
    for (const auto& [load, number] : candidate.requests)
      reduction.requests[load].push_back(number);
    for (const service::Load& load : request_.variant->scenario.workload)
      if (reduction.requests[load.name].size() == load.count) reduction.requests.erase(load.name);
    return reduction;
  }

  scenarios::RunOutcome run(const Candidate& candidate, bool keep_history,
                            sim::TraceSink* sink = nullptr) {
    const scenarios::Scenario less = reduced(request_.variant->scenario, reduction_of(candidate));
    scenarios::RunRequest run;
    run.scenario = &less;
    run.seed = request_.seed;
    run.plan = candidate.plan;
    run.keep_history = keep_history;
    run.trace_sink = sink;
    return runner_.run(run);
  }

  bool breaks(const Candidate& candidate) {
    ++tries_;
    requests_made_ += candidate.requests.size();
    return violated(run(candidate, false), invariant_) != nullptr;
  }
  bool keep_if_breaking(Candidate candidate) {
    if (tries_left() == 0) {
      minimal_ = false;
      return false;
    }
    if (!breaks(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  std::uint64_t tries_left() const {
    if (request_.interrupt != nullptr && request_.interrupt->load()) return 0;
    if (requests_made_ >= request_.most_requests) return 0;
    return request_.most_tries - std::min(request_.most_tries, tries_);
  }

  void drop_what_can_go(const invariants::Verdict& verdict) {
    std::size_t size = 0;
    do {
      size = size_of_best();
      drop_faults();
      drop_instances();
      drop_requests(verdict);
    } while (size_of_best() < size);
  }

  // Where a fault at an instant struck when the run was found, as a fault at that place.
  std::optional<sim::Fault> anchored(const sim::Fault& fault) const {
    if (fault.anchor.when != sim::When::at) return std::nullopt;
    const auto struck =
        std::find_if(landed_.begin(), landed_.end(),
                     [&](const sim::LandedFault& landed) { return landed.fault == fault; });
    const auto point = struck == landed_.end() ? std::nullopt : point_of(*struck);
    if (!point) return std::nullopt;
    sim::Fault there = fault;
    there.anchor = {sim::When::during, {}, *point};
    // At a place it strikes one use; from an instant on it went on for a time.
    if (sim::row_of(fault.kind).is_of_one_message) there.lasting = sim::Duration();
    return there;
  }

  // A fault at an instant moves to the place it struck, if it has the same effect there: an instant
  // means nothing once other requests are gone.
  void anchor_faults() {
    for (std::size_t i = 0; i < best_.plan.faults.size(); ++i) {
      const auto there = anchored(best_.plan.faults[i]);
      if (!there) continue;
      Candidate candidate = best_;
      candidate.plan.faults[i] = *there;
      (void)keep_if_breaking(std::move(candidate));
    }
  }

  // An instant that struck a process at work is told by what the process was about to do, or waited
  // for.
  // True: some fault moved.
  bool anchor_to_work() {
    bool moved = false;
    for (std::size_t i = 0; i < best_.plan.faults.size(); ++i) {
      const sim::Fault fault = best_.plan.faults[i];
      const bool stops = fault.kind == sim::FaultKind::crash || fault.kind == sim::FaultKind::pause;
      if (!stops || fault.anchor.when != sim::When::at || fault.targets.size() != 1) continue;
      LastWork work(fault.targets.front(), fault.anchor.at);
      (void)run(best_, false, &work);
      // A place in the work of the one request that matters is better than the instant it was timed
      // by.
      moved = keep_anchored(i, work, true) || keep_anchored(i, work, false) || moved;
    }
    return moved;
  }
  bool keep_anchored(std::size_t fault, const LastWork& work, bool alone) {
    for (const LastWork::Wait& wait : work.waits()) {
      for (const sim::When when : {sim::When::before, sim::When::during, sim::When::after}) {
        Candidate anchored = best_;
        anchored.plan.faults[fault].anchor = {when, {}, wait.point};
        if (alone)
          std::erase_if(anchored.requests,
                        [&](const Request& r) { return r.second != wait.intent; });
        if (keep_if_breaking(std::move(anchored))) return true;
      }
    }
    return false;
  }

  // Leaves out parts of the best run; `with_parts` says what a run with these parts alone is.
  void leave_out(std::size_t parts, const std::function<Candidate(const Parts&)>& with_parts,
                 const Parts& guess) {
    if (parts == 0) return;
    // An interruption in the middle answers "it holds" to all that is left to ask.
    const auto reduction = sim::search::reduce(
        parts, [&](const Parts& kept) { return tries_left() > 0 && breaks(with_parts(kept)); },
        tries_left(), guess);
    minimal_ = minimal_ && reduction.minimal;
    best_ = with_parts(reduction.kept);
  }

  std::vector<Request> requests_of(const invariants::Verdict& verdict) const {
    std::vector<Request> requests;
    const std::uint64_t intent =
        verdict.violations.empty() ? 0 : verdict.violations.front().intent.number;
    // Requests of one number often belong together: an order and its payment.
    for (const Request& request : best_.requests)
      if (intent != 0 && intent == request.second) requests.push_back(request);
    return requests;
  }
  bool keep_one_fault(const std::vector<Request>& requests) {
    if (requests.empty()) return false;
    for (std::size_t fault = 0; fault < best_.plan.faults.size(); ++fault) {
      Candidate candidate = best_;
      candidate.plan = {};
      candidate.requests = requests;
      if (const auto there = anchored(best_.plan.faults[fault])) {
        candidate.plan.faults = {*there};
        if (keep_if_breaking(candidate)) return true;
      }
      candidate.plan.faults = {best_.plan.faults[fault]};
      if (keep_if_breaking(std::move(candidate))) return true;
    }
    return false;
  }

  void drop_faults() {
    const Candidate whole = best_;
    const std::size_t faults = whole.plan.faults.size();
    leave_out(faults + whole.plan.orders.size(),
              [&](const Parts& kept) {
                Candidate candidate = whole;
                candidate.plan = {};
                for (const std::size_t part : kept) {
                  if (part < faults) {
                    candidate.plan.faults.push_back(whole.plan.faults[part]);
                  } else {
                    candidate.plan.orders.push_back(whole.plan.orders[part - faults]);
                  }
                }
                return candidate;
              },
              {});
  }

  void drop_requests(const invariants::Verdict& verdict) {
    const Candidate whole = best_;
    const std::vector<Request> likely = requests_of(verdict);
    Parts guess;
    for (std::size_t i = 0; i < whole.requests.size(); ++i)
      if (std::find(likely.begin(), likely.end(), whole.requests[i]) != likely.end())
        guess.push_back(i);
    leave_out(
        whole.requests.size(),
        [&](const Parts& kept) {
          Candidate candidate = whole;
          candidate.requests.clear();
          for (const std::size_t part : kept) candidate.requests.push_back(whole.requests[part]);
          return candidate;
        },
        guess);
  }

  std::size_t size_of_best() const {
    return best_.plan.faults.size() + best_.plan.orders.size() + best_.requests.size() +
           spare_instances();
  }
  std::uint32_t instances_of(const service::Settings& service) const {
    const auto fewer = best_.instances.find(service.name);
    return fewer == best_.instances.end() ? service.instances : fewer->second;
  }
  std::size_t spare_instances() const {
    std::size_t spare = 0;
    for (const service::Settings& service : request_.variant->scenario.services)
      spare += instances_of(service) - 1;
    return spare;
  }
  bool keep_with_instances(const service::Settings& service, std::uint32_t instances) {
    Candidate candidate = best_;
    candidate.instances[service.name] = instances;
    return keep_if_breaking(std::move(candidate));
  }
  void drop_instances() {
    for (const service::Settings& service : request_.variant->scenario.services) {
      if (instances_of(service) == 1 || keep_with_instances(service, 1)) continue;
      while (instances_of(service) > 2 && keep_with_instances(service, instances_of(service) - 1)) {
      }
    }
  }

  // Instants and lengths that are easy to read: one digit, else two, else three.
  static sim::Duration rounded(sim::Duration duration, int digits) {
    const std::int64_t value = duration.in_nanoseconds();
    std::int64_t unit = 1;
    std::int64_t limit = 1;
    for (int i = 0; i < digits; ++i) limit *= 10;
    while (value / unit >= limit) unit *= 10;
    return sim::Duration::nanoseconds((value + unit / 2) / unit * unit);
  }
  // True: some time changed; a rounder one may do the work of another fault.
  bool round_times() {
    const sim::FaultPlan before = best_.plan;
    for (std::size_t i = 0; i < best_.plan.faults.size(); ++i) {
      round_one(i, [](sim::Fault& fault) -> sim::Duration& { return fault.lasting; });
      round_one(i, [](sim::Fault& fault) -> sim::Duration& { return fault.by; });
      if (best_.plan.faults[i].anchor.when == sim::When::at) round_instant(i);
    }
    return best_.plan != before;
  }
  void round_one(std::size_t fault, const std::function<sim::Duration&(sim::Fault&)>& time) {
    for (const int digits : {1, 2, 3}) {
      Candidate candidate = best_;
      sim::Duration& value = time(candidate.plan.faults[fault]);
      const sim::Duration round = rounded(value, digits);
      if (round == value) return;
      value = round;
      if (keep_if_breaking(std::move(candidate))) return;
    }
  }
  void round_instant(std::size_t fault) {
    for (const int digits : {1, 2, 3, 4}) {
      Candidate candidate = best_;
      sim::Instant& at = candidate.plan.faults[fault].anchor.at;
      const sim::Instant round = sim::Instant::at(rounded(at.since_start(), digits));
      if (round == at) return;
      at = round;
      if (keep_if_breaking(std::move(candidate))) return;
    }
  }

  const ShrinkRequest& request_;
  std::string invariant_;
  scenarios::Runner runner_;
  Candidate best_;
  std::vector<sim::LandedFault> landed_;  // when it was found
  std::uint64_t tries_ = 0;
  std::uint64_t requests_made_ = 0;  // over all tries
  bool minimal_ = true;
};

}  // namespace

std::optional<Shrunk> shrink(const ShrinkRequest& request) {
  const scenarios::Scenario whole = reduced(request.variant->scenario, request.reduction);
  scenarios::RunRequest run;
  run.scenario = &whole;
  run.seed = request.seed;
  run.plan = request.plan;
  if (request.swarm) (void)take_swarm(run);
  scenarios::Runner runner;
  const scenarios::RunOutcome found = runner.run(run);
  const invariants::Verdict* const verdict = violated(found, request.invariant);
  if (verdict == nullptr) return std::nullopt;
  Shrinker shrinker(request, verdict->invariant);
  const bool replayed = shrinker.begin(found);
  HALFWRITE_ASSERT(replayed, "the plan of what landed does not break what the run broke");
  shrinker.make_smaller(*verdict);
  Shrunk shrunk = shrinker.finish();
  shrunk.faults_before = found.landed.size();
  shrunk.requests_before = all_requests(request.variant->scenario, request.reduction).size();
  return shrunk;
}

}  // namespace halfwrite::campaign
