// Whether a participant does what it is asked for: its inbox and its fence, one statement where all
// is as usual. In the transaction of the effect.
#pragma once

#include "models/saga/definition.hpp"
#include "models/saga/schema.hpp"
#include "models/service/operation_run.hpp"

#include <cstdint>
#include <string>

namespace halfwrite::saga {

enum class Admission : std::uint8_t {
  proceed,
  empty,     // a compensation whose action left no row, now shut out by one
  repeated,  // it was done before
};

// A failure is a business failure where the action was refused before, or comes after its
// compensation; else what the database said. `statements` may be null where neither is on.
sim::Expected<Admission, service::StepFailure> admit(service::OperationRun& run,
                                                     const Definition& definition, const Step& step,
                                                     history::StepKind kind,
                                                     const ParticipantStatements* statements);

// The action was refused: whoever asks for it again is told the same.
sim::Expected<sim::Done, service::StepFailure> note_refusal(
    service::OperationRun& run, const Definition& definition, const Step& step,
    const std::string& reason, const ParticipantStatements& statements);

// The id of the saga a message or call speaks of.
std::string id_of(service::OperationRun& run);

// The failure of an action that came too late.
inline constexpr const char* after_compensation = "comes after its compensation";

}  // namespace halfwrite::saga
