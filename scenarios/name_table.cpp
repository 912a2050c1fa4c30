#include "scenarios/name_table.hpp"

#include "scenarios/field_reader.hpp"
#include "scenarios/nearest_word.hpp"

#include <algorithm>
#include <map>

namespace halfwrite::scenarios {

std::vector<std::string> NameTable::names_in(std::string_view section) const {
  std::vector<std::string> names;
  for (const Member& member : object_at(tree_, section).members) names.push_back(member.key);
  return names;
}

void NameTable::check_defined(const Json& text, std::string_view section, std::string_view what,
                              Findings& findings) const {
  const std::vector<std::string> names = names_in(section);
  if (!text.is_text() || std::find(names.begin(), names.end(), text.text) != names.end()) return;
  const std::string suggestion = did_you_mean(text.text, names);
  const std::string known =
      names.empty() ? "there are none" : std::string(section) + ": " + listed(names);
  findings.add(text, "unknown-name",
               "no " + std::string(what) + " is named " + in_quotes(text.text),
               suggestion.empty() ? known : suggestion, suggestion.empty() ? "" : known);
}

void NameTable::check(Findings& findings) const {
  static constexpr std::string_view reserved[] = {"here", "client", "history", "memory"};
  for (const auto& group :
       {std::vector<std::string_view>{"databases", "brokers", "externals", "services"},
        std::vector<std::string_view>{"workload", "events", "sagas"}}) {
    std::map<std::string, std::string_view> taken;
    for (const std::string_view section : group) {
      for (const Member& member : object_at(tree_, section).members) {
        const auto [first, is_new] = taken.emplace(member.key, section);
        if (!is_new) {
          findings.add(
              member.key_span, member.value.path, "duplicate-name",
              in_quotes(member.key) + " is a name in `" + std::string(first->second) + "` too",
              "a name stands for one thing");
        }
        if (std::find(std::begin(reserved), std::end(reserved), member.key) != std::end(reserved)) {
          findings.add(member.key_span, member.value.path, "duplicate-name",
                       in_quotes(member.key) + " has a meaning of its own", "choose another name");
        }
      }
    }
  }
}

}  // namespace halfwrite::scenarios
