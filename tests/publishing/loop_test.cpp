#include "models/publishing/loop.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

using namespace halfwrite;
using publishing::Item;
using publishing::MarkOrder;
using publishing::StepFailure;
using service::Retry;
using sim::Duration;

namespace {

// A source that holds items until they are marked, and a log of what the loop did with them.
class ListedItems : public publishing::Source {
 public:
  ListedItems(sim::Simulation& simulation, std::vector<std::string>& log)
      : simulation_(simulation), log_(log) {}

  sim::Expected<std::vector<Item>, StepFailure> look() override {
    simulation_.sleep(Duration::milliseconds(1), {simulation_.names().of("look")});
    if (failing_looks > 0) {
      --failing_looks;
      log_.push_back("no look");
      return sim::Unexpected<StepFailure>(StepFailure::error("08006", "the connection broke"));
    }
    std::vector<Item> items;
    for (const std::string& id : left) {
      Item item;
      item.record.event_id = id;
      if (has_keys) item.record.key = id.substr(0, 1);
      items.push_back(item);
      if (items.size() == batch) break;
    }
    return items;
  }
  bool holds(const Item& item) override { return item.record.event_id != lost; }
  bool mark(const Item& item) override {
    if (refused_marks > 0) {
      --refused_marks;
      log_.push_back("no mark " + item.record.event_id);
      return false;
    }
    log_.push_back("mark " + item.record.event_id);
    std::erase(left, item.record.event_id);
    simulation_.quiescence().durable_change();
    return true;
  }

  std::vector<std::string> left;
  std::size_t batch = 10;
  int failing_looks = 0;
  int refused_marks = 0;
  std::string lost;
  bool has_keys = false;  // the first letter of the id

 private:
  sim::Simulation& simulation_;
  std::vector<std::string>& log_;
};

class LoggedHandler : public publishing::Handler {
 public:
  LoggedHandler(sim::Simulation& simulation, std::vector<std::string>& log)
      : simulation_(simulation), log_(log) {
    policy.operation = "order.relay";
    policy.retry.attempts = 3;
  }
  const publishing::Policy& policy_of(const Item&) override { return policy; }
  sim::Expected<sim::Done, StepFailure> handle(const Item& item) override {
    attempts.push_back(simulation_.scope().attempt);
    activities.push_back(simulation_.scope().activity);
    const std::string& id = item.record.event_id;
    if (!takes.is_zero()) {
      log_.push_back("begin " + id);
      simulation_.sleep(takes, {simulation_.names().of("handle")});
    }
    if (failures[id] > 0) {
      --failures[id];
      log_.push_back("fail " + id);
      return sim::Unexpected<StepFailure>(is_business ? StepFailure::business("sold_out")
                                                      : StepFailure::error("57000", "no"));
    }
    log_.push_back("handle " + id);
    return sim::Done{};
  }
  void park(const Item& item, const StepFailure& failure) override {
    log_.push_back("park " + item.record.event_id + " " + failure.name);
  }
  std::optional<Duration> comes_again(const Item&) override { return std::exchange(again, {}); }

  publishing::Policy policy;
  std::map<std::string, int> failures;
  bool is_business = false;
  std::vector<std::uint32_t> attempts;
  std::vector<sim::Activity> activities;
  std::optional<Duration> again;
  Duration takes;

 private:
  sim::Simulation& simulation_;
  std::vector<std::string>& log_;
};

// One process that runs one loop, until it is quiet.
struct Bench {
  sim::Simulation simulation{sim::SimulationOptions{}};
  std::vector<std::string> log;
  ListedItems source{simulation, log};
  LoggedHandler handler{simulation, log};
  publishing::Attempts attempts;
  publishing::LoopSettings settings;
  sim::RunEnd end;

  std::vector<std::string> run() {
    settings.operation = "order.relay";
    settings.name = "order.1.relay";
    settings.batch = source.batch;
    settings.every = Duration::milliseconds(100);
    sim::NodeOptions node;
    node.name = "order.1";
    node.group = "order";
    node.main = [this](sim::Process& process) {
      process.spawn({simulation.names().of("order.relay"), {}, 1, sim::Activity::work}, [this] {
        publishing::run_loop(simulation, settings, attempts, source, handler);
        log.push_back("stopped");
      });
    };
    simulation.add_node(node);
    end = simulation.run();
    return log;
  }
};

using Log = std::vector<std::string>;

}  // namespace

TEST_CASE("a loop handles its items in order and marks each when it is handled") {
  Bench bench;
  bench.source.left = {"a", "b", "c"};
  bench.source.batch = 2;
  CHECK(bench.run() == Log{"handle a", "mark a", "handle b", "mark b", "handle c", "mark c"});
  CHECK(bench.end.kind == sim::RunEnd::Kind::quiet);
}

