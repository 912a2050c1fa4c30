// Plugs this room into a service's deployment: the strategy of its emits, the relay or connector of
// its outbox and its subscriptions, each started anew with every process. The only call a builder
// of worlds needs beside the schema. It owns what outlives those processes (stored offsets) and
// nothing else.
//
// Where relays run: a polling relay runs in the service's processes, relay i in instance
// ((i - 1) mod instances) + 1, or with own_node on `<service>.relay` (`<service>.relay.1`, ... for
// several). The connector always is a process of its own, `<service>.relay`, as Debezium is.
#pragma once

#include "models/publishing/statements.hpp"
#include "models/service/deployment.hpp"
#include "models/service/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace halfwrite::publishing {

// Before Deployment::add_nodes, once. `statements` are those of read_statements for the same
// settings; null where the service needs none.
void attach(service::Deployment& deployment, std::shared_ptr<const Statements> statements);

// Replication slots that must exist in the service's database before the run.
std::vector<std::string> slots_of(const service::Settings& settings);

}  // namespace halfwrite::publishing
