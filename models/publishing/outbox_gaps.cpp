#include "models/publishing/outbox_gaps.hpp"

#include <algorithm>

namespace halfwrite::publishing {

std::vector<Gap> gaps_between(std::uint64_t stored, const std::vector<std::uint64_t>& ids) {
  std::vector<Gap> gaps;
  for (const std::uint64_t id : ids) {
    if (id > stored + 1) gaps.push_back({stored + 1, id - 1});
    stored = id;
  }
  return gaps;
}

std::size_t GapWait::ready(std::uint64_t stored, const std::vector<std::uint64_t>& ids,
                           sim::Instant now) {
  seen_.erase(seen_.begin(), seen_.upper_bound(stored));
  for (const std::uint64_t id : ids) seen_.try_emplace(id, now);
  // A hole is as old as the oldest sight of a row behind it: had its row been there, that look
  // would have found it.
  std::vector<sim::Instant> missing_since(ids.size(), now);
  sim::Instant oldest = now;
  for (std::size_t i = ids.size(); i-- > 0;) {
    oldest = std::min(oldest, seen_.at(ids[i]));
    missing_since[i] = oldest;
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool follows = ids[i] == stored + 1;
    const bool is_given_up = timeout_ && now - missing_since[i] >= *timeout_;
    if (!follows && !is_given_up) return i;
    stored = ids[i];
  }
  return ids.size();
}

}  // namespace halfwrite::publishing
