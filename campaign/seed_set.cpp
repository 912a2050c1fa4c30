#include "campaign/seed_set.hpp"

#include "sim/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace halfwrite::campaign {

namespace {

bool touch(const PlaceRange& before, const PlaceRange& after) {
  return before.last != std::numeric_limits<std::uint64_t>::max() && before.last + 1 == after.first;
}

}  // namespace

std::uint64_t count_of(const PlaceRanges& ranges) {
  std::uint64_t count = 0;
  for (const PlaceRange& range : ranges) count += range.count();
  return count;
}

void add(PlaceRanges& ranges, PlaceRange range) {
  HALFWRITE_ASSERT(!first_common(ranges, {range}), "a seed was done twice and would count twice");
  auto next = std::find_if(ranges.begin(), ranges.end(),
                           [&](const PlaceRange& other) { return other.first > range.last; });
  next = ranges.insert(next, range);
  if (next + 1 != ranges.end() && touch(*next, *(next + 1))) {
    next->last = (next + 1)->last;
    ranges.erase(next + 1);
  }
  if (next != ranges.begin() && touch(*(next - 1), *next)) {
    (next - 1)->last = next->last;
    ranges.erase(next);
  }
}

std::optional<std::uint64_t> first_common(const PlaceRanges& a, const PlaceRanges& b) {
  for (const PlaceRange& one : a)
    for (const PlaceRange& other : b)
      if (one.first <= other.last && other.first <= one.last)
        return std::max(one.first, other.first);
  return std::nullopt;
}

PlaceRanges rest_of(const PlaceRanges& whole, const PlaceRanges& done) {
  PlaceRanges rest;
  for (PlaceRange range : whole) {
    bool open = true;
    for (const PlaceRange& gone : done) {
      if (gone.last < range.first || gone.first > range.last) continue;
      if (gone.first > range.first) rest.push_back({range.first, gone.first - 1});
      open = gone.last < range.last;
      if (!open) break;
      range.first = gone.last + 1;
    }
    if (open) rest.push_back(range);
  }
  return rest;
}

SeedSet SeedSet::range(std::uint64_t first, std::uint64_t last) {
  HALFWRITE_ASSERT(first <= last, "a range of seeds ends before it begins");
  SeedSet set;
  set.places_ = {first, last};
  return set;
}

SeedSet SeedSet::listed(std::vector<Seed> seeds) {
  HALFWRITE_ASSERT(!seeds.empty(), "a list of seeds names none");
  SeedSet set;
  set.places_ = {0, seeds.size() - 1};
  set.listed_ = std::move(seeds);
  return set;
}

Seed SeedSet::at(std::uint64_t place) const {
  HALFWRITE_ASSERT(place >= places_.first && place <= places_.last,
                   "a seed was asked for at a place that the set does not have");
  return is_listed() ? listed_[static_cast<std::size_t>(place)] : Seed(place);
}

PlaceRanges SeedSet::part(std::uint64_t shard, std::uint64_t shards) const {
  HALFWRITE_ASSERT(shard >= 1 && shard <= shards, "a part was asked for that there is not");
  const std::uint64_t count = places_.count();
  // The first parts take one more each of what cannot be divided.
  const std::uint64_t each = count / shards;
  const std::uint64_t larger = count % shards;
  const std::uint64_t before = (shard - 1) * each + std::min(shard - 1, larger);
  const std::uint64_t size = each + (shard <= larger ? 1 : 0);
  if (size == 0) return {};
  return {{places_.first + before, places_.first + before + (size - 1)}};
}

std::optional<SeedSet> SeedSet::around(const SeedSet& a, const SeedSet& b) {
  if (a == b) return a;
  if (a.is_listed() || b.is_listed()) return std::nullopt;
  return range(std::min(a.places_.first, b.places_.first),
               std::max(a.places_.last, b.places_.last));
}

bool SeedSet::touches(const SeedSet& other) const {
  const auto [first, second] =
      std::minmax(places_, other.places_,
                  [](const PlaceRange& a, const PlaceRange& b) { return a.first < b.first; });
  return second.first <= first.last || second.first - first.last == 1;
}

std::string SeedSet::text_of(const PlaceRanges& ranges) const {
  if (ranges.empty()) return "none";
  std::vector<std::string> parts;
  if (!is_listed()) {
    for (const PlaceRange& range : ranges)
      parts.push_back(range.first == range.last ? std::to_string(range.first)
                                                : fmt::format("{}-{}", range.first, range.last));
    return fmt::format("{}", fmt::join(parts, ", "));
  }
  constexpr std::size_t most = 6;
  for (const PlaceRange& range : ranges)
    for (std::uint64_t place = range.first; place <= range.last && parts.size() < most; ++place)
      parts.push_back(at(place).text());
  const std::uint64_t more = count_of(ranges) - parts.size();
  return fmt::format("{}{}", fmt::join(parts, ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

bool operator==(const SeedSet& a, const SeedSet& b) {
  return a.places_ == b.places_ &&
         std::equal(a.listed_.begin(), a.listed_.end(), b.listed_.begin(), b.listed_.end(),
                    [](const Seed& x, const Seed& y) { return x.text() == y.text(); });
}

}  // namespace halfwrite::campaign
