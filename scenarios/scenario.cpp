#include "scenarios/scenario.hpp"

#include <algorithm>

namespace halfwrite::scenarios {

const std::string& name_of(const Invariant& invariant) {
  return std::visit([](const auto& one) -> const std::string& { return one.name; }, invariant);
}

const char* to_text(ExpectedVerdict verdict) {
  switch (verdict) {
    case ExpectedVerdict::holds:
      return "holds";
    case ExpectedVerdict::violated:
      return "violated";
    case ExpectedVerdict::any:
      return "any";
  }
  return "";
}

sim::Instant end_of_workload(const std::vector<service::Load>& workload) {
  sim::Instant end;
  for (const service::Load& load : workload) {
    const sim::Duration interval = load.interval.value_or(sim::Duration::seconds(1));
    const std::int64_t gaps = load.interval ? static_cast<std::int64_t>(load.count) : 1;
    end = std::max(end, sim::Instant::at(load.at + interval * gaps));
  }
  return end;
}

Expectation::Line Expectation::about(std::string_view invariant) const {
  const auto found = named.find(std::string(invariant));
  if (found != named.end()) return found->second;
  return others.value_or(Line{});
}

const Variant* ScenarioFile::find_variant(std::string_view variant) const {
  for (const Variant& candidate : variants) {
    if (candidate.name == variant) return &candidate;
  }
  return nullptr;
}

}  // namespace halfwrite::scenarios
