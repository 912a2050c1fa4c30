#include "models/invariants/fault_reading.hpp"

#include "sim/fault_kinds.hpp"

namespace halfwrite::invariants {

bool contains_name(std::string_view text, std::string_view name) {
  const auto is_part_of_name = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '#';
  };
  for (std::size_t found = text.find(name); found != std::string_view::npos;
       found = text.find(name, found + 1)) {
    const std::size_t end = found + name.size();
    if (found > 0 && is_part_of_name(text[found - 1])) continue;
    if (end < text.size() && is_part_of_name(text[end])) continue;
    return true;
  }
  return false;
}

bool strikes_node(const sim::LandedFault& fault, std::string_view node) {
  if (sim::row_of(fault.fault.kind).is_of_one_message) return false;
  // A partition names groups: "order" stands for "order.1".
  const std::string_view group = node.substr(0, node.rfind('.'));
  return contains_name(fault.target, node) ||
         (fault.fault.kind != sim::FaultKind::crash && contains_name(fault.target, group));
}

}  // namespace halfwrite::invariants
