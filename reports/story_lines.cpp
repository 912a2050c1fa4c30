#include "reports/story_lines.hpp"

#include "reports/signs.hpp"
#include "reports/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::reports {
namespace {

// With a line for each stretch that was left out.
std::size_t height(const std::vector<bool>& left_out) {
  std::size_t lines = 0;
  for (std::size_t i = 0; i < left_out.size(); ++i)
    if (!left_out[i] || i == 0 || !left_out[i - 1]) ++lines;
  return lines;
}

// The lightest first, of equals those nearest to the middle.
std::vector<std::size_t> dispensable(const std::vector<StoryLine>& lines) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].weight != Weight::decisive) order.push_back(i);
  const auto from_middle = [&lines](std::size_t i) {
    const std::size_t twice = 2 * i + 1;
    return twice > lines.size() ? twice - lines.size() : lines.size() - twice;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (lines[a].weight != lines[b].weight) return lines[a].weight < lines[b].weight;
    return from_middle(a) < from_middle(b);
  });
  return order;
}

}  // namespace

std::vector<std::string> shortened(const std::vector<StoryLine>& lines, std::size_t most,
                                   const std::string& see_all, const Look& look) {
  std::vector<bool> left_out(lines.size(), false);
  for (const std::size_t i : dispensable(lines)) {
    if (height(left_out) <= most) break;
    left_out[i] = true;
  }
  std::string hint = see_all.empty() ? "" : " (" + see_all + ")";
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!left_out[i]) {
      texts.push_back(lines[i].text);
      continue;
    }
    std::size_t end = i;
    while (end < lines.size() && left_out[end]) ++end;
    if (end - i == 1) {  // saying so would take a line too
      texts.push_back(lines[i].text);
    } else {
      texts.push_back(fmt::format("             {} and {} about it{}", signs(look).dot,
                                  counted(end - i, "more line"), hint));
      hint.clear();
    }
    i = end - 1;
  }
  return texts;
}

}  // namespace halfwrite::reports
