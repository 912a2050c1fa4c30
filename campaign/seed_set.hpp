// Which seeds a campaign is about, and which of them are done. Seeds are numbers in a row, or a
// list of what people typed; each has a place: a number's is the number itself, a listed one's is
// its position from 0. Places order the seeds, so that "the first seed that breaks it" means the
// same on one machine and on ten. Values; nothing is run here.
#pragma once

#include "campaign/seed.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::campaign {

// Places from `first` to `last`, both among them.
struct PlaceRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t count() const { return last - first + 1; }
  friend bool operator==(const PlaceRange&, const PlaceRange&) = default;
};

// Ascending, none touching the next.
using PlaceRanges = std::vector<PlaceRange>;
std::uint64_t count_of(const PlaceRanges& ranges);
// Requires that none of its places is there already.
void add(PlaceRanges& ranges, PlaceRange range);
// The first place that both have.
std::optional<std::uint64_t> first_common(const PlaceRanges& a, const PlaceRanges& b);
// What of `whole` is not in `done`.
PlaceRanges rest_of(const PlaceRanges& whole, const PlaceRanges& done);

class SeedSet {
 public:
  // Requires first <= last.
  static SeedSet range(std::uint64_t first, std::uint64_t last);
  // Requires at least one, and none twice.
  static SeedSet listed(std::vector<Seed> seeds);

  bool is_listed() const { return !listed_.empty(); }
  const std::vector<Seed>& listed() const { return listed_; }
  PlaceRange places() const { return places_; }
  // Requires one of its places.
  Seed at(std::uint64_t place) const;
  // Part number `shard` of `shards` equal parts, in order; an empty one where there are fewer seeds
  // than parts. Requires 1 <= shard <= shards.
  PlaceRanges part(std::uint64_t shard, std::uint64_t shards) const;
  // The smallest set that has the seeds of both; nothing for two lists that differ, or a list and
  // numbers.
  static std::optional<SeedSet> around(const SeedSet& a, const SeedSet& b);
  // The smallest set around both has no seed that neither has.
  bool touches(const SeedSet& other) const;

  // "1-200", "7", "1-50, 101-150"; of a list what was typed: "monday, tuesday and 3 more".
  std::string text_of(const PlaceRanges& ranges) const;
  friend bool operator==(const SeedSet& a, const SeedSet& b);

 private:
  PlaceRange places_{1, 1};
  std::vector<Seed> listed_;
};

}  // namespace halfwrite::campaign
