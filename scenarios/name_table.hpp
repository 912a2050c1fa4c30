// The names a scenario defines, by kind: who is meant by a word, and whether two things share one.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

class NameTable {
 public:
  // Reads the keys of databases, brokers, externals, events, services and workload.
  explicit NameTable(const Json& tree) : tree_(tree) {}

  std::vector<std::string> names_in(std::string_view section) const;
  // Reports the text when its section ("databases") defines no such name. `what` names one of them:
  // "database".
  void check_defined(const Json& text, std::string_view section, std::string_view what,
                     Findings& findings) const;

  // Databases, brokers, externals and services are nodes and have names of their own; so have loads
  // and events, whose points would be the same.
  void check(Findings& findings) const;

 private:
  const Json& tree_;
};

}  // namespace halfwrite::scenarios
