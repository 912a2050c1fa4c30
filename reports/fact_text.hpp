// A fact as a sentence for people: who, what, of whom. One place for all wordings.
#pragma once

#include "models/history/facts.hpp"

#include <string>

namespace halfwrite::reports {

struct FactLine {
  std::string who;
  std::string what;  // empty: not worth a line
  bool is_fault = false;
};
// "lose reply"
std::string spoken(sim::FaultKind kind);
// "machine crash of order_db with its disk, at order.place/commit of orders#3".
std::string told(const sim::LandedFault& landed);

FactLine line_of(const history::Fact& fact, const sim::Names& names);

}  // namespace halfwrite::reports
