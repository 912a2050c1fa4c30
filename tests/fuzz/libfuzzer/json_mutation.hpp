// Changes JSON so that it mostly stays JSON: values and members are removed, repeated, exchanged or
// replaced by what stands elsewhere in the text, and single words are handed to the byte mutator.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace halfwrite::fuzz {

// Empty when the text has nothing to change. The same for the same text and seed, but for what
// `mutate_word` does.
std::string mutate_json(std::string_view text, unsigned int seed,
                        const std::function<std::string(std::string)>& mutate_word);

}  // namespace halfwrite::fuzz
