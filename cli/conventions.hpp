// What `explain` knows beyond the house: the settings and conventions of the command line. The one
// place where the exit codes are listed with their meaning.
#pragma once

#include "scenarios/topics.hpp"

#include <string>
#include <vector>

namespace halfwrite::cli {

// All topics: those of the house, with the command line's before the words of the language.
std::vector<scenarios::Topic> all_topics();

// What a word of another tool is called here ("toxicity" is `chance`); empty: not known.
std::string word_for(const std::string& foreign);

}  // namespace halfwrite::cli
