// The timers of an orchestrator, as one process watches them: which sagas wait until when, a copy
// of what the rows say, gone with the process and read anew when it starts. The fiber that waits
// for the earliest one is work as long as there is one, so that a run does not come to rest before
// a saga that waits for its time. A timer may fire late (the process was down or paused), twice
// (two instances) or after the answer: the core takes that as it is.
#pragma once

#include "models/publishing/loop.hpp"
#include "models/saga/definition.hpp"
#include "models/saga/orchestrator.hpp"
#include "models/service/instance.hpp"
#include "sim/quiescence.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace halfwrite::saga {

struct Timers {
  explicit Timers(service::Instance& running) : instance(running) {}

  // Microseconds since 1970; nothing: none any more.
  void watch(const std::string& id, std::optional<std::int64_t> due);
  // The same without waking who waits.
  void note(const std::string& id, std::optional<std::int64_t> due);
  // What was saved may stand or not: its commit was not answered. The rows are read again.
  void doubt();
  // Whose saga a stored id is, for the ground truth alone.
  void remember(const Definition& definition, const std::string& id,
                const history::Identity& identity);

  service::Instance& instance;
  std::map<std::string, std::int64_t> due;  // by id
  std::int64_t term = 0;                    // of the lease this instance holds, or held last
  std::optional<sim::FiberReference> sleeper;
  std::int64_t wakes_at = 0;  // 0: it waits for none
  bool in_doubt = false;      // it may lack what a row says
  sim::OpenThing unread;      // as long as that is so
  // What was saved while the rows are read, and may be newer than what is read. Empty: not reading.
  std::optional<std::map<std::string, std::optional<std::int64_t>>> meanwhile;
};

// Those of this process; made when first asked for.
Timers& timers_of(service::Instance& instance, const Definition& definition);

// Watches on the running fiber until the process dies: reads the timers of all stored sagas (with
// `on_start: wait` of none stored before this process began), then fires each at its time by
// running the timer operation. Several instances read the rows again each second, so that one fires
// what another has set; with a lease only its holder fires. Points of "order.place_order.timer":
// timers (reads the rows), lease, wait; and those of the operation.
void run_timers(service::Instance& instance, const DefinitionReference& definition,
                const OrchestratorReference& statements, const LeaseReference& lease,
                publishing::Attempts& attempts);

}  // namespace halfwrite::saga
