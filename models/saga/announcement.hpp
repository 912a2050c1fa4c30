// What a participant tells: a reply to its orchestrator, or an event of the scenario. Emitted in
// the open transaction, so that it reaches the broker as the service publishes.
#pragma once

#include "models/saga/definition.hpp"
#include "models/service/operation_run.hpp"

#include <string>

namespace halfwrite::saga {

sim::Expected<sim::Done, service::StepFailure> emit_reply(service::OperationRun& run,
                                                          const Definition& definition,
                                                          const Step& step, history::StepKind kind,
                                                          history::StepOutcome outcome,
                                                          const std::string& reason,
                                                          bool left_effects = false);

// A step's `success` or `failure` event. Without a declared payload it carries the variables of the
// saga as far as they are known here; in choreography also the id of the saga, and whether a step
// that failed may stand outside.
sim::Expected<sim::Done, service::StepFailure> emit_event(service::OperationRun& run,
                                                          const Definition& definition,
                                                          const std::string& event,
                                                          bool left_effects = false);

// A saga has begun, if the open transaction survives.
void record_started(service::OperationRun& run, const Definition& definition);

// Where no coordinator learns of it: the step was refused. `decides`: and so the saga is to be
// taken back; a saga that is past its pivot cannot be.
void record_refused(service::OperationRun& run, const std::string& reason, bool decides);

}  // namespace halfwrite::saga
