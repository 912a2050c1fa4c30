// The recorder: where models put facts. It stamps each with instant and number, hashes it into the
// trace and hands it to the listeners in the order they were added. It drops what the dead say (the
// kernel is inert for them) and never looks at a fact to decide anything.
#pragma once

#include "models/history/facts.hpp"
#include "sim/simulation.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace halfwrite::history {

// A worker of a service was busy with one piece of work: a measurement and no fact. It is in no
// trace, and no verdict hangs on it.
struct Work {
  Name service;
  std::uint32_t workers = 0;  // of all instances of the service
  sim::Duration busy;
};

class FactListener {
 public:
  virtual ~FactListener() = default;
  virtual void on_fact(const Fact& fact) = 0;
  virtual void on_work(const Work&) {}
};

class Recorder {
 public:
  explicit Recorder(sim::Simulation& simulation) : simulation_(simulation) {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void listen(FactListener& listener) { listeners_.push_back(&listener); }
  // Does the run keep texts that only stories need (statements with their values)?
  void keep_texts(bool keep) { keeps_texts_ = keep; }
  bool keeps_texts() const { return keeps_texts_; }

  // Stamps, hashes and hands out one fact; dropped while a dead fiber unwinds.
  template <class Content>
  void record(Content content) {
    if (simulation_.inert()) return;
    Fact fact{simulation_.now(), ++recorded_, {}, std::move(content)};
    hand_out(fact);
  }
  // Hands out one measurement; dropped like facts are.
  void measure(const Work& work);
  // The token of a transaction about to begin at this address: `token_of(begin)` for the first one,
  // and another for each that begins there again (a redelivery after a restart has the address of
  // the first delivery, and their transactions have different fates).
  TransactionToken new_transaction(const sim::Address& begin);
  sim::Simulation& simulation() const { return simulation_; }

  // Which step of a saga work is part of travels in the scopes of fibers and messages as one name
  // (sim::Scope::provenance). This makes it, ...
  Name provenance_of(const SagaStep& step);
  // ... and this reads it; empty where the work is part of no saga.
  SagaStep step_of(Name provenance) const;
  // An event carries the provenance of the scope that emitted it to whoever handles it.
  void carry(const std::string& event_id, Name provenance);
  Name carried_by(const std::string& event_id) const;

 private:
  void hand_out(Fact& fact);

  sim::Simulation& simulation_;
  std::vector<FactListener*> listeners_;
  std::uint64_t recorded_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> begun_;  // by token; looked up, never iterated
  // Looked up, never iterated.
  std::unordered_map<std::size_t, SagaStep> steps_;  // by index of the provenance's name
  std::unordered_map<std::string, Name> carried_;    // by event id
  bool keeps_texts_ = false;
};

// Hash of a fact's content by texts and numbers, the same in every run and build. Every field goes
// in but StatementExecuted::text, which is filled only when a story is kept: a run that is told
// must have the trace hash of the one that was not.
std::uint64_t fingerprint(const FactContent& content, const sim::Names& names);

// A keyed hash of who begins a transaction: process, operation, intent, attempt, step, occurrence.
// It repeats when the same work is begun again there; Recorder::new_transaction is what hands out
// tokens.
TransactionToken token_of(const sim::Names& names, const sim::Address& begin);

}  // namespace halfwrite::history
