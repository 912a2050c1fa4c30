// A table of small histories and the verdict each must get; see history_text.hpp for the words.
#pragma once

#include <catch2/catch.hpp>

#include "history_text.hpp"
#include <vector>

namespace halfwrite::tests {

struct Case {
  const char* rule;     // which clause or rule of semantics.md, section H, it is about
  const char* ask;      // the invariant and its options
  const char* history;  // in the words of history_text.hpp
  const char* verdict;
  const char* contract = "";
};

inline void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    INFO(one.rule << "\n" << one.history);
    CHECK(verdict_of(one.ask, one.contract, one.history) == one.verdict);
  }
}

}  // namespace halfwrite::tests
