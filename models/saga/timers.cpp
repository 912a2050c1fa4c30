#include "models/saga/timers.hpp"

#include "models/database/client.hpp"
#include "models/saga/vocabulary.hpp"
#include "sim/quiescence.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace halfwrite::saga {

namespace {

constexpr sim::Duration between_readings = sim::Duration::seconds(1);
constexpr sim::Duration after_trouble = sim::Duration::milliseconds(500);

// Under which name the ground truth keeps whose saga a stored id is.
std::string kept_as(const Definition& definition, const std::string& id) {
  return "saga " + definition.name + " " + id;
}

class Watch {
 public:
  Watch(service::Instance& instance, const DefinitionReference& definition,
        const OrchestratorReference& statements, const LeaseReference& lease,
        publishing::Attempts& attempts)
      : instance_(instance),
        simulation_(instance.simulation()),
        definition_(*definition),
        statements_(*statements),
        lease_(lease.get()),
        attempts_(attempts),
        timers_(timers_of(instance, *definition)),
        operation_(instance.name_of(instance.settings().name + "." + timer_operation(*definition))),
        shares_(instance.settings().instances > 1) {
    const bool resumes = definition_.orchestrator.on_start == OnStart::resume;
    since_ = resumes ? 0 : instance.now_in_microseconds();
  }

  void run() {
    const std::string name =
        std::string(instance_.process().node().name()) + "." + timer_operation(definition_);
    if (shares_) loop_.emplace(simulation_.quiescence(), name);
    bool is_read = false;
    while (true) {
      if (loop_) loop_->begin_cycle();
      if (!is_read || shares_ || timers_.in_doubt) is_read = read_timers();
      // The lease is taken when there is something to fire: one that is renewed for nothing would
      // never let a run come to rest.
      if (is_read && has_due() && holds_lease()) fire();
      if (loop_ && is_read) loop_->end_cycle();
      wait(is_read);
    }
  }

 private:
  sim::Scope scope(sim::Activity activity) const {
    const auto instant = simulation_.now().since_start().in_nanoseconds();
    sim::Scope made;
    made.operation = operation_;
    made.identity = {instance_.process().name(), static_cast<std::uint64_t>(instant)};
    made.activity = activity;
    if (loop_ && activity == sim::Activity::idle) made.loop = loop_->id();
    return made;
  }
  sim::Activity activity(bool is_read) const {
    return timers_.due.empty() && is_read ? sim::Activity::idle : sim::Activity::work;
  }

  bool read_timers() {
    const sim::ScopeGuard guard(simulation_, scope(sim::Activity::idle));
    const bool in_doubt = std::exchange(timers_.in_doubt, false);
    timers_.meanwhile.emplace();
    const sql::Parameters values{{"saga", sql::Value::text(definition_.name)},
                                 {"since", sql::Value::bigint(since_)}};
    const auto rows =
        instance_.execute_alone(statements_.timers, values, {instance_.name_of("timers")});
    const auto saved = std::exchange(timers_.meanwhile, std::nullopt);
    if (!rows) {
      timers_.in_doubt = timers_.in_doubt || in_doubt;
      return false;
    }
    timers_.due.clear();
    for (const sql::Row& row : rows->rows) timers_.due[sql::to_text(row[0])] = row[1].integer();
    for (const auto& [id, due] : *saved) timers_.note(id, due);
    if (!timers_.in_doubt) timers_.unread.close();
    return true;
  }

  bool has_due() const {
    const std::int64_t now = instance_.now_in_microseconds();
    return std::any_of(timers_.due.begin(), timers_.due.end(),
                       [now](const auto& timer) { return timer.second <= now; });
  }

  // Takes the lease, or takes it again; the one who asks goes by its own clock.
  bool holds_lease() {
    if (lease_ == nullptr || !definition_.orchestrator.lease) return true;
    const Lease& lease = *definition_.orchestrator.lease;
    const std::int64_t now = instance_.now_in_microseconds();
    const sim::Duration renewed = lease.renew.value_or(lease.lasts / 3);
    const std::int64_t left = held_until_ - now;
    if (left > (lease.lasts - renewed).in_nanoseconds() / 1000) return true;
    const sim::ScopeGuard guard(simulation_, scope(sim::Activity::idle));
    const std::int64_t until = now + lease.lasts.in_nanoseconds() / 1000;
    const sql::Parameters values{
        {"saga", sql::Value::text(definition_.name)},
        {"holder", sql::Value::text(std::string(instance_.process().node().name()))},
        {"until", sql::Value::bigint(until)},
        {"moment", sql::Value::bigint(now)}};
    const sim::Place place{instance_.name_of("lease")};
    const auto taken = instance_.execute_alone(lease_->take, values, place);
    if (taken && !taken->rows.empty()) {
      timers_.term = taken->rows.front().front().integer();
      held_until_ = until;
      return true;
    }
    if (taken) {
      const auto made = instance_.execute_alone(lease_->make, values, place);
      if (made && made->row_count > 0) {
        timers_.term = 1;
        held_until_ = until;
        return true;
      }
    }
    return held_until_ > now;
  }

