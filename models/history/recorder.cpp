#include "models/history/recorder.hpp"

#include "sim/draw.hpp"

#include <utility>

namespace halfwrite::history {

void Recorder::hand_out(Fact& fact) {
  sim::TraceRecord trace;
  if (simulation_.on_fiber()) {
    fact.actor = simulation_.current_process().name();
    trace.address.scope = simulation_.scope();
  }

  trace.at = fact.at;
  trace.kind = sim::TraceKind::fact;
  trace.address.actor = fact.actor;
  trace.detail = fingerprint(fact.content, simulation_.names());
  simulation_.trace().record(trace);

  for (FactListener* listener : listeners_) listener->on_fact(fact);
}

void Recorder::measure(const Work& work) {
  if (simulation_.inert()) return;
  for (FactListener* listener : listeners_) listener->on_work(work);
}

TransactionToken Recorder::new_transaction(const sim::Address& begin) {
  const TransactionToken first = token_of(simulation_.names(), begin);
  // The dead begin nothing, and must not move the tokens of those who do.
  if (simulation_.inert()) return first;
  const std::uint64_t earlier = begun_[first.value]++;
  if (earlier == 0) return first;
  return TransactionToken{sim::Key(first.value).with(earlier).value()};
}

Name Recorder::provenance_of(const SagaStep& step) {
  sim::Names& names = simulation_.names();
  std::string text(names.text(step.type));
  text.append("/").append(names.text(step.step)).append("/").append(to_text(step.kind));
  text.append("#").append(std::to_string(step.attempt)).append(" of ");
  const Name provenance = names.of(text + sim::to_text(names, step.saga));
  steps_.try_emplace(provenance.index(), step);
  return provenance;
}

SagaStep Recorder::step_of(Name provenance) const {
  if (provenance.empty()) return {};
  const auto found = steps_.find(provenance.index());
  return found == steps_.end() ? SagaStep{} : found->second;
}

void Recorder::carry(const std::string& event_id, Name provenance) {
  if (provenance.empty() || simulation_.inert()) return;
  carried_.try_emplace(event_id, provenance);
}

Name Recorder::carried_by(const std::string& event_id) const {
  const auto found = carried_.find(event_id);
  return found == carried_.end() ? Name{} : found->second;
}

TransactionToken token_of(const sim::Names& names, const sim::Address& begin) {
  const sim::Key root = sim::Key(0x746f6b656e730000ull).with(names.hash(begin.actor));
  return TransactionToken{sim::key_of(root, names, begin).value()};
}

}  // namespace halfwrite::history
