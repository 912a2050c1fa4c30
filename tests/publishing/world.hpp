// A small world for tests of this room: a service "order" that stores orders and emits
// OrderCreated, a service "shipping" that notes a parcel for each, a database each, one broker.
// Every setting is public and may be changed before the run.
#pragma once

#include "models/broker/settings.hpp"
#include "models/database/settings.hpp"
#include "models/history/facts.hpp"
#include "models/service/settings.hpp"
#include "sim/fault.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace halfwrite::publishing_tests {

using Texts = std::vector<std::string>;

// Of a flow's five orders.
inline const Texts all_orders{"order-1", "order-2", "order-3", "order-4", "order-5"};
inline const Texts all_events{"orders-1-1", "orders-2-1", "orders-3-1", "orders-4-1", "orders-5-1"};

std::size_t count(const Texts& texts, const std::string& text);  // how often it stands there
Texts distinct(const Texts& texts);                              // each once, in order

// A flow that runs; the default is five orders, 300 ms apart, one instance each, without
// publishing.
struct Flow {
  Flow();

  service::Settings order;
  service::Settings shipping;
  broker::Settings kafka;
  service::EventTypes events;
  database::Settings order_db;  // its catalog is built from order_schema and what strategies add
  database::Settings shipping_db;
  Texts order_schema;
  Texts shipping_schema;
  std::map<std::string, Texts> order_steps;  // operation -> SQL; "emit X" is an emit step
  std::map<std::string, Texts> shipping_steps;
  service::Load load;
  sim::FaultPlan plan;
  sim::Storm storm;  // its chances; rhythms are drawn into the plan by storm_over
  std::uint64_t seed = 1;

  Flow& publish(service::Publishing publishing);
  Flow& relay(service::Relay relay);
  service::Subscription& subscription() { return shipping.subscriptions.front(); }
  // A fault of the plan, at a point written as in a scenario; the process is back after 200 ms.
  Flow& crash(sim::When when, const std::string& point);
  // All nodes of the world but the clients.
  std::vector<sim::NodeName> nodes() const;
  // Crashes of every node and lost, reset and delayed messages, for the first seconds of the load.
  Flow& storm_over(std::uint64_t with_seed);
  Flow& partition(sim::Duration at, Texts first, Texts second, sim::Duration lasting);
};

// What was left when the run had come to rest.
struct Ending {
  sim::RunEnd end;
  std::uint64_t trace_hash = 0;
  Texts orders;     // ids of the orders, in the order of their rows
  Texts parcels;    // ids of the orders parcels were noted for, one for each row
  Texts outbox;     // event ids of the rows of the outbox
  Texts published;  // event ids in the broker, partition by partition
  Texts handled;    // "orders-1-1 done"
  Texts parked;     // event ids
  Texts answers;    // "orders#1 ok", in the order they came
  std::map<std::string, std::uint64_t> windows;  // hit
  std::size_t landed = 0;
  sim::FaultPlan landed_plan;
  std::size_t deliveries = 0;
  std::vector<std::uint64_t> committed;  // the group's offset per partition
};

// Fails the test where a schema or statement is wrong.
Ending run(const Flow& flow);

}  // namespace halfwrite::publishing_tests
