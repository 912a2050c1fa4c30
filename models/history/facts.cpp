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

}  // namespace halfwrite::history
