// A seed as a person says it: a number of 64 bits, or any other text, which stands for its hash. It
// keeps what was typed, so that a report prints what can be pasted. A value; it draws nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace halfwrite::campaign {

class Seed {
 public:
  // A number is a seed wherever one is asked for, and the other way round.
  Seed(std::uint64_t value = 1) : value_(value) {}
  operator std::uint64_t() const { return value_; }

  // "17" is the number; "nightly of monday" is the hash of its bytes (XXH3), the same everywhere.
  static Seed of(std::string_view typed);

  std::uint64_t value() const { return value_; }
  // As it was typed.
  std::string text() const { return typed_.empty() ? std::to_string(value_) : typed_; }

 private:
  std::uint64_t value_;
  std::string typed_;  // empty: the number says it
};

}  // namespace halfwrite::campaign
