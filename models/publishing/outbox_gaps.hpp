// The holes in the ids of outbox rows that a cursor on ids meets: each is a transaction that is
// still under way, or one that was rolled back, or ids that a crash of the database has skipped
// (PostgreSQL, sequence.c: up to 32). From outside they look alike. It knows ids and instants and
// reads nothing.
#pragma once

#include "sim/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace halfwrite::publishing {

// The ids that are missing, both included.
struct Gap {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool operator==(const Gap&) const = default;
};

// Before and between the rows that were read behind `stored`. Ascending, as `ids` are.
std::vector<Gap> gaps_between(std::uint64_t stored, const std::vector<std::uint64_t>& ids);

// What `on_gap: wait` knows: since when each row that it holds back has been there, and so since
// when the ids before it are known to be missing. In memory: a relay that starts anew waits anew
// (Marten's high-water mark, which since 9.16.1 counts from the first sight of each gap, too).
class GapWait {
 public:
  // Without a time-out it waits for ever.
  explicit GapWait(std::optional<sim::Duration> timeout) : timeout_(timeout) {}
  // How many of the rows behind `stored` may be sent at `now`: those before the first hole that it
  // still waits for.
  std::size_t ready(std::uint64_t stored, const std::vector<std::uint64_t>& ids, sim::Instant now);
  // It will not wait for ever.
  bool ends() const { return timeout_.has_value(); }

 private:
  std::optional<sim::Duration> timeout_;
  std::map<std::uint64_t, sim::Instant> seen_;  // by id of the row
};

}  // namespace halfwrite::publishing
