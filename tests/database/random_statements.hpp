// The statements that random interleavings are made of, by what they are about.
#pragma once

#include "sim/draw.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace halfwrite::database::tests {

enum class Subject : std::uint8_t {
  at_large,
  row_locks,
  crossing,
  reads_and_writes,
  advisory_locks
};

inline std::uint64_t drawn(sim::Key key, std::uint64_t bound) {
  return sim::Draws::below(key, bound);
}

// `items`: the digits that ids of items are drawn from, a digit as often as it stands there.
std::string random_statement(Subject subject, const std::string& session, std::string_view items,
                             sim::Key key);

}  // namespace halfwrite::database::tests