TEST_CASE("a loop that marks first marks each item before it is handled") {
  Bench bench;
  bench.source.left = {"a", "b"};
  bench.handler.policy.mark = MarkOrder::before_handling;
  CHECK(bench.run() == Log{"mark a", "handle a", "mark b", "handle b"});
}

TEST_CASE("an item that waits for its retry holds back everything behind it") {
  Bench bench;
  bench.source.left = {"a", "b"};
  bench.handler.failures["a"] = 2;
  CHECK(bench.run() == Log{"fail a", "fail a", "handle a", "mark a", "handle b", "mark b"});
  CHECK(bench.handler.attempts == std::vector<std::uint32_t>{1, 2, 3, 1});
}

TEST_CASE("what is handled at once is never of one key") {
  Bench bench;
  bench.source.left = {"a1", "b1", "a2", "b2"};
  bench.source.has_keys = true;
  bench.settings.concurrency = 4;
  bench.handler.takes = Duration::milliseconds(10);
  CHECK(bench.run() == Log{"begin a1", "begin b1", "handle a1", "mark a1", "handle b1", "mark b1",
                           "begin a2", "begin b2", "handle a2", "mark a2", "handle b2", "mark b2"});
}

TEST_CASE("an item whose attempts are used up is parked and the loop goes on") {
  Bench bench;
  bench.source.left = {"a", "b"};
  bench.handler.failures["a"] = 99;
  bench.handler.policy.retry.then = Retry::Then::dead_letter;
  CHECK(bench.run() ==
        Log{"fail a", "fail a", "fail a", "park a 57000", "mark a", "handle b", "mark b"});
}

TEST_CASE("an item whose attempts are used up is discarded where the retry says so") {
  Bench bench;
  bench.source.left = {"a", "b"};
  bench.handler.failures["a"] = 99;
  bench.handler.policy.retry.then = Retry::Then::discard;
  CHECK(bench.run() == Log{"fail a", "fail a", "fail a", "mark a", "handle b", "mark b"});
}

TEST_CASE("a loop stops where the retry says fail, and leaves the item unmarked") {
  Bench bench;
  bench.source.left = {"a", "b"};
  bench.handler.failures["a"] = 99;
  bench.handler.policy.retry.then = Retry::Then::fail;
  CHECK(bench.run() == Log{"fail a", "fail a", "fail a", "stopped"});
  CHECK(bench.source.left == Log{"a", "b"});
}

TEST_CASE("only failures that the retry names are tried again") {
  Bench bench;
  bench.source.left = {"a"};
  bench.handler.failures["a"] = 99;
  bench.handler.policy.retry.then = Retry::Then::discard;
  bench.handler.policy.retry.errors = {"40001"};
  CHECK(bench.run() == Log{"fail a", "mark a"});
}

TEST_CASE("a business failure is tried again only where the retry names it") {
  Bench bench;
  bench.source.left = {"a"};
  bench.handler.failures["a"] = 1;
  bench.handler.is_business = true;
  bench.handler.policy.retry.errors = {"sold_out"};
  CHECK(bench.run() == Log{"fail a", "handle a", "mark a"});
}

TEST_CASE("when a mark does not succeed the rest of the batch is dropped and looked for again") {
  Bench bench;
  bench.source.left = {"a", "b"};
  bench.source.refused_marks = 1;
  CHECK(bench.run() == Log{"handle a", "no mark a", "handle a", "mark a", "handle b", "mark b"});
  // The second handling of "a" is another attempt, with draws of its own.
  CHECK(bench.handler.attempts == std::vector<std::uint32_t>{1, 2, 1});
}

TEST_CASE("a look that fails is made again after a pause") {
  Bench bench;
  bench.source.left = {"a"};
  bench.source.failing_looks = 2;
  CHECK(bench.run() == Log{"no look", "no look", "handle a", "mark a"});
}

TEST_CASE("handling is work, so that a run is not quiet before it is done") {
  Bench bench;
  bench.source.left = {"a"};
  bench.handler.failures["a"] = 2;
  bench.handler.policy.retry.delay = Duration::seconds(20);
  bench.run();
  CHECK(bench.source.left.empty());
  for (const sim::Activity activity : bench.handler.activities) {
    CHECK(activity == sim::Activity::work);
  }
}

TEST_CASE("a duplicated delivery is handled twice and marked once") {
  Bench bench;
  bench.source.left = {"a", "b"};
  bench.handler.again = Duration::milliseconds(5);
  CHECK(bench.run() == Log{"handle a", "handle a", "mark a", "handle b", "mark b"});
}
