// The clock and the queue: order at one instant, cancelling, what dies with its process.
#include "sim/event_queue.hpp"
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

TEST_CASE("events at one instant run in the order they were asked for") {
  Simulation simulation({});
  std::string order;
  for (const char letter : {'a', 'b', 'c', 'd', 'e', 'f', 'g'}) {
    simulation.at(at_ms(5), Activity::work, [&order, letter] { order += letter; });
  }
  simulation.at(at_ms(4), Activity::work, [&] {
    order += '1';
    simulation.at(at_ms(5), Activity::work, [&] { order += '2'; });
  });
  simulation.run();
  CHECK(order == "1abcdefg2");
}

TEST_CASE("a cancelled event neither moves the clock nor keeps a run alive") {
  Simulation simulation({});
  bool fired = false;
  const Timer timer = simulation.at(at_ms(500), Activity::work, [&fired] { fired = true; });
  simulation.at(at_ms(3), Activity::work, [&] { simulation.cancel(timer); });
  const RunEnd end = simulation.run();
  CHECK_FALSE(fired);
  CHECK(end.at == at_ms(3));
  CHECK(end.kind == RunEnd::Kind::quiet);
  simulation.cancel(timer);
}

TEST_CASE("the queue keeps its order however many events are cancelled") {
  EventQueue queue;
  std::vector<Timer> timers;
  std::vector<std::pair<std::int64_t, std::uint64_t>> wanted;
  for (std::uint64_t index = 0; index < 20'000; ++index) {
    const auto at = static_cast<std::int64_t>(Draws::below(Draws(1).key().with(index), 1000));
    timers.push_back(queue.add(Instant::at(Duration::nanoseconds(at)), index, {}));
    if (index % 7 == 0) wanted.emplace_back(at, index);
  }
  for (std::uint64_t index = 0; index < timers.size(); ++index) {
    if (index % 7 != 0) CHECK(queue.cancel(timers[index]));
  }
  std::sort(wanted.begin(), wanted.end());
  std::vector<std::pair<std::int64_t, std::uint64_t>> popped;
  EventQueue::Entry entry;
  while (queue.pop(entry)) {
    popped.emplace_back(entry.at, entry.sequence);
    std::function<void()> callback;
    queue.take(entry.timer, callback);
  }
  CHECK(popped == wanted);
}

TEST_CASE("a timer of a slot that was used again is not the old one") {
  EventQueue queue;
  const Timer first = queue.add(at_ms(1), 1, {});
  CHECK(queue.cancel(first));
  const Timer second = queue.add(at_ms(1), 2, {});
  CHECK(second.slot == first.slot);
  CHECK_FALSE(queue.cancel(first));
  CHECK(queue.find(second) != nullptr);
}

TEST_CASE("an alarm fires at the instant it was armed for last, in its place among the others") {
  EventQueue queue;
  std::vector<EventQueue::Alarm> alarms;
  for (int index = 0; index < 50; ++index) alarms.push_back(queue.make_alarm());
  std::vector<std::pair<std::int64_t, std::uint64_t>> wanted;
  std::uint64_t sequence = 0;
  // Armed again and again, earlier and later than before; every third time left alone at the end.
  for (std::uint64_t index = 0; index < alarms.size(); ++index) {
    const std::uint64_t times = 1 + Draws::below(Draws(2).key().with(index), 6);
    for (std::uint64_t time = 1; time <= times; ++time) {
      const Key key = Draws(3).key().with(index).with(time);
      const auto at = static_cast<std::int64_t>(Draws::below(key, 100));
      const Timer timer =
          queue.arm(alarms[index], Instant::at(Duration::nanoseconds(at)), ++sequence, {});
      if (time < times || index % 3 == 0) {
        CHECK(queue.cancel(timer));
      } else {
        wanted.emplace_back(at, sequence);
      }
    }
    const auto at = static_cast<std::int64_t>(index * 2);
    queue.add(Instant::at(Duration::nanoseconds(at)), ++sequence, {});
    wanted.emplace_back(at, sequence);
  }
  std::sort(wanted.begin(), wanted.end());
  std::vector<std::pair<std::int64_t, std::uint64_t>> popped;
  EventQueue::Entry entry;
  while (queue.pop(entry)) {
    popped.emplace_back(entry.at, entry.sequence);
    std::function<void()> callback;
    queue.take(entry.timer, callback);
  }
  CHECK(popped == wanted);
}

TEST_CASE("the timers of a process die with it") {
  SimulationOptions options;
  options.plan.faults = {crash_at(at_ms(10), "a", ms(5))};
  Simulation simulation(std::move(options));
  std::vector<std::uint32_t> fired;
  simulation.add_node(node("a", "a", [&](Process& process) {
    process.after(ms(20), Activity::work, [&] { fired.push_back(process.incarnation()); });
  }));
  simulation.run();
  CHECK(fired == std::vector<std::uint32_t>{2});
  CHECK(simulation.now() == at_ms(35));
}

TEST_CASE("a node's clock has its offset and its resolution") {
  SimulationOptions options;
  Fault ahead;
  ahead.kind = FaultKind::clock;
  ahead.anchor.at = at_ms(10);
  ahead.targets = {"a"};
  ahead.by = ms(30);
  ahead.lasting = ms(10);
  options.plan.faults = {ahead};
  Simulation simulation(std::move(options));
  NodeOptions a = node("a", "a", {});
  a.clock.offset = ms(-2);
  a.clock.resolution = ms(1);
  Node& box = simulation.add_node(std::move(a));
  std::vector<Instant> read;
  for (const std::int64_t at : {5, 15, 25}) {
    simulation.at(Instant::at(Duration::microseconds(at * 1000 + 700)), Activity::work,
                  [&] { read.push_back(box.clock()); });
  }
  simulation.run();
  CHECK(read == std::vector<Instant>{at_ms(3), at_ms(43), at_ms(23)});
}