  void fire() {
    const std::int64_t now = instance_.now_in_microseconds();
    std::vector<std::string> fired;
    for (const auto& [id, due] : timers_.due) {
      if (due <= now) fired.push_back(id);
    }
    for (const std::string& id : fired) fire(id);
  }

  void fire(const std::string& id) {
    const std::string timer = kept_as(definition_, id);
    const sim::Name provenance = instance_.recorder().carried_by(timer);
    const sim::Scope scope{operation_, instance_.recorder().step_of(provenance).saga,
                           attempts_.next(instance_.name_of(timer)), sim::Activity::work,
                           provenance};
    const sim::ScopeGuard guard(simulation_, scope);
    const service::BusyWorker worker = instance_.take_worker();
    const sql::Parameters inputs{{saga_id, sql::Value::text(id)}};
    const auto outcome = instance_.run(instance_.operation(timer_operation(definition_)), inputs);
    const auto still = timers_.due.find(id);
    if (still == timers_.due.end()) return;
    const std::int64_t later =
        instance_.now_in_microseconds() + after_trouble.in_nanoseconds() / 1000;
    if (!outcome.succeeded()) still->second = std::max(still->second, later);
  }

  void wait(bool is_read) {
    if (is_read && timers_.in_doubt) return;
    const sim::ScopeGuard guard(simulation_, scope(activity(is_read)));
    sim::Duration longest = sim::Duration::for_ever();
    if (shares_) longest = between_readings;
    if (!is_read) longest = after_trouble;
    std::int64_t earliest = 0;
    for (const auto& [id, due] : timers_.due) {
      if (earliest == 0 || due < earliest) earliest = due;
    }
    if (earliest != 0) {
      const std::int64_t left = earliest - instance_.now_in_microseconds();
      // Who must not fire them looks again when the rows are read.
      const sim::Duration least =
          lease_ == nullptr ? sim::Duration::microseconds(1) : between_readings;
      const sim::Duration until_due = std::max(sim::Duration::microseconds(left), least);
      longest = std::min(longest, left > 0 ? sim::Duration::microseconds(left) : until_due);
    }
    timers_.sleeper = simulation_.current_fiber();
    timers_.wakes_at = earliest;
    const bool is_endless = longest == sim::Duration::for_ever();
    simulation_.suspend({instance_.name_of("wait")},
                        is_endless ? longest : simulation_.truly(longest));
    timers_.sleeper.reset();
  }

  service::Instance& instance_;
  sim::Simulation& simulation_;
  const Definition& definition_;
  const OrchestratorStatements& statements_;
  const LeaseStatements* lease_;
  publishing::Attempts& attempts_;
  Timers& timers_;
  sim::Name operation_;
  bool shares_;
  std::optional<sim::IdleLoop> loop_;
  std::int64_t since_ = 0;
  std::int64_t held_until_ = 0;
};

}  // namespace

void Timers::note(const std::string& id, std::optional<std::int64_t> at) {
  if (at) {
    due[id] = *at;
  } else {
    due.erase(id);
  }
}

void Timers::watch(const std::string& id, std::optional<std::int64_t> at) {
  const bool was_known = due.count(id) > 0;
  note(id, at);
  if (meanwhile) (*meanwhile)[id] = at;
  bool wakes = false;
  if (at) {
    wakes = wakes_at == 0 || *at < wakes_at;
  } else if (was_known) {
    wakes = due.empty();  // its wait counts as idle now
  }
  if (wakes && sleeper) instance.simulation().wake(*sleeper);
}

void Timers::doubt() {
  in_doubt = true;
  unread = sim::OpenThing(instance.simulation().quiescence(),
                          std::string(instance.process().node().name()) +
                              " does not know whether a timer of a saga is set");
  if (sleeper) instance.simulation().wake(*sleeper);
}

void Timers::remember(const Definition& definition, const std::string& id,
                      const history::Identity& identity) {
  history::SagaStep whole;
  whole.saga = identity;
  whole.type = instance.name_of(definition.name);
  instance.recorder().carry(kept_as(definition, id), instance.recorder().provenance_of(whole));
}

Timers& timers_of(service::Instance& instance, const Definition& definition) {
  std::shared_ptr<void>& kept = instance.kept("timers of " + definition.name);
  if (kept == nullptr) kept = std::make_shared<Timers>(instance);
  return *static_cast<Timers*>(kept.get());
}

void run_timers(service::Instance& instance, const DefinitionReference& definition,
                const OrchestratorReference& statements, const LeaseReference& lease,
                publishing::Attempts& attempts) {
  Watch(instance, definition, statements, lease, attempts).run();
}

}  // namespace halfwrite::saga
