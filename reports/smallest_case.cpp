#include "reports/smallest_case.hpp"

#include "reports/fact_text.hpp"
#include "reports/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::reports {

std::string cause_text(const campaign::SmallestCase& smallest) {
  constexpr std::size_t most = 3;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(most, smallest.landed.size()); ++i)
    parts.push_back(told(smallest.landed[i]));
  if (smallest.landed.size() > most)
    parts.push_back(counted(smallest.landed.size() - most, "further fault"));
  if (smallest.orders > 0) parts.push_back(counted(smallest.orders, "forced order"));
  if (parts.empty()) parts.emplace_back("no fault");
  parts.push_back(counted(smallest.requests, "request"));
  return fmt::format("{}{}", fmt::join(parts, "; "),
                     smallest.minimal ? "" : " (the tries ran out: more may be left out)");
}

std::string replay_command(const std::string& case_path) {
  return "halfwrite replay " + case_path;
}

std::string smallest_lines(const std::optional<campaign::SmallestCase>& smallest,
                           const Look& look) {
  if (!smallest) return {};
  const std::string text =
      "    " + wrap("smallest cause: " + cause_text(*smallest), look.width - 4, 6) + "\n    ";
  return text +
         (smallest->path.empty()
              ? wrap("not kept: " + smallest->not_kept_because, look.width - 4, 6)
              : replay_command(smallest->path)) +
         "\n";
}

std::string not_shrunk_line(std::uint64_t not_shrunk) {
  if (not_shrunk == 0) return {};
  return fmt::format("{} {} not shrunk (--shrink N)\n", counted(not_shrunk, "more find"),
                     not_shrunk == 1 ? "was" : "were");
}

bool is_smaller(const campaign::SmallestCase& one, const campaign::SmallestCase& other) {
  const auto size = [](const campaign::SmallestCase& smallest) {
    return std::pair(smallest.landed.size() + smallest.orders, smallest.requests);
  };
  return size(one) < size(other);
}

}  // namespace halfwrite::reports
