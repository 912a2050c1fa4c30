// The server's side of a replication stream, PostgreSQL's walsender with logical decoding: whole
// transactions in the order of their commit records, as soon as those are flushed. It moves its
// slot only by what the consumer confirms.
#pragma once

#include "models/database/engine.hpp"
#include "models/database/protocol.hpp"
#include "sim/network.hpp"

namespace halfwrite::database {

// Runs until the connection ends.
void serve_replication(Engine& engine, sim::Connection connection,
                       const protocol::Startup& startup);

}  // namespace halfwrite::database
