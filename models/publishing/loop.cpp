#include "models/publishing/loop.hpp"

#include "models/service/retry.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace halfwrite::publishing {
namespace {

enum class Went : std::uint8_t { on, dropped, stopped };

// The window between the handling and the marking of one item, or of a batch that is marked as one;
// none without a name.
class Window {
 public:
  Window(sim::Simulation& simulation, std::string_view name)
      : simulation_(simulation), name_(name) {}

  // The first of the two comes now, and takes effect with the request of this step.
  void opens_with(const std::string& step) {
    if (name_.empty() || guard_) return;
    guard_.emplace(simulation_, name_, sim::RequestAt{simulation_.names().of(step)});
  }
  // Open from here on: the first is other fibers' affair.
  void open() {
    if (!name_.empty()) guard_.emplace(simulation_, name_);
  }
  // The first is done, with or without such a request; the second comes now.
  void closes_with(const std::string& step) {
    if (!guard_) return;
    guard_->open();
    guard_->closes_with({simulation_.names().of(step)});
  }
  void end() { guard_.reset(); }

 private:
  sim::Simulation& simulation_;
  std::string_view name_;
  std::optional<sim::WindowGuard> guard_;
};

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
        turn_(simulation.names().of("turn")),
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
    if (!batch) return !source_.is_over();
    const std::size_t found = batch->size();
    const Went went =
        settings_.concurrency > 1 ? work_at_once(*std::move(batch)) : work_in_turn(*batch);
    if (went == Went::stopped) return false;
    if (went == Went::dropped) {
      unsettle();
      rest(settings_.after_trouble);
      return true;
    }
    idle_->end_cycle();
    if (found < settings_.batch && !settings_.every.is_zero()) rest(settings_.every);
    return true;
  }

  // A loop that could not look, or that will meet the rest of its batch again, is not known to have
  // nothing to do, whatever its earlier cycles said.
  void unsettle() { idle_.emplace(simulation_.quiescence(), settings_.name); }

  // Looking and pausing are idle: they are done on behalf of nobody.
  sim::Scope idle_scope() const {
    const auto instant = simulation_.now().since_start().in_nanoseconds();
    sim::Scope scope{
        operation_, {name_, static_cast<std::uint64_t>(instant)}, 1, sim::Activity::idle};
    scope.loop = idle_->id();
    return scope;
  }
  void rest(sim::Duration duration) {
    const sim::ScopeGuard scope(simulation_, idle_scope());
    const sim::Duration period = simulation_.truly(duration);
    const sim::Instant until = simulation_.now() + period;
    while (simulation_.rest({until - simulation_.now(), period}, {pause_}) == sim::Woken::woken &&
           simulation_.now() < until) {
    }
  }
  std::optional<std::vector<Item>> look() {
    const sim::ScopeGuard scope(simulation_, idle_scope());
    auto batch = source_.look();
    if (batch.has_value()) return std::move(batch).value();
    if (source_.is_over()) return std::nullopt;
    unsettle();
    simulation_.sleep(simulation_.truly(settings_.after_trouble), {pause_});
    return std::nullopt;
  }

  // Each try is a new attempt at the event, with draws of its own.
  sim::Scope scope_of(const Item& item, const Policy& policy) {
    const sim::Name event = simulation_.names().of(item.record.event_id);
    const std::uint32_t attempt = attempts_.next(event);
    return {simulation_.names().of(policy.operation),
            {event, 0},
            attempt,
            sim::Activity::work,
            handler_.provenance_of(item)};
  }

  Went work_in_turn(std::vector<Item>& batch) {
    for (Item& item : batch) {
      const Went went = work_on(item, nullptr);
      if (went != Went::on) return went;
    }
    return Went::on;
  }

  // What the fibers of one batch share. It outlives whichever of them is unwound last.
  struct Crew {
    std::vector<Item> batch;
    std::uint32_t busy = 0;
    std::uint32_t retrying = 0;
    std::set<std::string_view> keys;  // under way
    Went went = Went::on;
    sim::FiberReference foreman;
  };

  Went work_at_once(std::vector<Item> found) {
    const auto crew = std::make_shared<Crew>();
    crew->batch = std::move(found);
    std::vector<Item>& batch = crew->batch;
    crew->foreman = simulation_.current_fiber();
    std::optional<Window> entered;
    if (!batch.empty() && handler_.policy_of(batch.front()).one_window_per_batch) {
      entered.emplace(simulation_, handler_.policy_of(batch.front()).window);
      entered->open();
    }
    for (Item& item : batch) {
      wait_while(
          [&] {
            return crew->busy >= settings_.concurrency || crew->retrying > 0 ||
                   (!item.record.key.empty() && crew->keys.contains(item.record.key));
          },
          *crew);
      if (crew->went != Went::on) break;
      begin(crew, item);
    }
    wait_while([&] { return crew->busy > 0; }, *crew);
    if (crew->went != Went::on || !source_.marks_in_order()) return crew->went;
    for (const Item& item : batch) {
      const Policy& policy = handler_.policy_of(item);
      const sim::ScopeGuard scope(simulation_, scope_of(item, policy));
      if (entered && &item == &batch.back()) entered->closes_with(policy.marks_at);
      if (!source_.mark(item)) return Went::dropped;
    }
    return Went::on;
  }
  template <class Condition>
  void wait_while(const Condition& condition, const Crew& crew) {
    while (condition() && (crew.went == Went::on || crew.busy > 0)) {
      const sim::ScopeGuard scope(simulation_, idle_scope());
      simulation_.suspend({turn_});
    }
  }
  void begin(const std::shared_ptr<Crew>& crew, Item& item) {
    ++crew->busy;
    crew->keys.insert(item.record.key);
    const sim::Scope scope{
        operation_, {simulation_.names().of(item.record.event_id), 0}, 1, sim::Activity::work};
    simulation_.current_process().spawn(scope, [this, crew, &item] {
      const Went went = work_on(item, crew.get());
      if (went != Went::on) crew->went = went;
      crew->keys.erase(item.record.key);
      --crew->busy;
      simulation_.wake(crew->foreman);
    });
  }
  void wait_for_retry(sim::Duration delay, Crew* crew) {
    if (crew != nullptr) ++crew->retrying;
    simulation_.sleep(simulation_.truly(delay), {retry_});
    if (crew == nullptr) return;
    --crew->retrying;
    simulation_.wake(crew->foreman);
  }

  Went work_on(Item& item, Crew* crew) {
    const bool marks_later = crew != nullptr && source_.marks_in_order();
    const Policy& policy = handler_.policy_of(item);
    const bool marks_first = policy.mark == MarkOrder::before_handling;
    const bool is_batchs = marks_later && policy.one_window_per_batch;
    Window entered(simulation_, is_batchs ? std::string_view() : policy.window);
    bool is_copy = false;
    for (item.tries = 1;; ++item.tries) {
      const sim::ScopeGuard scope(simulation_, scope_of(item, policy));
      if (!source_.holds(item)) return Went::dropped;
      if (marks_first && item.tries == 1 && !is_copy) {
        entered.opens_with(policy.marks_at);
        if (!source_.mark(item)) return Went::dropped;
        entered.closes_with(policy.handles_at);
      } else if (!marks_first) {
        entered.opens_with(policy.handles_at);
      }
      const auto handled = handler_.handle(item);
      if (marks_first && handled.has_value()) entered.end();
      if (!handled.has_value()) {
        if (!marks_first && !is_copy) entered.end();
        if (service::tries_again(policy.retry, handled.error(), item.tries)) {
          wait_for_retry(service::delay_before(policy.retry, item.tries + 1), crew);
          continue;
        }
        if (policy.retry.then == service::Retry::Then::fail) return Went::stopped;
        if (policy.retry.then == service::Retry::Then::dead_letter) {
          handler_.park(item, handled.error());
        }
      } else if (const auto later = is_copy ? std::nullopt : handler_.comes_again(item)) {
        if (!later->is_zero()) simulation_.sleep(*later, {retry_});
        is_copy = true;
        item.redelivered = true;
        item.tries = 0;
        continue;
      }
      if (marks_first || marks_later) return Went::on;
      entered.opens_with(policy.handles_at);
      entered.closes_with(policy.marks_at);
      return source_.mark(item) ? Went::on : Went::dropped;
    }
  }

  sim::Simulation& simulation_;
  const LoopSettings& settings_;
  sim::Name operation_;
  sim::Name name_;
  sim::Name pause_;
  sim::Name retry_;
  sim::Name turn_;
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
