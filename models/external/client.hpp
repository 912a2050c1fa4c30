// How a service asks a system outside: one connection per question, one answer or none. A question
// whose answer does not come in time is not called back: what was sent may still arrive and take
// effect, as with HTTP. It tells what the caller was told and never what became of it.
#pragma once

#include "models/external/protocol.hpp"
#include "sim/expected.hpp"
#include "sim/network.hpp"
#include "sim/simulation.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace halfwrite::external {

struct Failure {
  enum class Kind : std::uint8_t {
    declined,  // a sure no, by the rules of the system
    refused,   // an error, surely without effect of this request
    unknown,   // nobody at the caller can say: no answer, or the first request is still under way
  } kind = Kind::refused;
  std::string name;     // the failure; "08001" nobody to ask, "timeout", "conflict", ...
  std::string message;  // for people
};

// Sends `request` from the running fiber's process and waits at most `timeout` in all. The place is
// that of the question; connecting has the moment "connect" of its step. The value is "applied" or
// "pending".
sim::Expected<std::string, Failure> ask(sim::Simulation& simulation, std::string_view system,
                                        std::unique_ptr<Request> request, const sim::Place& place,
                                        sim::Duration timeout);

// "charge" of step "1": the name of its moment "1/effect".
sim::Name moment_of(sim::Names& names, sim::Name step, std::string_view moment);

}  // namespace halfwrite::external
