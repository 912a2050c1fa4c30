// Which known word an unknown one was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

// The nearest candidate by edit distance (with swapped neighbours as one edit), or empty when none
// is near: more than a third of the word would have to change. The first of equals wins.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

// `did you mean "acknowledge"?`, or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// "a, b, c", at most `most` of them and then "…".
std::string listed(const std::vector<std::string>& words, std::size_t most = 14);

}  // namespace halfwrite::scenarios
