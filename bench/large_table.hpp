// An outbox of many rows, all but the last hundreds published: what filling it costs a row, in time
// and memory, and what statements of a relay cost then. Each in a process of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::bench {

struct LargeTable {
  struct Asked {
    std::string what;
    double microseconds = 0;  // CPU time each
  };
  double insert_microseconds = 0;
  double bytes_each = 0;  // of a row with its index entries
  std::vector<Asked> asked;
};

// Nothing when a process could not be started.
std::optional<LargeTable> measure_large_table(std::int64_t rows);

}  // namespace halfwrite::bench
