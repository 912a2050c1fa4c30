#include "campaign/sweep.hpp"

#include "campaign/campaign.hpp"
#include "campaign/swarm_sampling.hpp"
#include "campaign/trace_comparison.hpp"
#include "sim/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

namespace halfwrite::campaign {

namespace {

using Clock = std::chrono::steady_clock;

// Hands out the runs, seed after seed through all variants. Whoever took one finishes it, and a
// seed that was begun is finished whatever happens: so what is done is the seeds before the next
// one.
class Schedule {
 public:
  struct Run {
    std::uint64_t place = 0;
    std::size_t variant = 0;
  };

  Schedule(PlaceRanges places, std::size_t variants, const SweepOptions& options)
      : places_(std::move(places)), variants_(variants), interrupt_(options.interrupt) {
    if (options.budget) ends_ = Clock::now() + *options.budget;
    if (!places_.empty()) next_ = {places_.front().first, 0};
  }

  std::optional<Run> take() {
    const std::lock_guard lock(mutex_);
    if (range_ == places_.size() || (next_.variant == 0 && is_over())) return std::nullopt;
    const Run run = next_;
    ++handed_out_;
    if (++next_.variant < variants_) return run;
    next_.variant = 0;
    if (next_.place < places_[range_].last) {
      ++next_.place;
    } else if (++range_ < places_.size()) {
      next_.place = places_[range_].first;
    }
    return run;
  }

  bool has_more() const {
    const std::lock_guard lock(mutex_);
    return range_ < places_.size();
  }
  std::uint64_t all() const { return count_of(places_) * variants_; }
  std::uint64_t handed_out() const {
    const std::lock_guard lock(mutex_);
    return handed_out_;
  }
  // Once nobody works any more.
  PlaceRanges done() const {
    PlaceRanges done(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(range_));
    if (range_ < places_.size() && next_.place > places_[range_].first)
      done.push_back({places_[range_].first, next_.place - 1});
    return done;
  }

 private:
  bool is_over() const {
    if (interrupt_ != nullptr && interrupt_->load(std::memory_order_relaxed)) return true;
    return ends_ && handed_out_ > 0 && Clock::now() >= *ends_;
  }

  const PlaceRanges places_;
  const std::size_t variants_;
  const std::atomic<bool>* interrupt_;
  std::optional<Clock::time_point> ends_;
  mutable std::mutex mutex_;
  std::size_t range_ = 0;
  Run next_;
  std::uint64_t handed_out_ = 0;
};

scenarios::RunRequest request_of(const scenarios::Scenario& scenario, const SweepSubject& subject,
                                 std::uint64_t place, sim::search::Swarm& swarm) {
  scenarios::RunRequest request;
  request.scenario = &scenario;
  request.seed = subject.seeds.at(place);
  if (subject.swarm) swarm = swarm_of(scenario, request.seed);
  if (!swarm.storm.rules.empty()) request.storm = swarm.storm;
  return request;
}

// One thread's part of the work; what it counts is its own until it is done.
class Worker {
 public:
  Worker(const std::vector<const scenarios::Variant*>& variants, const SweepSubject& subject,
         std::uint64_t guard)
      : variants_(variants), subject_(subject), guard_(guard) {
    for (const scenarios::Variant* variant : variants)
      tallies_.emplace_back(variant->name, subject.keep);
  }

  void work(Schedule& schedule) {
    scenarios::Runner runner;
    while (const auto next = schedule.take()) do_one(runner, *next);
  }
  const std::vector<VariantTally>& tallies() const { return tallies_; }

 private:
  void do_one(scenarios::Runner& runner, const Schedule::Run& next) {
    sim::search::Swarm swarm;
    const auto request = request_of(variants_[next.variant]->scenario, subject_, next.place, swarm);
    scenarios::RunOutcome run = runner.run(request);
    if (guard_ != 0 && (next.place - subject_.seeds.places().first) % guard_ == 0)
      repeat(request, next, run.trace_hash);
    tallies_[next.variant].add(next.place, std::move(run), swarm,
                               request.scenario->plan.has_value());
  }

  // By a runner of its own, on other memory, which has not seen the runs before.
  void repeat(const scenarios::RunRequest& request, const Schedule::Run& next,
              std::uint64_t first_hash) {
    VariantTally& tally = tallies_[next.variant];
    ++tally.repeated;
    scenarios::Runner fresh;
    const std::uint64_t second_hash = fresh.run(request).trace_hash;
    if (second_hash == first_hash) return;
    tally.divergences.add(next.place, [&] {
      Divergence divergence;
      divergence.variant = tally.name;
      divergence.seed = request.seed;
      divergence.first_hash = first_hash;
      divergence.second_hash = second_hash;
      divergence.difference = first_difference(fresh, request);
      return divergence;
    });
  }

