#include "reports/divergence.hpp"

#include <fmt/format.h>

namespace halfwrite::reports {

namespace {

std::string side(const std::string& record) {
  return record.empty() ? "(this run had ended)" : record;
}

}  // namespace

std::string divergence_text(const campaign::Divergence& divergence, const std::string& indent) {
  std::string text =
      fmt::format("{}NOT DETERMINISTIC: {} seed {} gave {:016x}, then {:016x}{}\n", indent,
                  divergence.variant, divergence.seed, divergence.first_hash,
                  divergence.second_hash, divergence.other_process ? " in another process" : "");
  if (!divergence.difference) {
    text += indent +
            "  repeated once more, both runs were the same: what differs is not in the run's own "
            "state\n";
    return text;
  }
  const campaign::TraceDifference& difference = *divergence.difference;
  text +=
      fmt::format("{}  the first record that differs is number {}\n", indent, difference.record);
  for (const std::string& record : difference.before)
    text += indent + "    both    " + record + '\n';
  text += indent + "    first   " + side(difference.first) + '\n';
  text += indent + "    second  " + side(difference.second) + '\n';
  return text;
}

}  // namespace halfwrite::reports
