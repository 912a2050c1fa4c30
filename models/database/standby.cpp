#include "models/database/standby.hpp"

#include "models/database/cluster.hpp"
#include "models/database/engine.hpp"
#include "sim/quiescence.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::database {

namespace {

// wal_retrieve_retry_interval.
constexpr sim::Duration retry_interval = sim::Duration::seconds(5);
constexpr sim::Duration connect_timeout = sim::Duration::seconds(2);
// wal_receiver_status_interval: a primary that has restarted in silence resets who tells it.
constexpr sim::Duration status_interval = sim::Duration::seconds(10);
// From the flush of a record to its effect on reads.
constexpr sim::DurationRange replay_time{sim::Duration::microseconds(100),
                                         sim::Duration::milliseconds(3)};

}  // namespace

void Standby::restart() {
  process_ = nullptr;
  upstream_ = {};
  fiber_ = {};
  told_ = {};
  watched_ = nullptr;
}

bool Standby::can_be_promoted() const {
  return process_ != nullptr && engine_.node().is_up() && engine_.in_recovery() &&
         !engine_.must_rewind();
}

void Standby::promote(bool fenced) {
  engine_.cluster().promote(engine_, fenced);
}

void Standby::follow(sim::Process& process) {
  sim::Simulation& simulation = engine_.simulation();
  process_ = &process;
  fiber_ = simulation.current_fiber();
  sim::Scope scope = simulation.scope();
  scope.activity = sim::Activity::idle;
  const sim::ScopeGuard guard(simulation, scope);
  if (engine_.settings().failover) {
    process.spawn(scope, [this] { watch_primary(); });
  }
  // What was received before a crash of the process may not be on the disk yet.
  engine_.log().flush_all();
  engine_.replay_later(engine_.log().flushed(), replay_time);
  const sim::Place retry{simulation.names().of("retry")};
  sim::Instant last_failure = sim::Instant::at({}) - retry_interval;
  while (engine_.in_recovery()) {
    if (connect()) {
      receive();
      upstream_.abort();
      upstream_ = {};
    }
    if (!engine_.in_recovery()) break;
    // PostgreSQL tries again at once, unless it has failed within the interval.
    const sim::Instant next = last_failure + retry_interval;
    last_failure = simulation.now();
    if (next > simulation.now()) (void)simulation.suspend(retry, next - simulation.now());
  }
}

bool Standby::connect() {
  sim::Simulation& simulation = engine_.simulation();
  if (engine_.must_rewind()) {
    // Its log has parted from the primary's: it is taken back before it starts again.
    simulation.crash(engine_.node(), false, false, rewind_time);
  }
  engine_.join_timeline();
  // What delays the log delays the answers, too.
  const sim::Duration patience = connect_timeout + engine_.settings().replication_delay.most;
  const sim::Place place{simulation.names().of("stream")};
  Engine& primary = engine_.cluster().primary();
  sim::Expected<sim::Connection, sim::Broken> connection =
      simulation.network().connect(primary.node(), place, patience);
  if (!connection) return false;
  upstream_ = *connection;
  has_received_ = false;
  upstream_.keep_order();
  auto startup = std::make_unique<protocol::Startup>();
  told_ = engine_.progress();
  startup->standby = told_;
  sim::Expected<sim::Message, sim::Broken> greeting =
      upstream_.request(std::move(startup), place, patience);
  const bool is_primary = &primary == &engine_.cluster().primary();
  if (greeting && !greeting->as<protocol::Reply>().error && is_primary) return true;
  upstream_.abort();
  return false;
}

void Standby::receive() {
  sim::Simulation& simulation = engine_.simulation();
  const sim::Place place{simulation.names().of("receive")};
  while (engine_.in_recovery() && upstream_.is_open()) {
    sim::Expected<sim::Message, sim::Broken> message = upstream_.receive(place, status_interval);
    if (!message && message.error() != sim::Broken::timed_out) return;
    if (!engine_.in_recovery()) return;
    if (!message) {
      told_ = {~0ull, 0, 0};
      tell(sim::Activity::idle);
      continue;
    }
    protocol::LogRecords& records = message->as<protocol::LogRecords>();
    if (records.behind != engine_.log().end()) return;
    const sim::ScopeGuard guard(simulation, message->served());
    engine_.write(records);
    if (!std::exchange(has_received_, true)) told_ = {~0ull, 0, 0};
    tell(sim::Activity::work);
  }
}

