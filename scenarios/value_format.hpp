// The formats of the schema: texts and numbers that hold a duration, a chance, a rate, a point.
// Says what is wrong with one in a sentence.
#pragma once

#include "scenarios/json_tree.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace halfwrite::scenarios {

struct FormatError {
  std::string short_name;
  std::string message;
  std::string hint;
};

// What is wrong with the value under this format of the schema, or nothing. A format that is not
// known is our own mistake.
std::optional<FormatError> check_format(std::string_view format, const Json& value);

}  // namespace halfwrite::scenarios
