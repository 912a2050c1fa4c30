// The first few of many things, by their places among the seeds, and how many there were in all. It
// stays as small as it was told to, and the order in which things are added changes nothing.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <utility>

namespace halfwrite::campaign {

template <class Thing>
class FirstFew {
 public:
  explicit FirstFew(std::uint64_t most = 10) : most_(most) {}
  // As it was when it had counted so many.
  FirstFew(std::uint64_t most, std::uint64_t count, std::map<std::uint64_t, Thing> things)
      : most_(most), count_(count), things_(std::move(things)) {
    cut();
  }

  // Would a thing at this place be kept? Making one can cost more than counting it.
  bool has_room_for(std::uint64_t place) const {
    return things_.size() < most_ || (!things_.empty() && place < std::prev(things_.end())->first);
  }
  // At most one at a place.
  template <class Make>
  void add(std::uint64_t place, const Make& make) {
    ++count_;
    if (!has_room_for(place)) return;
    things_.emplace(place, make());
    cut();
  }
  void merge(const FirstFew& other) {
    count_ += other.count_;
    things_.insert(other.things_.begin(), other.things_.end());
    cut();
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t most() const { return most_; }
  const std::map<std::uint64_t, Thing>& things() const { return things_; }

 private:
  void cut() {
    while (things_.size() > most_) things_.erase(std::prev(things_.end()));
  }

  std::uint64_t most_;
  std::uint64_t count_ = 0;
  std::map<std::uint64_t, Thing> things_;
};

}  // namespace halfwrite::campaign
