#include "sim/disk.hpp"

#include <catch2/catch.hpp>

#include <cstddef>

namespace halfwrite::sim {

TEST_CASE("a log that has forgotten its beginning keeps its positions and what a crash leaves") {
  Disk disk;
  DurableLog<std::size_t> log(disk);
  for (std::size_t i = 0; i < 1000; ++i) {
    CHECK(log.append(i) == i + 1);
    if (i % 10 == 9) log.sync(i - 3);
    if (i % 100 == 99) log.forget(i - 50);
  }
  CHECK(log.size() == 1000);
  CHECK(log.first() == 949);
  for (std::size_t i = log.first(); i < log.size(); ++i) CHECK(log[i] == i);

  disk.machine_crashed();
  CHECK(log.size() == log.synced());
  CHECK(log.synced() == 996);
  CHECK(log.append(7) == 997);
  CHECK(log[996] == 7);

  log.forget(10);
  CHECK(log.first() == 949);
  disk.lost();
  CHECK(log.size() == 0);
  CHECK(log.first() == 0);
  CHECK(log.append(8) == 1);
  CHECK(log[0] == 8);
}

}  // namespace halfwrite::sim
