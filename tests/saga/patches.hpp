// Patches over the order placement (flow.hpp) that several tests lay: who coordinates it, what is
// asked for, which faults strike.
#pragma once

#include <string>
#include <vector>

namespace halfwrite::saga_tests {

inline const std::vector<std::string> styles{"orchestration", "choreography", "synchronous"};

inline std::string coordinated(const std::string& word) {
  return R"({"sagas": {"place_order": {"coordination": ")" + word +
         (word == "orchestration" ? R"("}}})" : R"(", "orchestrator": null}}})");
}
// A JSON value.
inline std::string argument(const std::string& name, const std::string& value) {
  return R"({"workload": {"orders": {"arguments": {")" + name + R"(": )" + value + "}}}}";
}
inline std::string plan(const std::string& items) {
  return R"({"plan": [)" + items + "]}";
}
inline std::string saga(const std::string& settings) {
  return R"({"sagas": {"place_order": )" + settings + "}}";
}
inline std::string orchestrator(const std::string& settings) {
  return saga(R"({"orchestrator": )" + settings + "}");
}

}  // namespace halfwrite::saga_tests
