// When the windows open and close: a crash of the process that holds one is a hit if and only if it
// does the damage that the window is named for.
#include "tests/publishing/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <set>

using namespace halfwrite;
using namespace halfwrite::publishing_tests;
using service::Publishing;
using sim::Duration;
using sim::When;

namespace {

struct Case {
  const char* window;
  std::function<void(Flow&)> set;
  const char* first;   // the request that opens the window, of the second order
  const char* second;  // the one that closes it
};

void relay(Flow& flow, service::Mark mark) {
  flow.relay(service::Relay::polling).order.outbox.mark = mark;
}
void cursor(Flow& flow, service::Read read, service::Mark mark) {
  relay(flow, mark);
  flow.order.outbox.read = read;
}
void consume(Flow& flow, service::Acknowledge acknowledge) {
  flow.relay(service::Relay::polling);
  flow.subscription().acknowledge = acknowledge;
}

const std::vector<Case> cases{
    {"between commit and publish", [](Flow& flow) { flow.publish(Publishing::database_first); },
     "order.place/commit", "order.place/publish"},
    {"between publish and commit", [](Flow& flow) { flow.publish(Publishing::broker_first); },
     "order.place/publish", "order.place/commit"},
    {"between publish and commit", [](Flow& flow) { flow.publish(Publishing::inside_transaction); },
     "OrderCreated/published", "order.place/commit"},
    {"between publish and mark", [](Flow& flow) { relay(flow, service::Mark::after_publish); },
     "order.relay/publish", "order.relay/mark"},
    {"between publish and mark", [](Flow& flow) { relay(flow, service::Mark::erase); },
     "order.relay/publish", "order.relay/mark"},
    {"between mark and publish", [](Flow& flow) { relay(flow, service::Mark::before_publish); },
     "order.relay/mark", "order.relay/publish"},
    {"between publish and mark",
     [](Flow& flow) { cursor(flow, service::Read::id_cursor, service::Mark::after_publish); },
     "order.relay/publish", "order.relay/mark"},
    {"between mark and publish",
     [](Flow& flow) { cursor(flow, service::Read::xid_cursor, service::Mark::before_publish); },
     "order.relay/mark", "order.relay/publish"},
    {"between effect and offset", [](Flow& flow) { consume(flow, service::Acknowledge::after); },
     "shipping.prepare/commit", "shipping.prepare/acknowledge"},
    {"between offset and effect", [](Flow& flow) { consume(flow, service::Acknowledge::before); },
     "shipping.prepare/acknowledge", "shipping.prepare/commit"},
};

// Not one event and one parcel for each order that is there.
bool is_damaged(const Ending& ending) {
  std::set<std::string> owed;
  for (const std::string& order : ending.orders) owed.insert("orders-" + order.substr(6) + "-1");
  const std::set<std::string> published(ending.published.begin(), ending.published.end());
  const std::set<std::string> parcels(ending.parcels.begin(), ending.parcels.end());
  return owed != published || ending.published.size() != published.size() ||
         ending.parcels.size() != parcels.size() || parcels.size() != owed.size();
}

Ending crashed(const Case& tested, When when, const char* point) {
  Flow flow;
  tested.set(flow);
  flow.crash(when, std::string(point) + "#2");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  return ending;
}

}  // namespace

TEST_CASE("a window is open from the arrival of its first request to that of its second") {
  struct Instant {
    bool at_first;
    When when;
    bool inside;
  };
  const Instant instants[] = {{true, When::before, false},  {true, When::during, true},
                              {true, When::after, true},    {false, When::before, true},
                              {false, When::during, false}, {false, When::after, false}};
  for (const Case& tested : cases) {
    for (const Instant& instant : instants) {
      const char* const point = instant.at_first ? tested.first : tested.second;
      INFO(tested.window << ": crash " << static_cast<int>(instant.when) << " " << point);
      const Ending ending = crashed(tested, instant.when, point);
      CHECK(ending.windows.at(tested.window) == (instant.inside ? 1u : 0u));
      CHECK(is_damaged(ending) == instant.inside);
    }
  }
}

TEST_CASE("of several events the last one closes the window between commit and publish") {
  for (const auto& [point, inside] :
       {std::pair("order.place/publish#1", true), std::pair("order.place/publish#2", false)}) {
    INFO(point);
    Flow flow;
    flow.publish(Publishing::database_first);
    flow.order_steps["place"].push_back("emit OrderCreated");
    flow.load.count = 1;
    flow.crash(When::during, point);
    const Ending ending = run(flow);
    CHECK(ending.landed == 1);
    CHECK(ending.windows.at("between commit and publish") == (inside ? 1u : 0u));
    CHECK(ending.published.size() == (inside ? 1u : 2u));
  }
}

TEST_CASE(
    "a request that is lost leaves a window as it was, a lost answer leaves its end in doubt") {
  struct Row {
    sim::FaultKind kind;
    const char* point;
    std::uint64_t hits;
    std::size_t orders;
    std::size_t events;
  };
  const Row rows[] = {
      {sim::FaultKind::lose_request, "order.place/commit", 0, 0, 0},
      {sim::FaultKind::lose_reply, "order.place/commit", 1, 1, 0},
      {sim::FaultKind::lose_request, "order.place/publish", 1, 1, 1},
      {sim::FaultKind::lose_reply, "order.place/publish", 1, 1, 1},
  };
  for (const Row& row : rows) {
    INFO(sim::to_text(row.kind) << " " << row.point);
    Flow flow;
    flow.publish(Publishing::database_first);
    flow.load.count = 1;
    sim::Fault fault;
    fault.kind = row.kind;
    fault.anchor = {When::before, {}, *sim::parse_point(row.point)};
    flow.plan.faults = {fault};
    const Ending ending = run(flow);
    CHECK(ending.landed == 1);
    CHECK(ending.windows.at("between commit and publish") == row.hits);
    CHECK(ending.orders.size() == row.orders);
    CHECK(ending.published.size() == row.events);
  }
}

TEST_CASE("the window between read and store closes when the position is on the disk") {
  struct Row {
    When when;
    const char* point;
    bool inside;
  };
  const Row rows[] = {{When::before, "order.relay/publish", true},
                      {When::before, "order.relay/store", true},
                      {When::during, "order.relay/store", true},
                      {When::after, "order.relay/store", false}};
  for (const Row& row : rows) {
    INFO(static_cast<int>(row.when) << " " << row.point);
    Flow flow;
    flow.relay(service::Relay::cdc).crash(row.when, row.point);
    const Ending ending = run(flow);
    CHECK(ending.landed == 1);
    CHECK(ending.windows.at("between read and store") == (row.inside ? 1u : 0u));
  }
}
