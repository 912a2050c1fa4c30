// What the parts of a saga are called on the wire, in tables and at points: commands and replies
// are events of types made for them, so that every way to publish and every subscription carries
// them. Names only.
#pragma once

#include "models/history/facts.hpp"
#include "models/saga/definition.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::saga {

// Fields of commands, replies and (in choreography) events, beside what the scenario puts there.
inline constexpr const char* saga_id = "saga_id";
inline constexpr const char* saga_attempt = "saga_attempt";
inline constexpr const char* saga_outcome = "saga_outcome";
inline constexpr const char* saga_reason = "saga_reason";
// Of a step that did not succeed: something of it may stand outside all the same.
inline constexpr const char* saga_left_effects = "saga_left_effects";

// "charge", "charge.undo"
std::string step_text(std::string_view step, history::StepKind kind);
// The event types "place_order.charge.undo" and "place_order.charge.undo.reply".
std::string command_of(const Definition& definition, const Step& step, history::StepKind kind);
std::string reply_of(const Definition& definition, const Step& step, history::StepKind kind);
// "place_order.payment": where a service takes commands; "place_order.replies".
std::string command_topic(const Definition& definition, const std::string& service);
std::string reply_topic(const Definition& definition);
// "payment.place_order": the consumer group in which a service reads them.
std::string message_group(const Definition& definition, const std::string& service);

// Under which names operations are kept: "place_order" is the one clients ask for.
std::string start_operation(const Definition& definition);
std::string reply_operation(const Definition& definition);
std::string timer_operation(const Definition& definition);
std::string step_operation(const Definition& definition, const Step& step, history::StepKind kind);
std::string refusal_operation(const Definition& definition, const Step& step,
                              history::StepKind kind);
std::string error_operation(const Definition& definition, const Step& step, history::StepKind kind);

// The types of all commands and replies, with their points: send and save (undo_send, undo_save) of
// a step. `key` of each is the saga, its step and kind.
std::vector<service::EventType> message_types(const Definition& definition);
// The key of a message: two of one step keep their order, a step and its compensation do not.
std::string message_key(std::string_view id, std::string_view step, history::StepKind kind);
// The id of a message, readable and the same whenever it is made again: "orders-17-charge-undo-a2".
std::string message_id(std::string_view id, std::string_view step, history::StepKind kind,
                       std::uint32_t attempt);

}  // namespace halfwrite::saga
