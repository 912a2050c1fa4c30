// The words of a schema and of a sentence about it: small questions that the walker over the schema
// asks. It knows no findings and walks nothing.
#pragma once

#include "scenarios/json_tree.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

// Bytes of a name and of all other text that a pattern describes.
constexpr std::size_t longest_name = 100;

std::vector<std::string> keys_of(const Json* object);
bool has_word(const Json* list, std::string_view word);
const std::string& text_or_empty(const Json* value);
// "an integer", as a schema's type word reads in a sentence.
std::string type_words(std::string_view type);
bool is_of_type(const Json& value, std::string_view type);
std::string too_long(const std::string& name);
std::vector<std::string> types_of(const Json& schema);
std::string or_list(const std::vector<std::string>& words);
// delivery.timeout.ms -> delivery_timeout, session-timeout -> session_timeout.
std::string house_name(std::string key);
// What tools of the field call a key, if this object has the key.
std::string word_of_this_house(const std::string& key, const std::vector<std::string>& keys);

}  // namespace halfwrite::scenarios
