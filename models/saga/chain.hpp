// A saga as a chain of calls: the service of the first step calls each participant and waits, and
// compensates by calls when one fails. Where the saga stands is in the memory of one process, so
// its crash leaves the saga where it is and nobody goes on: the anti-pattern, here to be compared.
// It goes by the same core as the durable orchestrator.
#pragma once

#include "models/saga/definition.hpp"
#include "models/service/program.hpp"

namespace halfwrite::saga {

// The operation that clients ask for, of the service of the first step. Its answer is the saga's
// end: done, or the business failure that it was compensated for. Points: call (the request to a
// participant, which is charge/send of the saga too), connect, pause, and those of own steps.
service::Operation as_chain(const DefinitionReference& definition);

}  // namespace halfwrite::saga
