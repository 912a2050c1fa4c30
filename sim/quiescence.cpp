#include "sim/quiescence.hpp"

#include "sim/simulation.hpp"

#include <utility>

namespace halfwrite::sim {

bool Quiescence::is_quiet() const {
  if (work_ != 0 || !open_.empty()) return false;
  for (const auto& [id, loop] : loops_) {
    if (loop.settled_at != changes_) return false;
  }
  return true;
}

std::vector<std::string> Quiescence::waiting() const {
  std::vector<std::string> sentences;
  for (const auto& [id, what] : open_) sentences.push_back(what());
  for (const auto& [id, loop] : loops_) {
    if (loop.settled_at != changes_) {
      sentences.push_back(loop.name + " has not run a full cycle since the last change");
    }
  }
  if (work_ != 0) {
    sentences.push_back(std::to_string(work_) + (work_ == 1 ? " event is" : " events are") +
                        " pending");
  }
  return sentences;
}

void Quiescence::look_again(std::uint64_t loop) {
  if (inert_ || loop == 0) return;
  const auto found = loops_.find(loop);
  if (found != loops_.end()) found->second.looks_again = true;
}

bool Quiescence::would_find_nothing(std::uint64_t loop) const {
  const auto found = loops_.find(loop);
  if (found == loops_.end() || found->second.looks_again) return false;
  return found->second.settled_at == changes_ && found->second.settled_after == happenings_;
}

void look_again(Simulation& simulation) {
  if (simulation.on_fiber()) simulation.quiescence().look_again(simulation.scope().loop);
}

IdleLoop::IdleLoop(Quiescence& quiescence, std::string name)
    : quiescence_(quiescence), id_(quiescence.next_id_++) {
  if (quiescence_.inert_) return;
  quiescence_.loops_.emplace(id_, Quiescence::Loop{std::move(name)});
}

IdleLoop::~IdleLoop() {
  quiescence_.loops_.erase(id_);
}

void IdleLoop::begin_cycle() {
  began_at_ = quiescence_.changes_;
  began_after_ = quiescence_.happenings_;
  const auto found = quiescence_.loops_.find(id_);
  if (found != quiescence_.loops_.end()) found->second.looks_again = false;
}

void IdleLoop::end_cycle() {
  const auto found = quiescence_.loops_.find(id_);
  if (quiescence_.inert_ || found == quiescence_.loops_.end()) return;
  if (found->second.looks_again) return;
  found->second.settled_at = began_at_;
  found->second.settled_after = began_after_;
}

void IdleLoop::unsettle() {
  const auto found = quiescence_.loops_.find(id_);
  if (quiescence_.inert_ || found == quiescence_.loops_.end()) return;
  found->second.settled_at = ~0ull;
}

OpenThing::OpenThing(Quiescence& quiescence, std::function<std::string()> what) {
  if (quiescence.inert_) return;
  quiescence_ = &quiescence;
  id_ = quiescence.next_id_++;
  quiescence.open_.emplace(id_, std::move(what));
}

OpenThing::OpenThing(OpenThing&& other) noexcept
    : quiescence_(std::exchange(other.quiescence_, nullptr)), id_(other.id_) {}

OpenThing& OpenThing::operator=(OpenThing&& other) noexcept {
  if (this != &other) {
    close();
    quiescence_ = std::exchange(other.quiescence_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

void OpenThing::close() {
  if (quiescence_ != nullptr) quiescence_->open_.erase(id_);
  quiescence_ = nullptr;
}

}  // namespace halfwrite::sim
