#include "models/saga/attach.hpp"

#include "models/publishing/subscription_gate.hpp"
#include "models/saga/timers.hpp"
#include "models/saga/vocabulary.hpp"

#include <memory>

namespace halfwrite::saga {

void attach(service::Deployment& deployment, const DefinitionReference& definition,
            const OrchestratorReference& statements, const LeaseReference& lease) {
  if (!definition->is_orchestrated_by(deployment.settings().name)) return;
  const auto attempts = std::make_shared<publishing::Attempts>();
  deployment.add_companion([=](service::Instance& instance) {
    if (definition->orchestrator.on_start == OnStart::wait) {
      publishing::close_gate(instance, message_group(*definition, instance.settings().name),
                             reply_topic(*definition));
    }
    // Starting is work: a run must not come to rest before the rows were read.
    const sim::Scope scope{
        instance.name_of(instance.settings().name + "." + timer_operation(*definition)),
        {},
        1,
        sim::Activity::work};
    instance.spawn(scope, [=](service::Instance& running) {
      run_timers(running, definition, statements, lease, *attempts);
    });
  });
}

}  // namespace halfwrite::saga
