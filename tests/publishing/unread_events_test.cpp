// The window between commit and read, from facts alone.
#include "models/publishing/unread_events.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;

namespace {

class OrderService {
 public:
  OrderService() : recorder(simulation) {
    settings.name = "order";
    settings.database = "order_db";
    unread.emplace(simulation, settings);
    recorder.listen(*unread);
  }
  void emit(std::uint64_t transaction, const std::string& event_id, const char* service = "order") {
    history::Emitted fact;
    fact.event_id = event_id;
    fact.transaction = {transaction};
    fact.service = simulation.names().of(service);
    recorder.record(fact);
  }
  void become_visible(std::uint64_t transaction) {
    history::CommitVisible fact;
    fact.transaction = {transaction};
    recorder.record(fact);
  }
  void abort(std::uint64_t transaction) {
    history::TransactionAborted fact;
    fact.transaction = {transaction};
    recorder.record(fact);
  }
  // How many hits this fault adds.
  std::uint64_t hits_of(sim::FaultKind kind, const std::string& target) {
    const std::uint64_t before = hits();
    history::FaultStruck fact;
    fact.fault.fault.kind = kind;
    fact.fault.target = target;
    recorder.record(fact);
    return hits() - before;
  }
  std::uint64_t hits() { return simulation.windows().hits().at(publishing::UnreadEvents::window); }

  sim::Simulation simulation{sim::SimulationOptions{}};
  history::Recorder recorder;
  service::Settings settings;
  std::optional<publishing::UnreadEvents> unread;
};

constexpr auto crash = sim::FaultKind::crash;

}  // namespace

TEST_CASE(
    "a crash between a commit and the read of its event is a hit, before and after it is none") {
  OrderService order;
  CHECK(order.hits_of(crash, "order.1") == 0);
  order.emit(1, "orders-1-1");
  CHECK(order.hits_of(crash, "order.1") == 0);
  order.become_visible(1);
  CHECK(order.hits_of(crash, "order.1") == 1);
  CHECK(order.hits_of(crash, "order.relay") == 1);
  CHECK(order.hits_of(crash, "kafka.1, order_db") == 1);
  order.unread->read("orders-1-1");
  CHECK(order.hits_of(crash, "order.1") == 0);
}

TEST_CASE("one crash is one hit, however many events are unread") {
  OrderService order;
  order.emit(1, "orders-1-1");
  order.emit(1, "orders-1-2");
  order.become_visible(1);
  CHECK(order.hits_of(crash, "order.1") == 1);
  order.unread->read("orders-1-1");
  CHECK(order.hits_of(crash, "order.1") == 1);
}

TEST_CASE("crashes of others, and faults that stop nobody, are no hits") {
  OrderService order;
  order.emit(1, "orders-1-1");
  order.become_visible(1);
  for (const char* target : {"shipping.1", "kafka.2", "orders.1", "order_db_2", "shipping_db"})
    CHECK(order.hits_of(crash, target) == 0);
  CHECK(order.hits_of(sim::FaultKind::lose_reply, "order.1") == 0);
}

TEST_CASE("what was rolled back, or is another service's, is never unread") {
  OrderService order;
  order.emit(1, "orders-1-1");
  order.abort(1);
  order.become_visible(1);
  order.emit(2, "billing-1-1", "billing");
  order.become_visible(2);
  CHECK(order.hits_of(crash, "order.1") == 0);
}

TEST_CASE("an event that a slot hands out before its commit is visible is not unread afterwards") {
  OrderService order;
  order.emit(1, "orders-1-1");
  order.unread->read("orders-1-1");
  order.become_visible(1);
  CHECK(order.hits_of(crash, "order.1") == 0);
}
