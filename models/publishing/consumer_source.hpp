// The deliveries of one consumer group member as the source of a loop: a batch is one poll, an
// item's mark is its committed offset, record by record. (Kafka's clients commit once per poll by
// default; record by record is Spring's AckMode.RECORD, and gives each event its own point
// "acknowledge".) Or the client commits by itself in its polls, and a mark does nothing. After a
// rebalance the rest of a batch is dropped: the new owner gets it. It never looks into a record.
#pragma once

#include "models/broker/consumer.hpp"
#include "models/publishing/loop.hpp"
#include "models/publishing/subscription_gate.hpp"
#include "models/service/instance.hpp"
#include "sim/queue.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace halfwrite::publishing {

// Who commits. `by_batch`: deliveries are handled beside each other, so the offsets of a batch are
// committed when all of it is handled, one per partition. `by_client`: the consumer itself, whose
// enable_auto_commit says so; at the point "acknowledge" too, without an alias.
enum class Commits : std::uint8_t { by_record, by_batch, by_client };

class ConsumerSource : public Source {
 public:
  // `consumer` must outlive it. `gate`: what was read is handed out once it is open; null: at once.
  ConsumerSource(service::Instance& instance, broker::Consumer& consumer,
                 Commits commits = Commits::by_record, const SubscriptionGate* gate = nullptr);

  // One poll, at the point "poll", at most a second long; idle.
  sim::Expected<std::vector<Item>, StepFailure> look() override;
  bool holds(const Item&) override;
  // Commits the offset behind the item, at the point "acknowledge" with the alias {event,
  // acknowledged}. After a failure every record of the batch that is not marked is read again, this
  // one too.
  bool mark(const Item& item) override;
  bool marks_in_order() const override { return commits_ == Commits::by_batch; }

 private:
  struct Place {
    std::string topic;
    std::uint32_t partition = 0;
    std::uint64_t position = 0;
  };
  void read_again();
  void hold_or_add_held(std::vector<broker::Delivery>& deliveries);

  service::Instance& instance_;
  broker::Consumer& consumer_;
  Commits commits_;
  const SubscriptionGate* gate_;
  std::vector<broker::Delivery> held_;  // behind the closed gate
  sim::Name poll_step_;
  sim::Name acknowledge_step_;
  sim::Queue<Place> unmarked_;    // of the batch, in its order
  std::uint64_t assignment_ = 0;  // under which the batch was read
};

}  // namespace halfwrite::publishing
