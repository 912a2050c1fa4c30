// Takes typed values out of objects that the schema has checked. A value of the wrong form is left
// alone: the walker has reported it already, and reading goes on so that everything is found at
// once.
#pragma once

#include "scenarios/json_tree.hpp"
#include "sim/draw.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

void take(const Json& object, std::string_view key, bool& into);
void take(const Json& object, std::string_view key, std::uint32_t& into);
void take(const Json& object, std::string_view key, std::uint64_t& into);
void take(const Json& object, std::string_view key, std::string& into);
void take(const Json& object, std::string_view key, sim::Duration& into);
void take(const Json& object, std::string_view key, sim::DurationRange& into);
void take(const Json& object, std::string_view key, std::optional<std::uint32_t>& into);
void take(const Json& object, std::string_view key, std::optional<std::uint64_t>& into);
void take(const Json& object, std::string_view key, std::optional<sim::Duration>& into);
void take(const Json& object, std::string_view key, std::optional<sim::DurationRange>& into);
// A text or a list of texts.
void take(const Json& object, std::string_view key, std::vector<std::string>& into);

// A word of an enumeration by its position in `words`; the target stays where the word is none.
template <class Word, std::size_t count>
void take_word(const Json& object, std::string_view key, const std::string_view (&words)[count],
               Word& into) {
  const Json* value = object.find(key);
  if (value == nullptr) return;
  for (std::size_t i = 0; i < count; ++i) {
    if (value->text == words[i]) into = static_cast<Word>(i);
  }
}

// The object at a key, or an empty one.
const Json& object_at(const Json& object, std::string_view key);
// The text at a key, or empty.
std::string text_at(const Json& object, std::string_view key);

}  // namespace halfwrite::scenarios
