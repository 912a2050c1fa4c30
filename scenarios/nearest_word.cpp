#include "scenarios/nearest_word.hpp"

#include <algorithm>
#include <cstddef>

namespace halfwrite::scenarios {

namespace {

// Nobody mistypes a longer word by chance, and comparing long words takes time and memory.
constexpr std::size_t longest_word = 100;

std::string in_lower_case(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

// How many mistakes of the pen a word of this length may hold: "Payed" for "Paid" has two.
std::size_t most_mistakes(std::size_t length) {
  return length < 5 ? 1 : std::max<std::size_t>(length / 3, 2);
}

// Letters added, left out, exchanged for others or with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table[a.size()][b.size()];
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > longest_word) return "";
  const std::string written = in_lower_case(word);
  std::string nearest;
  std::size_t nearest_distance = most_mistakes(word.size()) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > longest_word) continue;
    const std::size_t distance = edit_distance(written, in_lower_case(candidate));
    if (distance < nearest_distance) {
      nearest = candidate;
      nearest_distance = distance;
    }
  }
  if (!nearest.empty() || word.size() < 4) return nearest;
  // offset_flush for offset_flush_interval.
  for (const std::string& candidate : candidates) {
    if (candidate.starts_with(word)) return candidate;
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string nearest = nearest_word(word, candidates);
  return nearest.empty() ? "" : "did you mean \"" + nearest + "\"?";
}

std::string listed(const std::vector<std::string>& words, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i == most) return text + ", …";
    text += (i == 0 ? "" : ", ") + words[i];
  }
  return text;
}

}  // namespace halfwrite::scenarios
