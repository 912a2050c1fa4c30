#include "models/history/recorder.hpp"

#include "sim/draw.hpp"

#include <utility>

namespace halfwrite::history {

void Recorder::record(FactContent content) {
  if (simulation_.inert()) return;

  Fact fact;
  fact.at = simulation_.now();
  fact.number = ++recorded_;
  sim::TraceRecord trace;
  if (simulation_.on_fiber()) {
    fact.actor = simulation_.current_process().name();
    trace.address.scope = simulation_.scope();
  }
  fact.content = std::move(content);

  trace.at = fact.at;
  trace.kind = sim::TraceKind::fact;
  trace.address.actor = fact.actor;
  trace.detail = fingerprint(fact.content, simulation_.names());
  simulation_.trace().record(trace);

  for (FactListener* listener : listeners_) listener->on_fact(fact);
}

TransactionToken Recorder::new_transaction(const sim::Address& begin) {
  const TransactionToken first = token_of(simulation_.names(), begin);
  // The dead begin nothing, and must not move the tokens of those who do.
  if (simulation_.inert()) return first;
  const std::uint64_t earlier = begun_[first.value]++;
  if (earlier == 0) return first;
  return TransactionToken{sim::Key(first.value).with(earlier).value()};
}

TransactionToken token_of(const sim::Names& names, const sim::Address& begin) {
  const sim::Key root = sim::Key(0x746f6b656e730000ull).with(names.hash(begin.actor));
  return TransactionToken{sim::key_of(root, names, begin).value()};
}

}  // namespace halfwrite::history
