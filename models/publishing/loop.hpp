// The one loop of this room: look for a batch, handle its items in order, mark each as done. The
// message relay, the connector and the subscriptions are this loop over different sources and
// handlers, so that retry, back-off, holding back, the order of handling and marking and the
// idle/work accounting exist once. It is volatile: it lives on a fiber of a process and starts anew
// with it. It never knows what an item means.
#pragma once

#include "models/broker/record.hpp"
#include "models/service/outcome.hpp"
#include "models/service/program.hpp"
#include "sim/expected.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace halfwrite::publishing {

// One event on its way: an outbox row, a change of the log, a delivery.
struct Item {
  broker::Record record;
  std::uint32_t partition = 0;
  std::uint64_t position = 0;  // outbox position, position of the commit, offset
  bool redelivered = false;    // the source knows that it handed it out before
  std::uint32_t tries = 1;     // of this hand-out; set by the loop
};

using service::StepFailure;

enum class MarkOrder : std::uint8_t { after_handling, before_handling };

// How an item is treated: the same for all of a relay, by its subscription for a consumer.
struct Policy {
  std::string operation;  // Scope::operation: "order.relay", "shipping.prepare"
  MarkOrder mark = MarkOrder::after_handling;
  std::string window;  // what lies between handling and marking, "between publish and mark"; empty:
                       // the source guards a window of its own
  // The steps whose requests handle and mark an item: where the window opens and closes.
  std::string handles_at;
  std::string marks_at;
  service::Retry retry;
  // Items handled at once and marked as one have one window, from the first one begun to the mark.
  bool one_window_per_batch = false;
};

class Source {
 public:
  virtual ~Source() = default;
  // At most a batch, in the order it must be handled; may wait a while for it. After a failure
  // the source has let go of what it held (its connection), and is asked again after a pause.
  virtual sim::Expected<std::vector<Item>, StepFailure> look() = 0;
  // Nothing will ever come again: the loop ends.
  virtual bool is_over() const { return false; }
  // Is the item still this source's to handle? Asked before each try.
  virtual bool holds(const Item&) { return true; }
  // The item is done (or is taken as done before it is handled). False: the rest of the batch is
  // dropped and looked for again.
  virtual bool mark(const Item& item) = 0;
  // A position moves over everything before it, so items sent at once are marked together and in
  // their order, when all of them are handled. Otherwise each is marked as it is done.
  virtual bool marks_in_order() const { return false; }
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual const Policy& policy_of(const Item& item) = 0;
  // Runs with the item's scope. A failure is retried as the policy says.
  virtual sim::Expected<sim::Done, StepFailure> handle(const Item& item) = 0;
  // Its attempts are used up and it is put aside for people; it counts as handled.
  virtual void park(const Item& item, const StepFailure& failure) = 0;
  // Asked after it was handled: does it come a second time, and how much later?
  virtual std::optional<sim::Duration> comes_again(const Item&) { return std::nullopt; }
  // Of the scope it is handled in (sim::Scope).
  virtual sim::Name provenance_of(const Item&) { return {}; }
};

// How often an event has been handed to a handler in this run, over all instances and lives of a
// loop: the `attempt` of the scope. It is the simulator's knowledge, kept outside the processes:
// a second handling makes other draws and mints other event ids than the first, as it would for
// real. No model reads it to decide anything.
class Attempts {
 public:
  std::uint32_t next(sim::Name event_id) { return ++handled_[event_id.index()]; }

 private:
  std::unordered_map<std::size_t, std::uint32_t> handled_;  // looked up, never iterated
};

struct LoopSettings {
  std::string operation;  // Scope::operation while it looks and pauses
  std::string name;       // of the idle loop and its cycles: "order.1.relay"
  std::size_t batch = 100;
  sim::Duration every;  // the pause after a look that did not fill a batch; zero: the source waits
  sim::Duration after_trouble = sim::Duration::seconds(1);
  // Items handled at once. They begin in their order, never two of one key together, and none
  // begins while another waits for its retry: more at once reorders nothing.
  std::uint32_t concurrency = 1;
};

// Begun on a fiber whose scope is work, without a wait before it: a run is not quiet before the
// loop has looked once. Runs until the process dies, or until an item's attempts are used up and
// its retry says `fail`: then it returns. Items are handled one after another; one that waits for
// its retry holds back everything behind it (hold_all).
void run_loop(sim::Simulation& simulation, const LoopSettings& settings, Attempts& attempts,
              Source& source, Handler& handler);

}  // namespace halfwrite::publishing
