#include "models/external/system.hpp"

#include "models/external/front.hpp"

#include <memory>
#include <utility>

namespace halfwrite::external {

System::System(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings,
               sql::Evaluator& evaluator, CallbackCarrier carrier)
    : simulation_(simulation),
      recorder_(recorder),
      settings_(settings),
      evaluator_(evaluator),
      carrier_(std::move(carrier)),
      ledger_(settings) {
  sim::NodeOptions options;
  options.name = settings.name;
  options.group = settings.name;
  options.main = [this](sim::Process& process) { start(process); };
  simulation_.add_node(options);
}

void System::start(sim::Process& process) {
  std::make_shared<Front>(*this, process)->start();
}

}  // namespace halfwrite::external
