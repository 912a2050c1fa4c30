// One life of a service process: its workers, its pool of database sessions, its producer and its
// publisher. Made by the process's main (deployment.hpp), everything in it is volatile: after a
// crash a new one is made. Fibers that use it are spawned through it, so that it outlives them.
#pragma once

#include "models/broker/settings.hpp"
#include "models/history/recorder.hpp"
#include "models/service/connection_pool.hpp"
#include "models/service/event_publisher.hpp"
#include "models/service/operation_run.hpp"
#include "models/service/outcome.hpp"
#include "models/service/runtime.hpp"
#include "models/service/settings.hpp"
#include "sim/simulation.hpp"
#include "sim/synchronization.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::broker {
class Producer;
}

namespace halfwrite::service {

// A worker at work; free again when it goes.
class [[nodiscard]] BusyWorker {
 public:
  BusyWorker(history::Recorder& recorder, sim::Semaphore& workers, history::Work work)
      : recorder_(recorder), workers_(&workers), work_(work), since_(recorder.simulation().now()) {}
  BusyWorker(BusyWorker&& other) noexcept
      : recorder_(other.recorder_),
        workers_(std::exchange(other.workers_, nullptr)),
        work_(other.work_),
        since_(other.since_) {}
  BusyWorker& operator=(BusyWorker&&) = delete;
  ~BusyWorker();

 private:
  history::Recorder& recorder_;
  sim::Semaphore* workers_;
  history::Work work_;
  sim::Instant since_;
};

class Instance : public std::enable_shared_from_this<Instance> {
 public:
  // `number` is that of the node among the service's, from 1 (1 for a node of its own).
  static std::shared_ptr<Instance> make(Runtime& runtime, const Settings& settings,
                                        sim::Process& process, std::uint32_t number,
                                        const PublisherFactory& publisher);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Runs an operation of this service on the running fiber, in the running scope (the caller sets
  // operation, identity and attempt with a ScopeGuard), with all its inner attempts. Takes no
  // worker. `hooks` may be null.
  Outcome run(const Operation& operation, const sql::Parameters& inputs,
              OperationHooks* hooks = nullptr);
  // The same on behalf of what the running fiber does, under the operation's own name.
  Outcome run_here(std::string_view name, const sql::Parameters& inputs);
  // By name; an assertion when the service has none of that name.
  const Operation& operation(std::string_view name) const;

  // A free worker; waits at the point "queue", first come, first served.
  BusyWorker take_worker();

  // A fiber of this process that keeps this instance alive.
  void spawn(sim::Scope scope, std::function<void(Instance&)> body);

  // One statement as its own transaction on a session of the pool, at this place: for bookkeeping
  // outside an operation's transaction (an inbox before or after the effect, a relay's mark).
  sim::Expected<database::QueryResult, StepFailure> execute_alone(
      const StatementReference& statement, sql::Parameters variables, const sim::Place& place);

  // The same on a session of another server: a standby of its database.
  sim::Expected<database::QueryResult, StepFailure> execute_on(const std::string& server,
                                                               const StatementReference& statement,
                                                               const sql::Parameters& variables,
                                                               const sim::Place& place,
                                                               sim::Duration timeout);

  Runtime& runtime() const { return runtime_; }
  sim::Simulation& simulation() const { return runtime_.simulation; }
  history::Recorder& recorder() const { return runtime_.recorder; }
  const Settings& settings() const { return settings_; }
  sim::Process& process() const { return process_; }
  std::uint32_t number() const { return number_; }
  // Steps and moments that every operation passes.
  struct Points {
    explicit Points(sim::Names& names);
    sim::Name queue, cpu, pool, connect, begin, commit, rollback, reply, retry;
    sim::Name committed, published;
  };
  const Points& points() const { return points_; }
  sim::Name name_of(std::string_view text) const { return runtime_.simulation.names().of(text); }
  bool has_database() const { return pool_ != nullptr; }
  ConnectionPool& pool() const;        // asserts has_database()
  broker::Producer& producer() const;  // the service's settings; asserts that it has a broker
  // Another producer of this process, one per settings.
  broker::Producer& producer(const broker::ProducerSettings& settings) const;
  EventPublisher* publisher(const Operation& operation) const;  // of its emits; may be null

  // What a companion keeps for the operations of its process, by name; made empty, volatile.
  std::shared_ptr<void>& kept(std::string_view name) { return kept_[std::string(name)]; }

  // Microseconds since 1970 by this node's clock: what `:now` is.
  std::int64_t now_in_microseconds() const;
  // Waits before a retry, at the point "retry".
  void wait_before_retry(const Retry& retry, std::uint32_t next_attempt);

 private:
  struct KeptProducer;
  sim::Name provenance_of(const SagaPart& part, const sim::Scope& scope) const;
  Instance(Runtime& runtime, const Settings& settings, sim::Process& process, std::uint32_t number);

  Runtime& runtime_;
  const Settings& settings_;
  sim::Process& process_;
  std::uint32_t number_;
  Points points_;
  sim::Semaphore workers_;
  history::Work work_;  // of one worker, how long it was busy left open
  std::unique_ptr<ConnectionPool> pool_;
  std::map<std::string, std::unique_ptr<ConnectionPool>, std::less<>> pools_on_;  // by server
  mutable std::vector<std::unique_ptr<KeptProducer>> producers_;
  std::map<Publishing, std::unique_ptr<EventPublisher>> publishers_;
  std::map<std::string, std::shared_ptr<void>> kept_;
};

}  // namespace halfwrite::service
