// MurmurHash2 as Kafka's clients use it to choose a partition
// (org.apache.kafka.common.utils.Utils). Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace halfwrite::broker {

// 32 bits, as Java's signed int.
std::int32_t murmur2(std::string_view bytes);

// (murmur2(key) & 0x7fffffff) mod partitions. Requires partitions > 0.
std::uint32_t partition_of_key(std::string_view key, std::uint32_t partitions);

}  // namespace halfwrite::broker