  const std::vector<const scenarios::Variant*>& variants_;
  const SweepSubject& subject_;
  std::uint64_t guard_;
  std::vector<VariantTally> tallies_;
};

void run_on_threads(Schedule& schedule, std::vector<Worker>& workers, const SweepOptions& options) {
  std::vector<std::jthread> threads;
  std::atomic<std::size_t> working{workers.size()};
  for (Worker& worker : workers)
    threads.emplace_back([&schedule, &working, &worker] {
      worker.work(schedule);
      working.fetch_sub(1);
    });
  while (working.load() > 0) {
    if (options.progress) options.progress(schedule.handed_out(), schedule.all());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

SweepOutcome not_begun(SweepSubject subject, const std::vector<std::string>& variants) {
  SweepOutcome outcome;
  for (const std::string& variant : variants) outcome.variants.emplace_back(variant, subject.keep);
  outcome.subject = std::move(subject);
  return outcome;
}

SweepOutcome sweep(const scenarios::ScenarioFile& file, const SweepOptions& options,
                   SweepOutcome outcome) {
  const auto start = Clock::now();
  std::vector<const scenarios::Variant*> variants;
  for (VariantTally& tally : outcome.variants) {
    variants.push_back(file.find_variant(tally.name));
    HALFWRITE_ASSERT(variants.back() != nullptr, "a sweep goes on with a file of other variants");
    for (const std::string& kind : kinds_asked_for(variants.back()->scenario))
      tally.faults_landed.try_emplace(kind, 0);
  }
  Schedule schedule(
      rest_of(outcome.subject.seeds.part(options.shard, options.shards), outcome.done),
      variants.size(), options);
  outcome.jobs = jobs_or_cores(options.jobs);
  std::vector<Worker> workers(outcome.jobs, Worker(variants, outcome.subject, options.guard));
  run_on_threads(schedule, workers, options);
  for (const Worker& worker : workers)
    for (std::size_t v = 0; v < variants.size(); ++v)
      outcome.variants[v].merge(worker.tallies()[v]);
  for (const PlaceRange& range : schedule.done()) add(outcome.done, range);
  outcome.interrupted =
      options.interrupt != nullptr && options.interrupt->load() && schedule.has_more();
  outcome.wall_milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
  return outcome;
}

namespace {

// One of which nothing is done has none yet.
bool same_invariants(const SweepOutcome& a, const SweepOutcome& b) {
  for (std::size_t v = 0; v < a.variants.size(); ++v) {
    const auto& one = a.variants[v].invariants;
    const auto& other = b.variants[v].invariants;
    if (!one.empty() && !other.empty() &&
        !std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](const auto& x, const auto& y) { return x.name == y.name; }))
      return false;
  }
  return true;
}

}  // namespace

std::optional<std::string> why_not_one(const SweepOutcome& a, const SweepOutcome& b) {
  const SweepSubject& one = a.subject;
  const SweepSubject& other = b.subject;
  if (one.scenario != other.scenario)
    return fmt::format("one is of {}, the other of {}", one.scenario, other.scenario);
  if (one.text_hash != other.text_hash)
    return fmt::format("the scenario {} was changed between them", one.scenario);
  if (one.version != other.version)
    return fmt::format("one was made by version {}, the other by {}", one.version, other.version);
  if (one.swarm != other.swarm) return "one was made with --no-swarm, the other without";
  if (one.keep != other.keep)
    return fmt::format("one was made with --keep {}, the other with {}", one.keep, other.keep);
  if (!std::equal(a.variants.begin(), a.variants.end(), b.variants.begin(), b.variants.end(),
                  [](const auto& x, const auto& y) { return x.name == y.name; }))
    return "they are of different variants";
  if (!same_invariants(a, b)) return "they are of different invariants";
  if (!SeedSet::around(one.seeds, other.seeds)) return "they list different seeds";
  if (const auto common = first_common(a.done, b.done))
    return fmt::format("seed {} is in both", one.seeds.at(*common).text());
  return std::nullopt;
}

std::optional<std::string> why_other_program(const scenarios::ScenarioFile& file,
                                             const SweepOutcome& outcome) {
  scenarios::Runner runner;
  for (const VariantTally& tally : outcome.variants) {
    const scenarios::Variant* const variant = file.find_variant(tally.name);
    HALFWRITE_ASSERT(variant != nullptr, "a result is asked about by a file of other variants");
    for (const auto& [place, trace_hash] : tally.first_run.things()) {
      sim::search::Swarm swarm;
      const auto request = request_of(variant->scenario, outcome.subject, place, swarm);
      if (runner.run(request).trace_hash != trace_hash)
        return fmt::format("another build made it, which took other steps in seed {} of {}",
                           outcome.subject.seeds.at(place).text(), tally.name);
    }
  }
  return std::nullopt;
}

void merge(SweepOutcome& into, const SweepOutcome& from) {
  HALFWRITE_ASSERT(!why_not_one(into, from), "results are merged that do not belong together");
  into.subject.seeds = *SeedSet::around(into.subject.seeds, from.subject.seeds);
  for (std::size_t v = 0; v < into.variants.size(); ++v) into.variants[v].merge(from.variants[v]);
  for (const PlaceRange& range : from.done) add(into.done, range);
}

}  // namespace halfwrite::campaign
