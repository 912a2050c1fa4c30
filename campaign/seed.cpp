#include "campaign/seed.hpp"

#include "sim/draw.hpp"

#include <charconv>

namespace halfwrite::campaign {

Seed Seed::of(std::string_view typed) {
  std::uint64_t number = 0;
  const char* const end = typed.data() + typed.size();
  const auto parsed = std::from_chars(typed.data(), end, number);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == end;
  Seed seed(is_number ? number : sim::Key::hash_text(typed));
  if (seed.text() != typed) seed.typed_ = typed;
  return seed;
}

}  // namespace halfwrite::campaign
