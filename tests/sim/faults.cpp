// Faults as values: points, orders, chances, budgets, windows.
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

namespace {

// "order.1" and "order.2" place orders 1 to 3 each: step insert, then commit.
struct Shop {
  explicit Shop(FaultPlan plan, Storm storm = {}) : simulation(made(plan, storm)) {
    for (const char* name : {"order.1", "order.2"}) {
      simulation.add_node(node(name, "order", [this](Process& process) { open(process); }));
    }
    simulation.keep_busy_until(at_ms(200));
  }

  static SimulationOptions made(const FaultPlan& plan, const Storm& storm) {
    SimulationOptions options;
    options.plan = plan;
    options.storm = storm;
    return options;
  }

  void open(Process& process) {
    Names& names = simulation.names();
    const bool first = process.name() == names.of("order.1");
    for (std::uint64_t number = 1; number <= 3; ++number) {
      Scope scope;
      scope.operation = names.of("order.place");
      scope.identity = {names.of("orders"), number + (first ? 0 : 10)};
      scope.attempt = process.incarnation();
      process.spawn(scope, [this, number] { place(number); });
    }
  }

  void place(std::uint64_t number) {
    Names& names = simulation.names();
    const Alias published{names.of("OrderCreated"), names.of("published")};
    simulation.sleep(ms(static_cast<std::int64_t>(number) * 10), {names.of("insert")});
    const WindowGuard window(simulation, "between insert and commit");
    simulation.sleep(ms(2), {names.of("commit"), {&published, 1}});
    done.push_back(to_text(names, simulation.scope().identity));
    at.push_back(simulation.now());
  }

  Simulation simulation;
  std::vector<std::string> done;
  std::vector<Instant> at;
};

FaultPlan plan_of(Fault fault) {
  FaultPlan plan;
  plan.faults = {std::move(fault)};
  return plan;
}

Fault crash(When when, std::string_view point) {
  Fault fault = fault_at_point(FaultKind::crash, when, point);
  fault.for_ever = true;
  return fault;
}

}  // namespace

TEST_CASE("a point names an operation, an instance, an intent or an event") {
  struct Row {
    const char* point;
    const char* landed_on;
    const char* address;
  };
  const Row rows[] = {
      {"order.place/commit", "order.1", "order.place/commit of orders#1"},
      {"order.2.place/commit", "order.2", "order.place/commit of orders#11"},
      {"orders#12/commit", "order.2", "order.place/commit of orders#12"},
      {"orders/insert#3", "order.1", "order.place/insert of orders#3"},
      {"OrderCreated/published#3", "order.1", "order.place/commit of orders#2"},
      {"order.place/commit of orders#13, attempt 1, pass 1, on order.2", "order.2",
       "order.place/commit of orders#13"},
      {"order.place/commit, attempt 2", "", ""},
      {"order.place/commit#99", "", ""},
      {"order.3.place/commit", "", ""},
      {"billing.place/commit", "", ""},
  };
  for (const Row& row : rows) {
    INFO(row.point);
    Shop shop(plan_of(crash(When::before, row.point)));
    shop.simulation.run();
    const auto& landed = shop.simulation.faults().landed();
    if (*row.landed_on == '\0') {
      CHECK(landed.empty());
      CHECK(shop.done.size() == 6);
      REQUIRE(shop.simulation.faults().never_reached().size() == 1);
      continue;
    }
    REQUIRE(landed.size() == 1);
    CHECK(landed[0].target == row.landed_on);
    CHECK(landed[0].address == row.address);
    CHECK(shop.simulation.faults().never_reached().empty());
  }
}

TEST_CASE("a crash strikes before, during or after its point") {
  for (const When when : {When::before, When::during, When::after}) {
    Shop shop(plan_of(crash(when, "orders#2/commit")));
    shop.simulation.run();
    REQUIRE(shop.simulation.faults().landed().size() == 1);
    CHECK(shop.simulation.faults().landed()[0].at == at_ms(when == When::after ? 22 : 20));
    CHECK(shop.done == std::vector<std::string>{"orders#1", "orders#11", "orders#12", "orders#13"});
    CHECK(shop.simulation.windows().hits().at("between insert and commit") == 1);
    CHECK(shop.simulation.windows().entries().at("between insert and commit") >= 5);
  }
}

TEST_CASE("points are passed in the order of the plan") {
  FaultPlan plan;
  InOrder order;
  for (const char* point : {"orders#13/commit", "orders#2/commit", "orders#11/commit"}) {
    order.points.push_back(parse_point(point).value());
  }
  plan.orders = {order};
  Shop shop(plan);
  const RunEnd end = shop.simulation.run();
  CHECK(end.kind == RunEnd::Kind::quiet);
  CHECK(shop.done == std::vector<std::string>{"orders#1", "orders#12", "orders#3", "orders#13",
                                              "orders#2", "orders#11"});
  const auto outcome = shop.simulation.faults().orders().at(0);
  CHECK(outcome.passed == 3);
  CHECK(outcome.points == 3);
  CHECK_FALSE(outcome.prevented);
}

TEST_CASE("who is held back longer than the patience goes on, and the rest is void") {
  FaultPlan plan;
  InOrder order;
  order.patience = ms(50);
  for (const char* point : {"orders#1/commit", "orders#99/commit", "orders#2/commit"}) {
    order.points.push_back(parse_point(point).value());
  }
  plan.orders = {order};
  Shop shop(plan);
  shop.simulation.run();
  const auto outcome = shop.simulation.faults().orders().at(0);
  CHECK(outcome.passed == 1);
  CHECK(outcome.prevented);
  CHECK(shop.done.size() == 6);
  CHECK(shop.at.back() == at_ms(20 + 50 + 2));
}

