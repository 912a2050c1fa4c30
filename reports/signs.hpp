// The signs of the terminal, with words for those who cannot show them, and their colours. Never by
// colour alone: every state has a sign or a word. A coloured sign is as wide as a plain one, see
// `width_of`.
#pragma once

#include "reports/look.hpp"

namespace halfwrite::reports {

struct Signs {
  const char* holds;
  const char* violated;
  const char* vacuous;
  const char* dot;       // between parts of a line
  const char* happened;  // in a lineage
  const char* never;
  const char* broken;
  const char* pass;  // of a file in `check`, each four characters
  const char* fail;
  const char* not_exercised;
  const char* none;
};

// Blue-green and orange-red of the terminal (36 and 31), not green against red: they differ for the
// colour-blind too.
inline constexpr Signs unicode_signs{"✓",   "✗",    "–",    "·",    "●",   "○",
                                     "──✗", "PASS", "FAIL", "N-E ", "NONE"};
inline constexpr Signs ascii_signs{"ok",  "FAIL", "n-e",  "|",    "*",   "o",
                                   "--X", "PASS", "FAIL", "N-E ", "NONE"};
inline constexpr Signs colored_unicode_signs{"\033[36m✓\033[0m",      "\033[1;31m✗\033[0m",
                                             "\033[33m–\033[0m",      "·",
                                             "\033[36m●\033[0m",      "○",
                                             "──\033[1;31m✗\033[0m",  "\033[36mPASS\033[0m",
                                             "\033[1;31mFAIL\033[0m", "\033[33mN-E \033[0m",
                                             "\033[33mNONE\033[0m"};
inline constexpr Signs colored_ascii_signs{"\033[36mok\033[0m",     "\033[1;31mFAIL\033[0m",
                                           "\033[33mn-e\033[0m",    "|",
                                           "\033[36m*\033[0m",      "o",
                                           "--\033[1;31mX\033[0m",  "\033[36mPASS\033[0m",
                                           "\033[1;31mFAIL\033[0m", "\033[33mN-E \033[0m",
                                           "\033[33mNONE\033[0m"};

// The end of a report on runs that no claim is held against: they are neither as expected nor not.
inline constexpr const char* nothing_expected =
    "nothing is expected: `expect` claims nothing of this variant";

inline constexpr const Signs& signs(const Look& look) {
  if (look.color) return look.unicode ? colored_unicode_signs : colored_ascii_signs;
  return look.unicode ? unicode_signs : ascii_signs;
}

}  // namespace halfwrite::reports
