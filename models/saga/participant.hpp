// A participant's side of a saga: an operation of the author wrapped so that a step that is asked
// for twice is done once (inbox), one that comes after its compensation is not done (fence), and
// what became of it is told in the transaction of the effect: as a reply, as an event, or as the
// answer of a call. The same wrapping whoever coordinates. It never knows where the saga stands.
//
// The fence, by the row of the action: none -> done -> undone; a compensation that finds none
// leaves `blocked` (an empty compensation), and an action that finds `undone` or `blocked` is
// refused. Two that come at once collide on that row (Garcia-Molina's sagas on messages; Seata's
// TCC fence does the same). The row knows of no effect outside: where the action asks a system
// outside, a compensation that finds none leaves `blocked` and is carried out all the same.
#pragma once

#include "models/saga/definition.hpp"
#include "models/saga/schema.hpp"
#include "models/service/program.hpp"

#include <cstddef>

namespace halfwrite::saga {

// The operation `authored` as an action or compensation of this step. `statements` may be null
// where neither inbox nor fence is on.
service::Operation as_step(const DefinitionReference& definition, std::size_t step,
                           history::StepKind kind, const service::Operation& authored,
                           const ParticipantReference& statements);

// May this action be refused by more than the no of one system outside? Then something may stand
// there though it was refused: what it asked for before, or an earlier attempt of it did.
bool may_leave_effects(const service::Operation& action);

// What answers for it when it was refused by business rule, or failed with an error: a reply, or in
// choreography the step's `failure` event, in a transaction of its own, with `:error`.
service::Operation as_refusal(const DefinitionReference& definition, std::size_t step,
                              history::StepKind kind, const service::Operation& authored,
                              const ParticipantReference& statements);
service::Operation as_error(const DefinitionReference& definition, std::size_t step,
                            history::StepKind kind, const service::Operation& authored);

// What a client asks for where nobody coordinates: the first step. Of a first step that asks
// systems outside a refusal is answered too, so that what it left there is taken back.
service::Operation as_entry(const DefinitionReference& definition);

}  // namespace halfwrite::saga
