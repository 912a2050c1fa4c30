// A system outside: a card network, a mailer. A node of its own that keeps its own truth. It may be
// slow, paused, parted from us, or down for a while; what it did stays done, whatever stops. Asked
// over the network only (client.hpp). It owns its ledger and the facts of what it did, and knows no
// service but the ones it calls back, through the carrier it is given.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/external/ledger.hpp"
#include "models/external/settings.hpp"
#include "models/history/recorder.hpp"
#include "sim/simulation.hpp"

#include <functional>
#include <string>

namespace halfwrite::external {

// Takes a callback to the service it is for, from the running fiber's process, and waits for the
// answer. False: nobody took it, and it is brought again later.
using CallbackCarrier =
    std::function<bool(const std::string& run, const sql::Parameters& arguments)>;

class System {
 public:
  // Adds the node; before the run. `settings`, `evaluator` and what the carrier uses outlive it.
  System(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings,
         sql::Evaluator& evaluator, CallbackCarrier carrier);
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  const Settings& settings() const { return settings_; }

 private:
  friend class Front;
  void start(sim::Process& process);

  sim::Simulation& simulation_;
  history::Recorder& recorder_;
  const Settings& settings_;
  sql::Evaluator& evaluator_;
  CallbackCarrier carrier_;
  Ledger ledger_;
};

}  // namespace halfwrite::external
