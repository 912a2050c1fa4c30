// The text of an array of one dimension, as PostgreSQL reads and writes it: '{a,"b c",NULL}'. It
// knows no types: an element is the text of its value, or nothing for NULL.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

using ArrayElements = std::vector<std::optional<std::string>>;

// Nothing when the text is no such array (22P02, malformed array literal).
std::optional<ArrayElements> read_array(std::string_view text);
std::string array_text(const ArrayElements& elements);

}  // namespace halfwrite::sql
