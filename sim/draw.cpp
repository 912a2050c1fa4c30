#include "sim/draw.hpp"

#include "sim/assert.hpp"

// Inline: short texts are hashed faster, and no other library's copy can take its place.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace halfwrite::sim {

std::uint64_t Key::hash_text(std::string_view text) noexcept {
  return XXH3_64bits(text.data(), text.size());
}

std::uint64_t Draws::below(Key key, std::uint64_t bound) {
  HALFWRITE_ASSERT(bound > 0, "a draw was asked for from an empty range");
  __extension__ using Product = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Product>(key.value()) * bound) >> 64);
}

std::int64_t Draws::between(Key key, std::int64_t least, std::int64_t most) {
  HALFWRITE_ASSERT(least <= most, "a draw was asked for from a range that ends before it begins");
  const std::uint64_t width = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
  if (width == ~0ull) return static_cast<std::int64_t>(key.value());
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + below(key, width + 1));
}

Duration Draws::between(Key key, DurationRange range) {
  if (range.least == range.most) return range.least;
  return Duration::nanoseconds(
      between(key, range.least.in_nanoseconds(), range.most.in_nanoseconds()));
}

bool Draws::happens(Key key, Ratio chance) {
  HALFWRITE_ASSERT(chance.denominator > 0, "a chance has the denominator 0");
  if (chance.is_never()) return false;
  return below(key, chance.denominator) < chance.numerator;
}

}  // namespace halfwrite::sim
