// What the message relay and the connector do with an event: send it, once per try, with its event
// id as message id. It knows not where the event was read nor how it is marked.
#pragma once

#include "models/publishing/loop.hpp"
#include "models/service/instance.hpp"
#include "models/service/program.hpp"

#include <string>

namespace halfwrite::publishing {

// A record from what an outbox row says (what is no text is an empty one); the version is that of
// the event type.
broker::Record record_from(const service::EventTypes& events, const sql::Value& event_id,
                           const sql::Value& event_type, const sql::Value& topic,
                           const sql::Value& key, const sql::Value& payload);

// The columns of OutboxStatements::read and ::snapshot. What a cursor goes by, in ::read alone: the
// position that was stored, or with xid_cursor the transaction id of the row.
enum class OutboxColumn : std::size_t {
  position,
  event_id,
  topic,
  key,
  event_type,
  payload,
  cursor
};
const sql::Value& value_of(const sql::Row& row, OutboxColumn column);
broker::Record record_from(const service::EventTypes& events, const sql::Row& row);
// With its position in the outbox.
Item item_from(const service::EventTypes& events, const sql::Row& row);

class RelayHandler : public Handler {
 public:
  RelayHandler(service::Instance& instance, const Policy& policy)
      : instance_(instance), policy_(policy), publish_step_(instance.name_of("publish")) {}

  const Policy& policy_of(const Item&) override { return policy_; }
  // At the point "publish", with the alias {event, published}. With outbox.await it waits for the
  // acknowledgement; without, it always succeeds.
  sim::Expected<sim::Done, StepFailure> handle(const Item& item) override;
  void park(const Item& item, const StepFailure& failure) override;

 private:
  service::Instance& instance_;
  const Policy& policy_;
  sim::Name publish_step_;
};

}  // namespace halfwrite::publishing
