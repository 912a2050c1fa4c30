// Every `null` of a patch takes something away. Collects those that never did, over all the
// combinations a patch is merged in: each is a slip of the pen, and a variant that seems to be
// without something would have it still.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::scenarios {

class Removals {
 public:
  // Before the patch is merged over the target.
  void note(const Json& target, const Json& patch);
  // One finding for each `null` that found nothing in any target, in the order of the files.
  void report(Findings& findings) const;

 private:
  struct Removal {
    Span key_span;
    std::string key;
    std::string path;               // of the object the key is missing in
    std::vector<std::string> keys;  // that stand there instead
    bool removed = false;
  };
  void note(const Json* target, const Json& patch, const std::string& path);

  std::map<std::pair<std::string, std::size_t>, Removal> removals_;  // by file and place
};

}  // namespace halfwrite::scenarios
