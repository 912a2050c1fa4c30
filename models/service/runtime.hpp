// What all services of one run share: the kernel, the recorder, the evaluator of expressions, the
// event types, and the ids given to events. Made by who builds the world, outlives every process,
// survives every crash. It belongs to the simulator: service code has no way to ask it anything.
#pragma once

#include "models/broker/settings.hpp"
#include "models/database/settings.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/history/recorder.hpp"
#include "models/service/program.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace halfwrite::service {

// Readable ids of events: "orders-17-1" is the first event of request 17 of load "orders";
// "orders-17-1-shipping.prepare-1" the first that shipping.prepare made of it. A later attempt says
// so ("-a2"), and whoever makes an id again that exists already (a redelivery after a crash) gets
// "-2", "-3", ... behind it: two transactions never owe the same event id.
class EventIds {
 public:
  std::string make(const sim::Names& names, const sim::Scope& scope, std::uint32_t ordinal,
                   std::string_view purpose = {});
  // This id, or where it exists already with "-2", "-3", ... behind it.
  std::string make_as(std::string id);

 private:
  std::unordered_map<std::string, std::uint64_t> made_;  // looked up, never iterated
};

struct Runtime {
  sim::Simulation& simulation;
  history::Recorder& recorder;
  sql::Evaluator& evaluator;
  const EventTypes& events;
  std::map<std::string, const broker::Settings*, std::less<>> brokers;  // by name
  EventIds event_ids = {};

  // The names of a moment of an event: its own, {event, moment}, and its type's further ones.
  std::vector<sim::Alias> aliases_of(std::string_view event, std::string_view moment) const;

  Runtime(sim::Simulation& s, history::Recorder& r, sql::Evaluator& e, const EventTypes& t)
      : simulation(s), recorder(r), evaluator(e), events(t) {}
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
};

}  // namespace halfwrite::service
