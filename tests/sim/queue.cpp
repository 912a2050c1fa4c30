// The queue that connections keep their messages in, against std::deque.
#include "sim/queue.hpp"

#include "sim/draw.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <memory>
#include <vector>

using namespace halfwrite::sim;

TEST_CASE("a queue gives back what it was given, in order, whatever is pushed and taken between") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Queue<std::uint64_t> queue;
    std::deque<std::uint64_t> expected;
    const Key key = Key(seed);
    for (std::uint64_t turn = 0; turn < 2'000; ++turn) {
      // Phases that fill and phases that drain, so that places are given up and used again.
      const std::uint64_t pushes = turn / 100 % 2 == 0 ? 7 : 3;
      const std::uint64_t drawn = Draws::below(key.with(turn), 10);
      if (drawn < pushes) {
        queue.push_back(turn);
        expected.push_back(turn);
      } else if (drawn == 9 && turn % 3 == 0) {
        queue.push_front(turn);
        expected.push_front(turn);
      } else if (!expected.empty()) {
        REQUIRE(queue.front() == expected.front());
        REQUIRE(queue.take_front() == expected.front());
        expected.pop_front();
      }
      REQUIRE(queue.empty() == expected.empty());
    }
    REQUIRE(std::deque<std::uint64_t>(queue.begin(), queue.end()) == expected);
  }
}

TEST_CASE("a queue holds what cannot be copied, and lets go of what was taken") {
  Queue<std::unique_ptr<std::shared_ptr<int>>> queue;
  const auto watched = std::make_shared<int>(1);
  for (int turn = 0; turn < 40; ++turn) {
    queue.push_back(std::make_unique<std::shared_ptr<int>>(watched));
  }
  for (int turn = 0; turn < 39; ++turn) CHECK(**queue.take_front() == 1);
  CHECK(watched.use_count() == 2);
  queue.clear();
  CHECK(queue.empty());
  CHECK(watched.use_count() == 1);
  queue.push_front(std::make_unique<std::shared_ptr<int>>(watched));
  CHECK_FALSE(queue.empty());
}