TEST_CASE("an order whose turn died goes on by patience") {
  FaultPlan plan = plan_of(crash(When::during, "orders#1/commit"));
  InOrder order;
  order.patience = ms(50);
  for (const char* point : {"orders#1/commit", "orders#12/commit"}) {
    order.points.push_back(parse_point(point).value());
  }
  plan.orders = {order};
  Shop shop(plan);
  shop.simulation.run();
  CHECK(shop.done == std::vector<std::string>{"orders#11", "orders#13", "orders#12"});
  CHECK(shop.simulation.faults().orders().at(0).prevented);
}

TEST_CASE("a wake while an order holds a fiber before its wait is not lost") {
  SimulationOptions options;
  InOrder order;
  order.points = {parse_point("b/go").value(), parse_point("a/wait").value()};
  options.plan.orders = {order};
  Simulation simulation(std::move(options));
  std::optional<int> got;
  Completion<int> completion(simulation);
  simulation.add_node(node("a", "a", [&](Process&) {
    got = completion.await({simulation.names().of("wait")}, Duration::seconds(5));
  }));
  simulation.add_node(node("b", "b", [&](Process&) {
    simulation.sleep(ms(50), {simulation.names().of("first")});
    simulation.sleep(ms(1), {simulation.names().of("go")});
  }));
  simulation.at(at_ms(10), Activity::work, [&] { completion.complete(7); });
  const RunEnd end = simulation.run();
  CHECK(got == 7);
  CHECK(end.at == at_ms(51));
}

TEST_CASE("drawn crashes keep the budget of a group, a user's do not") {
  FaultPlan plan;
  plan.faults = {crash_at(at_ms(5), "order.1", ms(100)), crash_at(at_ms(6), "order.2", ms(100))};
  Storm storm;
  storm.rules.emplace_back().every = DurationRange::exactly(ms(10));
  storm.until = at_ms(100);
  FaultPlan rhythm = plan;
  for (Fault& fault : rhythm.faults) fault.drawn = true;
  Shop drawn(rhythm, storm);
  drawn.simulation.run();
  CHECK(drawn.simulation.faults().landed().size() == 1);
  CHECK(drawn.simulation.faults().landed_plan().faults == std::vector<Fault>{plan.faults.front()});
  for (const Storm& beside : {Storm(), storm}) {
    Shop given(plan, beside);
    given.simulation.run();
    CHECK(given.simulation.faults().landed().size() == 2);
  }
}

TEST_CASE("a chance strikes an address once, and only during the storm") {
  Storm storm;
  storm.until = at_ms(25);
  StormRule& rule = storm.rules.emplace_back();
  rule.kind = FaultKind::duplicate;
  rule.chance = {1, 1};
  Shop shop({}, storm);
  std::vector<bool> struck;
  for (const std::int64_t at : {10, 11, 30}) {
    shop.simulation.at(at_ms(at), Activity::work, [&] {
      Address address;
      address.actor = shop.simulation.names().of("kafka");
      address.step = shop.simulation.names().of("deliver");
      struck.push_back(
          shop.simulation.faults().asks(FaultKind::duplicate, address, {}, "orders/0").has_value());
    });
  }
  shop.simulation.run();
  CHECK(struck == std::vector<bool>{true, false, false});
  REQUIRE(shop.simulation.faults().landed().size() == 1);
  CHECK(shop.simulation.faults().landed()[0].target == "orders/0");
}

TEST_CASE("a refusal happens as often as it was asked for, from its point on") {
  Fault refuse = fault_at_point(FaultKind::refuse, When::before, "kafka/produce#2");
  refuse.times = 2;
  Shop shop(plan_of(refuse));
  std::string struck;
  for (std::int64_t at = 1; at <= 5; ++at) {
    shop.simulation.at(at_ms(at), Activity::work, [&] {
      Address address;
      address.scope.operation = shop.simulation.names().of("kafka");
      address.step = shop.simulation.names().of("produce");
      struck += shop.simulation.faults().asks(FaultKind::refuse, address, {}, "kafka") ? '1' : '0';
    });
  }
  shop.simulation.run();
  CHECK(struck == "01100");
}

TEST_CASE("draws of others stay as they were when an entity goes") {
  const auto commits = [](bool with_second) {
    SimulationOptions options;
    options.seed = 11;
    Simulation simulation(std::move(options));
    std::vector<Instant> arrivals;
    simulation.add_node(node("server", "server", echo(simulation)));
    for (const char* name : {"client.1", "client.2"}) {
      if (!with_second && std::string_view(name) == "client.2") continue;
      simulation.add_node(node(name, "client", [&](Process& process) {
        for (std::uint64_t number = 1; number <= 20; ++number) {
          Scope scope;
          scope.operation = simulation.names().of("ask");
          scope.identity = {process.name(), number};
          process.spawn(scope, [&, first = process.name() == simulation.names().of("client.1")] {
            auto server =
                simulation.network().connect("server", {simulation.names().of("connect")});
            if (!server) return;
            const auto answer = server->request(text("Ask", ""), {simulation.names().of("ask")});
            if (answer && first) arrivals.push_back(simulation.now());
          });
        }
      }));
    }
    simulation.run();
    return arrivals;
  };
  const auto alone = commits(false);
  CHECK(alone.size() == 20);
  CHECK(alone == commits(true));
}
