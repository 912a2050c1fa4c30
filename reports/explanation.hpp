// The texts of `explain`: all topics by group, or one with its parts. It prints what it is given.
#pragma once

#include "reports/look.hpp"
#include "scenarios/topics.hpp"

#include <string>
#include <vector>

namespace halfwrite::reports {

// Every topic by kind, in the order they come: a line each, but keys and words, of which there are
// many, as names alone.
std::string topics_text(const std::vector<scenarios::Topic>& topics, const Look& look);
// The topics a name stands for, one after the other.
std::string explanation_text(const std::vector<scenarios::Topic>& topics, const Look& look);
// The same for scripts: {"topics": [{"kind", "name", "sentence", "parts": [{"title", "text"}]}]}.
std::string topics_json(const std::vector<scenarios::Topic>& topics);

}  // namespace halfwrite::reports
