#include "models/publishing/relay_handler.hpp"

#include "models/broker/producer.hpp"

namespace halfwrite::publishing {

broker::Record record_from(const service::EventTypes& events, std::string event_id,
                           std::string event_type, std::string topic, std::string key,
                           std::string payload) {
  const auto type = events.find(event_type);
  const std::uint32_t version = type == events.end() ? 1 : type->second.version;
  return {std::move(event_id), std::move(event_type), version,
          std::move(topic),    std::move(key),        std::move(payload)};
}

sim::Expected<sim::Done, StepFailure> RelayHandler::handle(const Item& item) {
  const auto aliases = instance_.runtime().aliases_of(item.record.event_type, "published");
  const sim::Place place{publish_step_, aliases};
  if (!instance_.settings().outbox.await) {
    instance_.producer().send_and_forget(item.record, place);
    return sim::Done{};
  }
  const auto metadata = instance_.producer().send(item.record, place);
  if (metadata.has_value()) return sim::Done{};
  return sim::Unexpected<StepFailure>(service::failure_of(metadata.error()));
}

void RelayHandler::park(const Item& item, const StepFailure& failure) {
  instance_.recorder().record(
      history::Parked{item.record.event_id, instance_.name_of(item.record.event_type),
                      instance_.name_of(policy_.operation), failure.message});
}

}  // namespace halfwrite::publishing
