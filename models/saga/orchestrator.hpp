// The durable orchestrator: three operations of its service that take what came in (a client's
// request, a reply, a timer), ask the core what follows from it, and save the state and send the
// commands, together or in the order that `publishing` says. Nothing of it is remembered between
// two inputs but in the database; the timers a process watches are only a copy (timers.hpp).
//
// The commands are emitted before the state is saved: a transactional outbox and database_first
// send them after the commit all the same, broker_first sends them first.
#pragma once

#include "models/saga/definition.hpp"
#include "models/saga/schema.hpp"
#include "models/service/program.hpp"

namespace halfwrite::saga {

// A client's request: the saga is stored with its first commands, and the client is answered. A
// saga of that request that is there already is left alone.
service::Operation as_start(const DefinitionReference& definition,
                            const OrchestratorReference& statements);
// A reply from the topic of replies.
service::Operation as_reply(const DefinitionReference& definition,
                            const OrchestratorReference& statements);
// A timer of the saga `:saga_id` has come. `lease` null: none, or not fenced.
service::Operation as_timer(const DefinitionReference& definition,
                            const OrchestratorReference& statements, const LeaseReference& lease);

}  // namespace halfwrite::saga
