#include "models/publishing/loop.hpp"

#include "models/service/retry.hpp"

#include <optional>
#include <utility>

namespace halfwrite::publishing {
namespace {

enum class Went : std::uint8_t { on, dropped, stopped };

class Loop {
 public:
  Loop(sim::Simulation& simulation, const LoopSettings& settings, Attempts& attempts,
       Source& source, Handler& handler)
      : simulation_(simulation),
        settings_(settings),
        operation_(simulation.names().of(settings.operation)),
        name_(simulation.names().of(settings.name)),
        pause_(simulation.names().of("pause")),
        retry_(simulation.names().of("retry")),
        attempts_(attempts),
        source_(source),
        handler_(handler) {
    unsettle();
  }

  void run() {
    while (cycle()) {
    }
  }

 private:
  // False when the loop has stopped for good.
  bool cycle() {
    idle_->begin_cycle();
    std::optional<std::vector<Item>> batch = look();
    if (!batch) return true;
    for (const Item& item : *batch) {
      const Went went = work_on(item);
      if (went == Went::stopped) return false;
      if (went == Went::dropped) {
        unsettle();
        rest(settings_.after_trouble);
        return true;
      }
    }
    idle_->end_cycle();
    if (batch->size() < settings_.batch && !settings_.every.is_zero()) rest(settings_.every);
    return true;
  }

  // A loop that could not look, or that will meet the rest of its batch again, is not known to have
  // nothing to do, whatever its earlier cycles said.
  void unsettle() { idle_.emplace(simulation_.quiescence(), settings_.name); }

  // Looking and pausing are idle: they are done on behalf of nobody.
  sim::Scope idle_scope() const {
    const auto instant = simulation_.now().since_start().in_nanoseconds();
    return {operation_, {name_, static_cast<std::uint64_t>(instant)}, 1, sim::Activity::idle};
  }
  void rest(sim::Duration duration) {
    const sim::ScopeGuard scope(simulation_, idle_scope());
    simulation_.sleep(duration, {pause_});
  }
  std::optional<std::vector<Item>> look() {
    const sim::ScopeGuard scope(simulation_, idle_scope());
    auto batch = source_.look();
    if (batch.has_value()) return std::move(batch).value();
    unsettle();
    simulation_.sleep(settings_.after_trouble, {pause_});
    return std::nullopt;
  }

  // Each try is a new attempt at the event, with draws of its own.
  sim::Scope scope_of(const Item& item, const Policy& policy) {
    const sim::Name event = simulation_.names().of(item.record.event_id);
    const std::uint32_t attempt = attempts_.next(item.record.event_id);
    return {simulation_.names().of(policy.operation), {event, 0}, attempt, sim::Activity::work};
  }

  Went work_on(Item item) {
    const Policy& policy = handler_.policy_of(item);
    const bool marks_first = policy.mark == MarkOrder::before_handling;
    std::optional<sim::WindowGuard> window;
    bool is_copy = false;
    for (item.tries = 1;; ++item.tries) {
      const sim::ScopeGuard scope(simulation_, scope_of(item, policy));
      if (!source_.holds(item)) return Went::dropped;
      if (marks_first && item.tries == 1 && !is_copy) {
        if (!source_.mark(item)) return Went::dropped;
        open(window, policy);
      }
      const auto handled = handler_.handle(item);
      if (!handled.has_value()) {
        if (service::tries_again(policy.retry, handled.error(), item.tries)) {
          simulation_.sleep(service::delay_before(policy.retry, item.tries + 1), {retry_});
          continue;
        }
        if (policy.retry.then == service::Retry::Then::fail) return Went::stopped;
        if (policy.retry.then == service::Retry::Then::dead_letter) {
          handler_.park(item, handled.error());
        }
      } else if (const auto later = is_copy ? std::nullopt : handler_.comes_again()) {
        if (!later->is_zero()) simulation_.sleep(*later, {retry_});
        is_copy = true;
        item.redelivered = true;
        item.tries = 0;
        continue;
      }
      if (marks_first) return Went::on;
      open(window, policy);
      return source_.mark(item) ? Went::on : Went::dropped;
    }
  }
  void open(std::optional<sim::WindowGuard>& window, const Policy& policy) {
    if (!policy.window.empty()) window.emplace(simulation_, policy.window);
  }

  sim::Simulation& simulation_;
  const LoopSettings& settings_;
  sim::Name operation_;
  sim::Name name_;
  sim::Name pause_;
  sim::Name retry_;
  Attempts& attempts_;
  Source& source_;
  Handler& handler_;
  std::optional<sim::IdleLoop> idle_;
};

}  // namespace

void run_loop(sim::Simulation& simulation, const LoopSettings& settings, Attempts& attempts,
              Source& source, Handler& handler) {
  Loop(simulation, settings, attempts, source, handler).run();
}

}  // namespace halfwrite::publishing
