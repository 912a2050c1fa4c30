#include "models/publishing/strategies.hpp"

#include "models/publishing/broker_first.hpp"
#include "models/publishing/database_first.hpp"
#include "models/publishing/inside_transaction.hpp"
#include "models/publishing/outbox_writer.hpp"

#include <iterator>

namespace halfwrite::publishing {
namespace {

using StatementsReference = std::shared_ptr<const Statements>;
using Made = std::unique_ptr<service::EventPublisher>;

struct Strategy {
  service::Publishing word;
  Made (*make)(service::Instance&, const StatementsReference&);
  sim::Explanation explanation;
};

template <class Publisher>
Made dual_write(service::Instance& instance, const StatementsReference&) {
  return std::make_unique<Publisher>(instance);
}
Made outbox(service::Instance& instance, const StatementsReference& statements) {
  return std::make_unique<OutboxWriter>(instance, statements);
}

constexpr Strategy strategies[] = {
    {service::Publishing::none,
     nullptr,
     {"none",
      "Nothing is published; a job of the scenario may do it.",
      {{{"leaves open", "everything: what `emit` declares is owed and nobody sends it"}}}}},
    {service::Publishing::database_first,
     dual_write<DatabaseFirst>,
     {"database_first",
      "A dual write: COMMIT is answered, then each event is published from memory.",
      {{{"leaves open", "between commit and publish: a crash there loses the event"},
        {"retry does",
         "outlast a broker that is away, and die with the process: fewer are lost, "
         "and later events may overtake"},
        {"who asked sees", "an error although the data is committed, when the publish fails"},
        {"mend it by", "`outbox`: the event is written where the data is"}}}}},
    {service::Publishing::broker_first,
     dual_write<BrokerFirst>,
     {"broker_first",
      "A dual write: the events that are known beforehand are published, then the transaction "
      "begins.",
      {{{"leaves open",
         "between publish and commit: a crash or an error there has invented the "
         "event"},
        {"consumers see", "the event before the data, always"},
        {"mend it by", "`outbox`: the event becomes visible with the commit or not at all"}}}}},
    {service::Publishing::inside_transaction,
     dual_write<InsideTransaction>,
     {"inside_transaction",
      "A dual write: events are published at their `emit`, while the transaction is open.",
      {{{"leaves open", "between publish and commit: a rollback does not take the event back"},
        {"costs", "a transaction that holds its locks while the broker answers"},
        {"mend it by", "`outbox`: the row of the event is rolled back with the data"}}}}},
    {service::Publishing::outbox,
     outbox,
     {"outbox",
      "The event is a row of the same transaction; a `relay` sends it afterwards.",
      {{{"leaves open",
         "no loss and no invention; repeats, where the relay dies between sending and "
         "remembering"},
        {"needs", "consumers that bear repeats: an `inbox`, or statements that may be repeated"},
        {"costs", "a row and its mark per event, and the delay of the relay"},
        {"relays", "`polling` reads the table, `cdc` reads the database's log"}}}}},
};

constexpr sim::Explanation relays[] = {
    {"polling",
     "A relay of the outbox: reads unsent rows every so often, sends each, then marks it.",
     {{{"leaves open",
        "between publish and mark: a repeat. With \"mark\": \"before_publish\" between "
        "mark and publish: a loss"},
       {"order",
        "by position, and a position is taken before the commit; a cursor on it (\"read\": "
        "\"id_cursor\") misses rows that are committed late, unless `on_gap` says otherwise"},
       {"costs", "statements even when nothing happens; half of `every` as delay on average"},
       {"settings",
        "`every`, `batch`, `concurrency`, `read`, `on_gap`, `order_by`, `mark`, `instances`"}}}},
    {"cdc",
     "A relay of the outbox: follows the database's log through a replication slot.",
     {{{"leaves open", "between read and store: what came after the stored position is sent again"},
       {"order", "that of the commits"},
       {"costs", "no statements; the log is kept while the connector is away"},
       {"settings", "`offset_flush_interval`, `slot`, `heartbeat`"}}}},
};

}  // namespace

service::PublisherFactory make_publishers(std::shared_ptr<const Statements> statements) {
  return [statements](service::Instance& instance, service::Publishing word) -> Made {
    for (const Strategy& strategy : strategies) {
      if (strategy.word != word) continue;
      return strategy.make == nullptr ? nullptr : strategy.make(instance, statements);
    }
    HALFWRITE_ASSERT(false, "a publishing strategy is missing in the table");
  };
}

std::vector<sim::Explanation> strategy_explanations() {
  std::vector<sim::Explanation> texts;
  for (const Strategy& strategy : strategies) texts.push_back(strategy.explanation);
  return texts;
}

std::vector<sim::Explanation> relay_explanations() {
  return {std::begin(relays), std::end(relays)};
}

}  // namespace halfwrite::publishing
