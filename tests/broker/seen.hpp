// What the consumers of the tests of this room see, and the records that they see.
#pragma once

#include "tests/broker/broker_world.hpp"

#include <string>
#include <vector>

namespace halfwrite::broker::testing {

// What a consumer of the tests saw, over all lives and instances: "shipping.1 e3 @2".
struct Seen {
  std::string instance;
  std::string id;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  Instant at;
};

inline Ids ids_of(const std::vector<Seen>& seen, const std::string& instance = "") {
  Ids ids;
  for (const Seen& one : seen) {
    if (instance.empty() || one.instance == instance) ids.push_back(one.id);
  }
  return ids;
}

// Records e1, e2, ... with five keys, by a producer that begins after `starts`.
inline void produce(World& world, std::uint64_t count, Duration starts = Duration(),
                    Duration pause = Duration()) {
  world.client(
      "order.1",
      [&world, count, pause](sim::Process& process) {
        Producer producer(process, world.settings, world.settings.producer);
        for (std::uint64_t number = 1; number <= count; ++number) {
          static_cast<void>(
              world.send(producer, number, numbered("e", number), numbered("key-", number % 5)));
          if (!pause.is_zero()) world.sleep(pause);
        }
      },
      starts);
}

}  // namespace halfwrite::broker::testing
