#include "models/history/facts.hpp"

namespace halfwrite::history {

const char* to_text(Answer answer) {
  switch (answer) {
    case Answer::ok:
      return "ok";
    case Answer::fail:
      return "fail";
    case Answer::unknown:
      return "unknown";
  }
  return "unknown";
}

const char* to_text(HandlingOutcome outcome) {
  switch (outcome) {
    case HandlingOutcome::done:
      return "done";
    case HandlingOutcome::repeated:
      return "repeated";
    case HandlingOutcome::refused:
      return "refused";
    case HandlingOutcome::failed:
      return "failed";
  }
  return "failed";
}

const char* to_text(StepKind kind) {
  switch (kind) {
    case StepKind::action:
      return "do";
    case StepKind::compensation:
      return "undo";
    case StepKind::confirmation:
      return "confirm";
  }
  return "do";
}

const char* to_text(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::applied:
      return "applied";
    case StepOutcome::refused:
      return "refused";
    case StepOutcome::failed:
      return "failed";
    case StepOutcome::unknown:
      return "unknown";
  }
  return "unknown";
}

const char* to_text(SagaEnd end) {
  switch (end) {
    case SagaEnd::completed:
      return "completed";
    case SagaEnd::compensated:
      return "compensated";
    case SagaEnd::parked:
      return "parked";
  }
  return "parked";
}

std::string to_text(const std::vector<Argument>& arguments) {
  std::string text;
  for (const Argument& argument : arguments) {
    if (!text.empty()) text += ", ";
    text += argument.name + ": " + argument.value;
  }
  return text;
}

}  // namespace halfwrite::history
