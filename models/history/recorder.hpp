// The recorder: where models put facts. It stamps each with instant and number, hashes it into the
// trace and hands it to the listeners in the order they were added. It drops what the dead say (the
// kernel is inert for them) and never looks at a fact to decide anything.
#pragma once

#include "models/history/facts.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <vector>

namespace halfwrite::history {

class FactListener {
 public:
  virtual ~FactListener() = default;
  virtual void on_fact(const Fact& fact) = 0;
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

  void record(FactContent content);
  sim::Simulation& simulation() const { return simulation_; }

 private:
  sim::Simulation& simulation_;
  std::vector<FactListener*> listeners_;
  std::uint64_t recorded_ = 0;
  bool keeps_texts_ = false;
};

// Hash of a fact's content by texts and numbers, the same in every run and build.
std::uint64_t fingerprint(const FactContent& content, const sim::Names& names);

// The token of a transaction: a keyed hash of who begins it.
TransactionToken token_of(const sim::Names& names, const sim::Address& begin);

}  // namespace halfwrite::history
