// Plugs the running parts of sagas into a world: the fibers that watch an orchestrator's timers in
// each of its processes, and the chronicle of choreographed sagas. Everything else of a saga is
// operations and subscriptions (assembly.hpp).
#pragma once

#include "models/saga/chronicle.hpp"
#include "models/saga/message_windows.hpp"
#include "models/saga/orchestrator.hpp"
#include "models/service/deployment.hpp"

namespace halfwrite::saga {

// Before Deployment::add_nodes, for the service of the orchestrator; others are left alone.
void attach(service::Deployment& deployment, const DefinitionReference& definition,
            const OrchestratorReference& statements, const LeaseReference& lease);

}  // namespace halfwrite::saga
