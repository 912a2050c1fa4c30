// The signs of the terminal, with words for those who cannot show them. Never by colour alone:
// every state has a sign or a word.
#pragma once

namespace halfwrite::reports {

struct Signs {
  const char* holds;
  const char* violated;
  const char* vacuous;
  const char* dot;       // between parts of a line
  const char* happened;  // in a lineage
  const char* never;
  const char* edge;
  const char* broken;
  const char* corner;
};

inline constexpr Signs unicode_signs{"✓", "✗", "–", "·", "●", "○", "───", "──✗", "└"};
inline constexpr Signs ascii_signs{"ok", "FAIL", "n-e", "|", "*", "o", "---", "--X", "\\"};

inline constexpr const Signs& signs(bool unicode) {
  return unicode ? unicode_signs : ascii_signs;
}

}  // namespace halfwrite::reports
