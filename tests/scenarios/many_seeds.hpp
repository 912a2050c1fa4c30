// A library scenario under many seeds, on all cores: what was broken, and how often faults hit
// where they matter, so that a peace is not a calm sea's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace halfwrite::tests {

struct Counts {
  std::map<std::string, std::uint64_t> windows;  // hit
  std::uint64_t lost_publish_acknowledgements = 0;
  std::uint64_t lost_offset_acknowledgements = 0;
  std::uint64_t faults = 0;
  std::vector<std::string> broken;  // runs in which something that must hold did not

  void add(const Counts& other);
  std::uint64_t rarest_window() const;
};

// Seeds 1 to `seeds` of every variant; of what a variant broke, `allowed` does not count.
Counts counts_over(const std::string& scenario, std::uint64_t seeds,
                   const std::string& allowed = "");
void print(const Counts& counts);

}  // namespace halfwrite::tests
