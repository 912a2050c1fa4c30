// The words of one line of a history, taken from the front; and the lines about sagas, which have a
// file of their own.
#pragma once

#include "models/history/facts.hpp"
#include "sim/assert.hpp"

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace halfwrite::tests {

// Options are a word and its value.
class Words {
 public:
  explicit Words(const std::string& line) {
    std::istringstream in(line);
    for (std::string word; in >> word;) words_.push_back(word);
  }
  bool empty() const { return words_.empty(); }
  std::string take() {
    HALFWRITE_ASSERT(!words_.empty(), "a line of a history has all its words");
    std::string word = words_.front();
    words_.erase(words_.begin());
    return word;
  }
  void skip(const std::string& expected) {
    const std::string word = take();
    HALFWRITE_ASSERT(word == expected, "a line of a history is in the order of its grammar");
  }
  std::optional<std::string> option(const std::string& name) {
    for (std::size_t index = 0; index + 1 < words_.size(); ++index) {
      if (words_[index] != name) continue;
      std::string value = words_[index + 1];
      words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(index),
                   words_.begin() + static_cast<std::ptrdiff_t>(index) + 2);
      return value;
    }
    return std::nullopt;
  }
  std::uint64_t number(const std::string& name, std::uint64_t otherwise) {
    const std::optional<std::string> value = option(name);
    return value ? std::stoull(*value) : otherwise;
  }
  std::string rest() {
    std::string text;
    for (const std::string& word : words_) text += (text.empty() ? "" : " ") + word;
    words_.clear();
    return text;
  }

 private:
  std::vector<std::string> words_;
};

history::Identity intent_of(sim::Names& names, const std::string& text);
sim::Name database_of(sim::Names& names, const std::string& transaction);
history::TransactionToken token_of(const std::string& transaction);

// The fact of a line about a saga or a system outside, or nothing when its verb is none of theirs.
std::optional<history::FactContent> saga_fact(sim::Names& names, const std::string& verb,
                                              Words& words);

}  // namespace halfwrite::tests
