// Chance is looked up, not consumed. A draw is a keyed hash of (seed, entity, purpose, identity):
// who asks, what for, and on behalf of which intent, step and attempt (loops key by the event id,
// position or virtual instant they handle). There is no stream and no counter, so removing a fault,
// adding a service or changing a pattern leaves everybody else's draws as they were. Integers only.
// Never write two draws as arguments of one call: compilers evaluate them in different orders
// (harmless here, since draws have no state, but the habit is what a tidy test can check).
#pragma once

#include "sim/time.hpp"

#include <cstdint>
#include <string_view>

namespace halfwrite::sim {

// A chance as a ratio of integers: 1/100.
struct Ratio {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;
  constexpr bool is_never() const { return numerator == 0; }
  friend constexpr bool operator==(const Ratio&, const Ratio&) = default;
};

// A range both ends of which can be drawn; a fixed duration is a range of one.
struct DurationRange {
  Duration least;
  Duration most;
  static constexpr DurationRange exactly(Duration d) { return {d, d}; }
  friend constexpr bool operator==(const DurationRange&, const DurationRange&) = default;
};

// A position in the space of draws. Deterministic over compilers and platforms; hash_text is XXH3
// of the bytes.
class Key {
 public:
  explicit constexpr Key(std::uint64_t start) : state_(start) {}
  static std::uint64_t hash_text(std::string_view text) noexcept;

  [[nodiscard]] Key with(std::string_view text) const noexcept { return with(hash_text(text)); }
  [[nodiscard]] constexpr Key with(std::uint64_t value) const noexcept {
    return Key(mix(state_ ^ mix(value)));
  }
  [[nodiscard]] constexpr Key with(Instant instant) const noexcept {
    return with(static_cast<std::uint64_t>(instant.since_start().in_nanoseconds()));
  }
  constexpr std::uint64_t value() const noexcept { return state_; }

 private:
  // The finaliser of splitmix64 with its increment: a bijection, so distinct identities never merge
  // at one step.
  static constexpr std::uint64_t mix(std::uint64_t z) noexcept {
    z += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

// The draws of one run. A value: copying it copies nothing but the seed.
class Draws {
 public:
  explicit constexpr Draws(std::uint64_t seed) : root_(Key(0x48616c6677726974ull).with(seed)) {}

  // The root of all keys of this run: `draws.key().with("order.1").with("latency").with(identity)`.
  constexpr Key key() const { return root_; }

  // Uniform in [0, bound), without modulo bias worth naming (128-bit multiply). Requires bound > 0.
  static std::uint64_t below(Key key, std::uint64_t bound);
  // Uniform in [least, most]. Requires least <= most.
  static std::int64_t between(Key key, std::int64_t least, std::int64_t most);
  static Duration between(Key key, DurationRange range);
  static bool happens(Key key, Ratio chance);

 private:
  Key root_;
};

}  // namespace halfwrite::sim
