#include "models/saga/vocabulary.hpp"

#include <utility>

namespace halfwrite::saga {

using history::StepKind;

std::string step_text(std::string_view step, StepKind kind) {
  std::string text(step);
  if (kind == StepKind::compensation) text += ".undo";
  return text;
}

std::string command_of(const Definition& definition, const Step& step, StepKind kind) {
  return definition.name + "." + step_text(step.name, kind);
}
std::string reply_of(const Definition& definition, const Step& step, StepKind kind) {
  return command_of(definition, step, kind) + ".reply";
}
std::string command_topic(const Definition& definition, const std::string& service) {
  return definition.name + "." + service;
}
std::string reply_topic(const Definition& definition) {
  return definition.name + ".replies";
}
std::string message_group(const Definition& definition, const std::string& service) {
  return service + "." + definition.name;
}

std::string start_operation(const Definition& definition) {
  return definition.name;
}
std::string reply_operation(const Definition& definition) {
  return definition.name + ".reply";
}
std::string timer_operation(const Definition& definition) {
  return definition.name + ".timer";
}
std::string step_operation(const Definition& definition, const Step& step, StepKind kind) {
  return command_of(definition, step, kind);
}
std::string refusal_operation(const Definition& definition, const Step& step, StepKind kind) {
  return command_of(definition, step, kind) + ".refused";
}
std::string error_operation(const Definition& definition, const Step& step, StepKind kind) {
  return command_of(definition, step, kind) + ".failed";
}

std::vector<service::EventType> message_types(const Definition& definition) {
  std::vector<service::EventType> types;
  for (const Step& step : definition.steps) {
    for (const StepKind kind : {StepKind::action, StepKind::compensation}) {
      if (kind == StepKind::compensation && step.compensation.empty()) continue;
      const std::string prefix = step.name + (kind == StepKind::compensation ? "/undo_" : "/");
      service::EventType command;
      command.name = command_of(definition, step, kind);
      command.topic = command_topic(definition, step.service);
      command.key = saga_id;
      command.points.push_back({"published", definition.name, prefix + "send"});
      command.points.push_back({"committed", definition.name, prefix + "save"});
      types.push_back(std::move(command));
      service::EventType reply;
      reply.name = reply_of(definition, step, kind);
      reply.topic = reply_topic(definition);
      reply.key = saga_id;
      types.push_back(std::move(reply));
    }
  }
  return types;
}

std::string message_key(std::string_view id, std::string_view step, StepKind kind) {
  std::string key(id);
  key.append("/").append(step_text(step, kind));
  return key;
}

std::string message_id(std::string_view id, std::string_view step, StepKind kind,
                       std::uint32_t attempt) {
  std::string text(id);
  for (char& character : text) {
    if (character == '#') character = '-';
  }
  text.append("-").append(step);
  if (kind == StepKind::compensation) text += "-undo";
  if (attempt > 1) text += "-a" + std::to_string(attempt);
  return text;
}

}  // namespace halfwrite::saga
