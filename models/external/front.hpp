// One life of the process in front of a ledger: takes requests, looks at their keys, lets them take
// effect, answers, and brings the callbacks that are owed. Volatile: a request that had not taken
// effect dies with it, and its key is free again.
#pragma once

#include "models/external/system.hpp"
#include "sim/network.hpp"
#include "sim/synchronization.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace halfwrite::external {

class Front : public std::enable_shared_from_this<Front> {
 public:
  Front(System& system, sim::Process& process) : system_(system), process_(process) {}
  // Listens, and takes up the callbacks that a former life left.
  void start();

 private:
  using Key = std::pair<std::string, std::string>;  // operation and idempotency key
  class KeyInUse;

  void serve(const sim::Connection& connection);
  Reply answer(const Request& request);
  // Under an idempotency key: what is known of it, or its answer once it is this request's.
  Reply answer_keyed(const Request& request, const Operation& operation);
  Reply carry_out(const Request& request, const Operation& operation, sim::Name step,
                  sim::Duration time);
  Reply replay(const Request& request, const Operation& operation, const Ledger::Known& known);
  std::string refusal_of(const Request& request, const Operation& operation);
  bool declines(const Request& request, const Operation& operation);
  void repeat_later(const Request& request, sim::Duration later);
  void record(const Request& request, const Operation& operation, bool effect, std::string answer);

  void owe_callbacks(const Request& request, const Operation& operation, const std::string& result);
  void bring(Ledger::CallbackId id);
  void deliver(Ledger::CallbackId id);

  sim::Name name_of(std::string_view text) const { return simulation().names().of(text); }
  sim::Simulation& simulation() const { return system_.simulation_; }
  std::string full_name(const Operation& operation) const;

  System& system_;
  sim::Process& process_;
  std::map<Key, std::shared_ptr<sim::Semaphore>> in_use_;  // whoever has the permit works on it
};

}  // namespace halfwrite::external
