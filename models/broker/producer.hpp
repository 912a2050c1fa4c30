// A producer: the client through which one process appends records. Volatile: one per process and
// settings, made by the process and gone with it, its producer id and unsent records too. It finds
// leaders, retries inside the delivery time-out and keeps the order of sends per partition. It
// never claims more than it knows: after a lost answer the outcome is unknown. Source: Kafka's Java
// producer (KIP-91 time-outs, KIP-98/360 idempotence).
#pragma once

#include "models/broker/record.hpp"
#include "models/broker/settings.hpp"
#include "sim/expected.hpp"
#include "sim/simulation.hpp"

#include <memory>
#include <string>

namespace halfwrite::broker {

struct ProduceFailure {
  bool surely_not_written = false;  // nothing was sent, or each attempt was answered "not appended"
  std::string reason;               // "NOT_ENOUGH_REPLICAS", "delivery time-out", ...
};

class Producer {
 public:
  // Both settings are copied. Idempotence is silently off unless acks is all and retries are
  // allowed, as in Kafka where it is not set explicitly.
  Producer(sim::Process& process, const Settings& broker, const ProducerSettings& settings);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Sends and waits for what `acks` asks for, at most delivery_timeout. Each attempt's request
  // passes `place` (before, during, after); waits for metadata, connections and back-off have steps
  // of their own ("producer/..."). Sends to one partition go one after another in the order of the
  // calls. Fibers of the same process only.
  sim::Expected<Metadata, ProduceFailure> send(Record record, const sim::Place& place);

  // Takes the record and returns at once; it is sent by a fiber of its own with the caller's scope,
  // and dies with the process. Nobody hears of a failure. Order as with `send`.
  void send_and_forget(Record record, const sim::Place& place);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace halfwrite::broker
