// The parts that several JSON reports have in common. Keys keep the order in which they are
// written; docs/json.md describes them.
#pragma once

#include "campaign/outcome.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::reports {

using Json = nlohmann::ordered_json;

// What is counted in a struct of counts, by name: one list for who writes it and who reads it.
template <class Counts>
struct CountOf {
  const char* name;
  std::uint64_t Counts::*count;
};
template <class Counts, std::size_t size>
Json counts_json(const Counts& counts, const CountOf<Counts> (&list)[size]) {
  Json json = Json::object();
  for (const CountOf<Counts>& each : list) json[each.name] = counts.*each.count;
  return json;
}
// Over a whole run or campaign.
inline constexpr CountOf<invariants::Figures> figure_counts[] = {
    {"requests", &invariants::Figures::requests},
    {"requests_ok", &invariants::Figures::requests_ok},
    {"statements", &invariants::Figures::statements},
    {"events_owed", &invariants::Figures::events_owed},
    {"events_lost", &invariants::Figures::events_lost},
    {"events_invented", &invariants::Figures::events_invented},
    {"publications", &invariants::Figures::publications},
    {"repeats", &invariants::Figures::repeats}};
Json violation_json(const invariants::Violation& violation);
Json expectations_json(const std::vector<campaign::ExpectationResult>& expectations);
// Null where nothing was shrunk.
Json smallest_json(const std::optional<campaign::SmallestCase>& smallest);
Json divergence_json(const campaign::Divergence& divergence);

// The text of a whole report, with its last new line. What is no UTF-8 is replaced.
std::string finished(const Json& json);

}  // namespace halfwrite::reports
