#include "models/broker/murmur2.hpp"

#include "sim/assert.hpp"

#include <cstddef>

namespace halfwrite::broker {

std::int32_t murmur2(std::string_view bytes) {
  constexpr std::uint32_t seed = 0x9747b28c;
  constexpr std::uint32_t multiplier = 0x5bd1e995;
  const auto byte = [&](std::size_t index) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[index]));
  };
  const std::size_t length = bytes.size();
  std::uint32_t hash = seed ^ static_cast<std::uint32_t>(length);
  std::size_t index = 0;
  for (; index + 4 <= length; index += 4) {
    std::uint32_t word =
        byte(index) | byte(index + 1) << 8 | byte(index + 2) << 16 | byte(index + 3) << 24;
    word *= multiplier;
    word ^= word >> 24;
    word *= multiplier;
    hash *= multiplier;
    hash ^= word;
  }
  const std::size_t rest = length - index;
  if (rest >= 3) hash ^= byte(index + 2) << 16;
  if (rest >= 2) hash ^= byte(index + 1) << 8;
  if (rest >= 1) {
    hash ^= byte(index);
    hash *= multiplier;
  }
  hash ^= hash >> 13;
  hash *= multiplier;
  hash ^= hash >> 15;
  return static_cast<std::int32_t>(hash);
}

std::uint32_t partition_of_key(std::string_view key, std::uint32_t partitions) {
  HALFWRITE_ASSERT(partitions > 0, "a topic has no partition");
  return (static_cast<std::uint32_t>(murmur2(key)) & 0x7fffffffu) % partitions;
}

}  // namespace halfwrite::broker
