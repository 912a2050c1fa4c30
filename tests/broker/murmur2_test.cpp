#include "models/broker/murmur2.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using halfwrite::broker::murmur2;
using halfwrite::broker::partition_of_key;

// The vectors of Kafka's own UtilsTest.testMurmur2.
TEST_CASE("murmur2 gives the values of Kafka's own test") {
  const std::vector<std::pair<std::string, std::int32_t>> vectors = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107}};
  for (const auto& [text, expected] : vectors) {
    CAPTURE(text);
    CHECK(murmur2(text) == expected);
  }
}

TEST_CASE("a key's partition is its positive hash modulo the partitions") {
  CHECK(partition_of_key("21", 7) == ((-973932308) & 0x7fffffff) % 7);
  CHECK(partition_of_key("abc", 3) == 479470107 % 3);
}
