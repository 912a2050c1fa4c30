// What a saga adds to the services, events and topics of a flow, by the way it is coordinated: the
// same services, operations and subscriptions that an author could have written, with the house's
// own code in some steps. Done while a scenario is read; what comes out is immutable. It starts
// nothing: timers are attached to processes by attach.hpp.
#pragma once

#include "models/broker/settings.hpp"
#include "models/saga/orchestrator.hpp"
#include "models/saga/participant.hpp"
#include "models/service/settings.hpp"

#include <string>
#include <vector>

namespace halfwrite::saga {

// --- Before the catalogs are built ---

// How the service of the orchestrator publishes its commands, how many instances of it there are,
// and how many of each participant a chain of calls can choose from.
void prepare(Definition& definition, std::vector<service::Settings>& services);
// Does this saga need that table in the database of this service?
bool needs_instances(const Definition& definition, const service::Settings& service);
bool needs_lease(const Definition& definition, const service::Settings& service);
bool needs_inbox(const Definition& definition, const service::Settings& service);
// Topics of commands and replies, for the broker of the participants; none in other styles.
std::vector<broker::TopicSettings> topics_of(const Definition& definition);

// --- After the operations are read ---

// Of the service's database; null where the saga needs none there.
struct ServiceStatements {
  OrchestratorReference orchestrator;
  LeaseReference lease;
  ParticipantReference participant;
};
// Adds to the service what it is in the saga: entry, orchestrator, participant.
void extend(service::Settings& service, const DefinitionReference& definition,
            const ServiceStatements& statements);

// The operation that clients ask for: "order.place_order".
std::string entry_of(const Definition& definition);

}  // namespace halfwrite::saga
