// Everything `halfwrite explain` knows of the house: the tables of invariants, strategies, relays,
// windows, fault kinds and short error names, and each key and word of the language as the schema
// describes it. It gathers texts and owns none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

struct Topic {
  struct Part {
    std::string title;
    std::string text;
  };
  std::string
      kind;  // "invariant", "publishing", "relay", "window", "fault", "error", "key", "word"
  std::string name;
  std::string sentence;
  std::vector<Part> parts;
};

// In the order above; a name may stand for several things, each of its own kind.
std::vector<Topic> all_topics();

// The topics of this name. "outbox.mark" is the key `mark` where it stands in `outbox`.
std::vector<Topic> topics_named(const std::vector<Topic>& topics, std::string_view name);

}  // namespace halfwrite::scenarios