void Standby::flushed(std::uint64_t position) {
  engine_.replay_later(position, replay_time);
  tell(sim::Activity::work);
}

void Standby::replayed() {
  tell(sim::Activity::work);
}

void Standby::tell(sim::Activity activity) {
  const protocol::Progress progress = engine_.progress();
  if (!upstream_.is_open() || !has_received_) return;
  if (progress.written == told_.written && progress.flushed == told_.flushed &&
      progress.applied == told_.applied) {
    return;
  }
  told_ = progress;
  auto message = std::make_unique<protocol::LogProgress>();
  message->progress = progress;
  sim::Scope scope;
  scope.operation = engine_.name();
  scope.identity = {engine_.name(), progress.written};
  scope.activity = activity;
  upstream_.send(std::move(message), scope);
}

void Standby::look_for_primary() {
  upstream_.abort();
  engine_.simulation().wake(fiber_);
}

// A manager beside the standby: asks the primary in turns, and promotes when no answer has come for
// the time-out. The log's delay is on the answers' way, too: so questions overlap, and what counts
// is how far answers lie apart. While it doubts, the run has not come to rest.
void Standby::watch_primary() {
  sim::Simulation& simulation = engine_.simulation();
  const Failover& failover = *engine_.settings().failover;
  const sim::Duration turn =
      std::clamp(failover.timeout / 10, sim::Duration::milliseconds(5), sim::Duration::seconds(1));
  // An answer comes when the connection has been accepted: it takes that way twice.
  const sim::DurationRange way = engine_.settings().replication_delay;
  const sim::Duration first_answer = way.most * 2;
  const sim::Duration patience =
      std::max(failover.timeout, ((way.most - way.least) * 2 + turn) * 2);
  const sim::Place pause{simulation.names().of("watch")};
  sim::Instant last_turn = simulation.now();
  while (engine_.in_recovery()) {
    const sim::Instant now = simulation.now();
    const bool is_candidate = engine_.cluster().candidate() == &engine_ && !engine_.must_rewind();
    Engine* primary = is_candidate ? &engine_.cluster().primary() : nullptr;
    // Who stood still himself has no reason to say so of another.
    if (primary != watched_ || now - last_turn > turn) heard_ = now + first_answer;
    watched_ = primary;
    last_turn = now;
    // Silence begins where the next answer should have come.
    if (primary != nullptr && now - heard_ >= patience + turn) {
      promote(failover.fenced);
      return;
    }
    if (primary != nullptr) ask(*primary, patience + first_answer);
    const bool doubts = primary != nullptr && now - heard_ >= patience / 2;
    sim::Scope scope = simulation.scope();
    scope.activity = doubts ? sim::Activity::work : sim::Activity::idle;
    const sim::ScopeGuard guard(simulation, scope);
    simulation.sleep(turn, pause);
  }
}

void Standby::ask(Engine& primary, sim::Duration patience) {
  sim::Scope scope = engine_.simulation().scope();
  scope.identity = {engine_.name(), ++asked_};
  process_->spawn(scope, [this, &primary, patience] {
    if (answers(primary, patience) && watched_ == &primary) heard_ = engine_.simulation().now();
  });
}

// The process must answer: a machine takes connections for one that stands still.
bool Standby::answers(Engine& primary, sim::Duration patience) {
  sim::Simulation& simulation = engine_.simulation();
  const sim::Place place{simulation.names().of("probe")};
  sim::Expected<sim::Connection, sim::Broken> probe =
      simulation.network().connect(primary.node(), place, patience);
  if (!probe) return false;
  const bool has_answered =
      probe->request(std::make_unique<protocol::Startup>(), place, patience).has_value();
  probe->close();
  return has_answered;
}

}  // namespace halfwrite::database
