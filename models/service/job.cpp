#include "models/service/job.hpp"

#include "models/service/channel_listener.hpp"
#include "models/service/time_dependence.hpp"
#include "sim/quiescence.hpp"

#include <optional>
#include <string>

namespace halfwrite::service {

namespace {

// A job handles nothing that has a name, so its runs are told apart by process and instant.
sim::Scope scope_of(const Instance& instance, const Job& job, sim::Activity activity) {
  sim::Scope scope;
  scope.operation = instance.name_of(instance.settings().name + "." + job.name);
  const std::string process(instance.simulation().names().text(instance.process().name()));
  scope.identity.source = instance.name_of(process + "." + job.name);
  scope.identity.number =
      static_cast<std::uint64_t>(instance.simulation().now().since_start().in_nanoseconds());
  scope.activity = activity;
  return scope;
}

// A run that met what passes has not looked at everything there was to do.
bool has_looked(const Outcome& outcome) {
  return outcome.succeeded() || !may_pass(outcome.failure());
}

// A job whose statements ask for the time may find work later although nothing changes: a lease
// that runs out, a retry that is due. It has seen that nothing is left only when that long nothing
// has changed.
class Patience {
 public:
  Patience(sim::Simulation& simulation, bool needed)
      : simulation_(simulation), needed_(needed), since_(simulation.now()) {}
  bool is_over() {
    if (!needed_) return true;
    const std::uint64_t changes = simulation_.quiescence().durable_changes();
    if (changes != changes_) since_ = simulation_.now();
    changes_ = changes;
    return simulation_.now() - since_ >= longest_lease;
  }

 private:
  // Half of what an idle run may take before it counts as stuck.
  static constexpr sim::Duration longest_lease = sim::Duration::seconds(300);
  sim::Simulation& simulation_;
  bool needed_;
  sim::Instant since_;
  std::uint64_t changes_ = 0;
};

Outcome run_once(Instance& instance, const Job& job) {
  const Outcome outcome = instance.run(instance.operation(job.run), {});
  history::JobRan fact;
  fact.service = instance.name_of(instance.settings().name);
  fact.job = instance.name_of(job.name);
  fact.instance = instance.process().name();
  fact.outcome = outcome.answer();
  instance.recorder().record(fact);
  return outcome;
}

void run_loop(Instance& instance, const Job& job) {
  sim::Simulation& simulation = instance.simulation();
  const std::string process(simulation.names().text(instance.process().name()));
  std::optional<sim::IdleLoop> loop;
  if (job.every) loop.emplace(simulation.quiescence(), "job " + job.name + " on " + process);
  std::optional<ChannelListener> listener;
  if (!job.listen.empty()) listener.emplace(instance, job.listen);
  Patience patience(simulation, asks_for_the_time(instance.operation(job.run)));
  const sim::Place between{instance.name_of("every")};
  while (true) {
    sim::Scope scope = scope_of(instance, job, sim::Activity::idle);
    if (loop) scope.loop = loop->id();
    const sim::ScopeGuard guard(simulation, scope);
    sim::Duration pause = sim::Duration::for_ever();
    if (job.every) {
      const sim::Key key = sim::key_of(simulation.draws().key().with("every"), simulation.names(),
                                       simulation.address(between));
      pause = simulation.truly(sim::Draws::between(key, *job.every));
    }
    if (listener && listener->await(pause)) {
      // On behalf of who notified, and no cycle of its own.
      const sim::ScopeGuard told(simulation, scope_of(instance, job, sim::Activity::work));
      run_once(instance, job);
      continue;
    }
    if (!listener) simulation.sleep(pause, between);
    loop->begin_cycle();
    const bool is_over = patience.is_over();
    if (!has_looked(run_once(instance, job))) {
      loop->unsettle();
    } else if (is_over) {
      loop->end_cycle();
    }
  }
}

}  // namespace

void run_at_start(Instance& instance, const Job& job) {
  const sim::ScopeGuard guard(instance.simulation(), scope_of(instance, job, sim::Activity::work));
  run_once(instance, job);
}

void start_job(Instance& instance, const Job& job) {
  HALFWRITE_ASSERT(job.every ? !job.every->least.is_zero() : !job.listen.empty(),
                   "a job without a time between its runs would never let the clock go on");
  // Starting is work: until the loop is known to quiescence a run must not count as quiet.
  instance.spawn(scope_of(instance, job, sim::Activity::work),
                 [&job](Instance& self) { run_loop(self, job); });
}

}  // namespace halfwrite::service
