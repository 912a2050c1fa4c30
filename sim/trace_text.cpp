#include "sim/trace_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::sim {

std::string to_text(const TraceRecord& record, const Names& names) {
  const std::int64_t nanoseconds = record.at.since_start().in_nanoseconds();
  std::string line =
      fmt::format("{}.{:09} #{} {}, {}: {}, pass {} [{:016x}]", nanoseconds / 1'000'000'000,
                  nanoseconds % 1'000'000'000, record.sequence, to_text(record.kind),
                  names.text(record.address.actor), to_text(names, record.address),
                  record.address.occurrence, record.detail);
  if (!record.note.empty()) {
    line += ' ';
    line += record.note;
  }
  // A name or a note may hold anything; a record is one line.
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace halfwrite::sim
