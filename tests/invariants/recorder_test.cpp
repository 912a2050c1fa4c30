#include "models/history/recorder.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace halfwrite;
using history::Fact;
using history::FactContent;

namespace {

class Kept : public history::FactListener {
 public:
  void on_fact(const Fact& fact) override { facts.push_back(fact); }
  std::vector<Fact> facts;
};

class KeptTrace : public sim::TraceSink {
 public:
  void on_record(const sim::TraceRecord& record, const sim::Names&) override {
    if (record.kind == sim::TraceKind::fact) details.push_back(record.detail);
  }
  std::vector<std::uint64_t> details;
};

history::Published published(sim::Names& names) {
  history::Published fact;
  fact.event_id = "orders-1-1";
  fact.event = names.of("OrderCreated");
  fact.topic = names.of("orders");
  fact.producer = names.of("order.1");
  return fact;
}

}  // namespace

TEST_CASE("Facts are stamped in order, hashed into the trace and handed to every listener") {
  KeptTrace trace;
  sim::SimulationOptions options;
  options.trace_sink = &trace;
  sim::Simulation simulation(options);
  simulation.trace().send_to(&trace);
  history::Recorder recorder(simulation);
  Kept first;
  Kept second;
  recorder.listen(first);
  recorder.listen(second);
  recorder.record(published(simulation.names()));
  recorder.record(history::JobRan{});
  REQUIRE(first.facts.size() == 2);
  REQUIRE(second.facts.size() == 2);
  CHECK(first.facts[0].number == 1);
  CHECK(first.facts[1].number == 2);
  CHECK(first.facts[0].actor.empty());
  REQUIRE(trace.details.size() == 2);
  CHECK(trace.details[0] == history::fingerprint(first.facts[0].content, simulation.names()));
}

TEST_CASE("A fingerprint depends on every field and on no order of first use") {
  sim::Names names;
  sim::Names others;
  others.of("something else first");
  const std::uint64_t base = history::fingerprint(published(names), names);
  CHECK(history::fingerprint(published(others), others) == base);

  const auto changed = [&names](auto change) {
    history::Published fact = published(names);
    change(fact);
    return history::fingerprint(fact, names);
  };
  using P = history::Published;
  std::set<std::uint64_t> seen{base};
  CHECK(seen.insert(changed([](P& f) { f.event_id = "orders-1-2"; })).second);
  CHECK(seen.insert(changed([&](P& f) { f.event = names.of("OrderPaid"); })).second);
  CHECK(seen.insert(changed([&](P& f) { f.intent = {names.of("orders"), 1}; })).second);
  CHECK(seen.insert(changed([&](P& f) { f.intent = {names.of("orders"), 2}; })).second);
  CHECK(seen.insert(changed([](P& f) { f.key = "order-1"; })).second);
  CHECK(seen.insert(changed([](P& f) { f.payload = "order-1"; })).second);
  CHECK(seen.insert(changed([&](P& f) { f.broker = names.of("kafka"); })).second);
  CHECK(seen.insert(changed([&](P& f) { f.topic = names.of("payments"); })).second);
  CHECK(seen.insert(changed([](P& f) { f.partition = 1; })).second);
  CHECK(seen.insert(changed([](P& f) { f.offset = 1; })).second);
  CHECK(seen.insert(changed([&](P& f) { f.producer = names.of("order.2"); })).second);

  // Kinds with equal fields differ.
  CHECK(history::fingerprint(history::CommitFlushed{}, names) !=
        history::fingerprint(history::CommitVisible{}, names));
  // Moving a word from one field to the next is a change.
  CHECK(history::fingerprint(history::Parked{"a", {}, {}, "b"}, names) !=
        history::fingerprint(history::Parked{"b", {}, {}, "a"}, names));
}

TEST_CASE("Texts kept for stories do not change a fingerprint") {
  sim::Names names;
  history::StatementExecuted told;
  told.text = "INSERT INTO orders VALUES ('order-1')";
  CHECK(history::fingerprint(told, names) ==
        history::fingerprint(history::StatementExecuted{}, names));
  told.rows = 1;
  CHECK(history::fingerprint(told, names) !=
        history::fingerprint(history::StatementExecuted{}, names));
}

TEST_CASE("A token names one begin: the same work begun again has another") {
  sim::Simulation simulation(sim::SimulationOptions{});
  history::Recorder recorder(simulation);
  sim::Names& names = simulation.names();
  sim::Address begin;
  begin.actor = names.of("shipping.1");
  begin.scope.operation = names.of("shipping.prepare");
  begin.scope.identity = {names.of("orders-1-1"), 0};
  begin.step = names.of("begin");
  const history::TransactionToken first = recorder.new_transaction(begin);
  const history::TransactionToken second = recorder.new_transaction(begin);
  const history::TransactionToken third = recorder.new_transaction(begin);
  CHECK(first == history::token_of(names, begin));
  CHECK(first != second);
  CHECK(second != third);
  begin.actor = names.of("shipping.2");
  CHECK(recorder.new_transaction(begin) != first);
  begin.scope.attempt = 2;
  CHECK(recorder.new_transaction(begin) == history::token_of(names, begin));
}
