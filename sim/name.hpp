// Names: short texts such as "order.place" or "commit", kept once per simulation and passed around
// as numbers. The number is an order of first use and means nothing outside one run; whatever
// enters a draw or the trace is the hash of the text.
#pragma once

#include "sim/assert.hpp"

#include <compare>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sim {

class Name {
 public:
  constexpr Name() = default;
  constexpr bool empty() const { return index_ == 0; }
  constexpr std::uint32_t index() const { return index_; }
  friend constexpr bool operator==(const Name&, const Name&) = default;

 private:
  friend class Names;
  explicit constexpr Name(std::uint32_t index) : index_(index) {}
  std::uint32_t index_ = 0;
};

class Names {
 public:
  Names();
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  // The same text gives the same Name; the empty text gives the empty Name.
  Name of(std::string_view text);
  std::string_view text(Name name) const;
  std::uint64_t hash(Name name) const {
    HALFWRITE_ASSERT(name.index() < hashes_.size(),
                     "a name was used in a simulation it is not from");
    return hashes_[name.index()];
  }

 private:
  void enter(std::uint32_t index);

  std::deque<std::string> texts_;  // by index; never move
  std::vector<std::uint64_t> hashes_;
  // Indices, each at the first free place from where its hash points; 0: free. At most half full.
  std::vector<std::uint32_t> places_;
};

}  // namespace halfwrite::sim
