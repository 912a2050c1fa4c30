#include "models/saga/state.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace halfwrite::saga {

namespace {

constexpr std::array<std::pair<Phase, const char*>, 6> phases{
    {{Phase::running, "running"},
     {Phase::compensating, "compensating"},
     {Phase::completed, "completed"},
     {Phase::compensated, "compensated"},
     {Phase::parked, "parked"},
     {Phase::stopped, "stopped"}}};
constexpr std::array<std::pair<Status, const char*>, 12> statuses{
    {{Status::waiting, "waiting"},
     {Status::skipped, "skipped"},
     {Status::asked, "asked"},
     {Status::pausing, "pausing"},
     {Status::done, "done"},
     {Status::refused, "refused"},
     {Status::failed, "failed"},
     {Status::unknown, "unknown"},
     {Status::undoing, "undoing"},
     {Status::undo_pausing, "undo_pausing"},
     {Status::undone, "undone"},
     {Status::left, "left"}}};

template <class Word, std::size_t count>
const char* word_of(const std::array<std::pair<Word, const char*>, count>& words, Word word) {
  for (const auto& [known, text] : words) {
    if (known == word) return text;
  }
  HALFWRITE_ASSERT(false, "a saga stands nowhere");
}
template <class Word, std::size_t count>
bool take_word(const std::array<std::pair<Word, const char*>, count>& words, std::string_view text,
               Word& into) {
  for (const auto& [known, name] : words) {
    if (text != name) continue;
    into = known;
    return true;
  }
  return false;
}
template <class Number>
bool take_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

// Cuts off what stands before the separator; all of it where there is none.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

bool read_step(std::string_view value, StepState& step) {
  std::string_view status = cut(value, ':');
  step.left_effects = status.ends_with('!');
  if (step.left_effects) status.remove_suffix(1);
  step.in_doubt = status.ends_with('?');
  if (step.in_doubt) status.remove_suffix(1);
  if (!take_word(statuses, status, step.status)) return false;
  if (!value.empty() && !take_number(cut(value, ':'), step.attempts)) return false;
  return value.empty() || take_number(value, step.undo_attempts);
}

// "timeout", "charge.do.1", "charge.undo.2.again"
bool read_timer(std::string_view name, std::string_view due, const Definition& definition,
                Timer& timer) {
  if (!take_number(due, timer.due)) return false;
  if (name == "timeout") return true;
  const Step* step = definition.find(cut(name, '.'));
  if (step == nullptr) return false;
  timer.step = definition.position(step->name);
  timer.kind = cut(name, '.') == "undo" ? StepKind::compensation : StepKind::action;
  timer.purpose = Timer::Purpose::answer;
  if (!take_number(cut(name, '.'), timer.attempt)) return false;
  if (name == "again") timer.purpose = Timer::Purpose::again;
  return name.empty() || name == "again";
}

}  // namespace

const char* to_text(Phase phase) {
  return word_of(phases, phase);
}
const char* to_text(Status status) {
  return word_of(statuses, status);
}

std::optional<std::int64_t> State::due() const {
  std::optional<std::int64_t> earliest;
  for (const Timer& timer : timers) {
    earliest = earliest ? std::min(*earliest, timer.due) : timer.due;
  }
  return earliest;
}

std::string to_text(const State& state, const Definition& definition) {
  std::string text = to_text(state.phase);
  if (state.committed) text += " committed";
  for (std::size_t i = 0; i < state.steps.size(); ++i) {
    const StepState& step = state.steps[i];
    text.append(" ").append(definition.steps[i].name).append("=").append(to_text(step.status));
    if (step.in_doubt) text += "?";
    if (step.left_effects) text += "!";
    if (step.attempts > 0 || step.undo_attempts > 0) text += ":" + std::to_string(step.attempts);
    if (step.undo_attempts > 0) text += ":" + std::to_string(step.undo_attempts);
  }
  for (const Timer& timer : state.timers) {
    text += " @";
    if (timer.purpose == Timer::Purpose::saga) {
      text += "timeout";
    } else {
      text.append(definition.steps[timer.step].name).append(".").append(to_text(timer.kind));
      text += "." + std::to_string(timer.attempt);
      if (timer.purpose == Timer::Purpose::again) text += ".again";
    }
    text += "=" + std::to_string(timer.due);
  }
  return text;
}

std::optional<State> state_of(std::string_view text, const Definition& definition) {
  State state;
  state.steps.resize(definition.steps.size());
  if (!take_word(phases, cut(text, ' '), state.phase)) return std::nullopt;
  while (!text.empty()) {
    std::string_view value = cut(text, ' ');
    if (value == "committed") {
      state.committed = true;
      continue;
    }
    std::string_view name = cut(value, '=');
    if (name.starts_with('@')) {
      Timer timer;
      if (!read_timer(name.substr(1), value, definition, timer)) return std::nullopt;
      state.timers.push_back(timer);
      continue;
    }
    const Step* step = definition.find(name);
    if (step == nullptr) return std::nullopt;
    if (!read_step(value, state.steps[definition.position(name)])) return std::nullopt;
  }
  return state;
}

}  // namespace halfwrite::saga
