#include "models/publishing/strategies.hpp"

#include "models/publishing/broker_first.hpp"
#include "models/publishing/database_first.hpp"
#include "models/publishing/inside_transaction.hpp"
#include "models/publishing/outbox_writer.hpp"

namespace halfwrite::publishing {
namespace {

using StatementsReference = std::shared_ptr<const Statements>;
using Made = std::unique_ptr<service::EventPublisher>;

struct Strategy {
  service::Publishing word;
  Made (*make)(service::Instance&, const StatementsReference&);
};

template <class Publisher>
Made dual_write(service::Instance& instance, const StatementsReference&) {
  return std::make_unique<Publisher>(instance);
}
Made outbox(service::Instance& instance, const StatementsReference& statements) {
  return std::make_unique<OutboxWriter>(instance, statements);
}

constexpr Strategy strategies[] = {
    {service::Publishing::none, nullptr},
    {service::Publishing::database_first, dual_write<DatabaseFirst>},
    {service::Publishing::broker_first, dual_write<BrokerFirst>},
    {service::Publishing::inside_transaction, dual_write<InsideTransaction>},
    {service::Publishing::outbox, outbox},
};

}  // namespace

service::PublisherFactory make_publisher(const service::Settings& settings,
                                         std::shared_ptr<const Statements> statements) {
  for (const Strategy& strategy : strategies) {
    if (strategy.word != settings.publishing) continue;
    if (strategy.make == nullptr) return {};
    return [make = strategy.make, statements](service::Instance& instance) {
      return make(instance, statements);
    };
  }
  HALFWRITE_ASSERT(false, "a publishing strategy is missing in the table");
}

}  // namespace halfwrite::publishing
