#include "scenarios/expectations.hpp"

#include "models/publishing/windows.hpp"
#include "models/saga/message_windows.hpp"
#include "models/service/windows.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/value_text.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace halfwrite::scenarios {

namespace {

// One part: "outbox_*" against "outbox_cdc". The last * is the only one that need be tried again
// with more, so that this takes no longer than the product of both lengths.
bool matches_part(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t letter = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken_by_star = 0;
  while (letter < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken_by_star = letter;
    } else if (at < pattern.size() && pattern[at] == text[letter]) {
      ++at;
      ++letter;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      letter = ++taken_by_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

std::optional<ExpectedVerdict> verdict_of(const Json& word) {
  if (word.text == "holds") return ExpectedVerdict::holds;
  if (word.text == "violated") return ExpectedVerdict::violated;
  if (word.text == "any") return ExpectedVerdict::any;
  return std::nullopt;
}

SourcePlace place_of(const Span& span) {
  return span.source->place_of(span.offset);
}

std::vector<std::string> invariants_of(const std::vector<Variant*>& variants) {
  std::vector<std::string> names;
  for (const Variant* variant : variants) {
    for (const Invariant& invariant : variant->scenario.invariants) {
      if (std::find(names.begin(), names.end(), name_of(invariant)) == names.end())
        names.push_back(name_of(invariant));
    }
  }
  return names;
}

void demand_windows(const Json& windows, const std::vector<Variant*>& variants,
                    Findings& findings) {
  std::vector<std::string> known = publishing::window_names();
  for (const sim::Explanation& window : saga::windows()) known.emplace_back(window.name);
  for (const sim::Explanation& window : service::windows()) known.emplace_back(window.name);
  for (const Member& window : windows.members) {
    if (std::find(known.begin(), known.end(), window.key) == known.end()) {
      findings.add(window.key_span, windows.path, "unknown-name",
                   "no window is named " + in_quotes(window.key), did_you_mean(window.key, known),
                   "windows: " + listed(known));
      continue;
    }
    const auto count = parse_natural(window.value.text);
    if (!count) continue;
    for (Variant* variant : variants) {
      auto& demanded = variant->expectation.windows;
      const auto same =
          std::find_if(demanded.begin(), demanded.end(),
                       [&](const Expectation::Window& w) { return w.name == window.key; });
      const Expectation::Window line{window.key, *count, place_of(window.key_span)};
      if (same == demanded.end()) {
        demanded.push_back(line);
      } else {
        *same = line;
      }
    }
  }
}

void read_line(const Member& line, const std::vector<Variant*>& variants, Findings& findings) {
  // "holds" alone is { "*": "holds" }.
  if (line.value.is_text()) {
    if (const auto verdict = verdict_of(line.value)) {
      for (Variant* variant : variants) {
        variant->expectation.named.clear();
        variant->expectation.others = Expectation::Line{*verdict, place_of(line.value.span)};
      }
    }
    return;
  }
  if (const Member* others = line.value.find_member("*")) {
    if (const auto verdict = verdict_of(others->value)) {
      for (Variant* variant : variants) {
        variant->expectation.named.clear();
        variant->expectation.others = Expectation::Line{*verdict, place_of(others->key_span)};
      }
    }
  }
  const std::vector<std::string> known = invariants_of(variants);
  for (const Member& member : line.value.members) {
    if (member.key == "*") continue;
    if (member.key == "windows" && member.value.is_object()) {
      demand_windows(member.value, variants, findings);
      continue;
    }
    if (std::find(known.begin(), known.end(), member.key) == known.end()) {
      findings.add(member.key_span, line.value.path, "unknown-name",
                   "no invariant of this scenario is named " + in_quotes(member.key),
                   did_you_mean(member.key, known), "invariants: " + listed(known));
      continue;
    }
    const auto verdict = verdict_of(member.value);
    if (!verdict) continue;
    for (Variant* variant : variants)
      variant->expectation.named[member.key] = {*verdict, place_of(member.key_span)};
  }
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view name) {
  if (pattern == "*") return true;
  const std::size_t pattern_slash = pattern.find('/');
  const std::size_t name_slash = name.find('/');
  if (!matches_part(pattern.substr(0, pattern_slash), name.substr(0, name_slash))) return false;
  if (pattern_slash == std::string_view::npos || name_slash == std::string_view::npos)
    return pattern_slash == name_slash;
  const std::string_view rest = pattern.substr(pattern_slash + 1);
  const std::string_view name_rest = name.substr(name_slash + 1);
  // A last "*" within a longer pattern still is one part.
  if (rest == "*") return name_rest.find('/') == std::string_view::npos;
  return matches_pattern(rest, name_rest);
}

void read_expectations(const Json& file, std::vector<Variant>& variants, Findings& findings) {
  const Json* expect = file.find("expect");
  if (expect == nullptr) return;
  std::vector<std::string> names;
  for (const Variant& variant : variants) names.push_back(variant.name);
  for (const Member& line : expect->members) {
    std::vector<Variant*> matching;
    for (Variant& variant : variants) {
      if (matches_pattern(line.key, variant.name)) matching.push_back(&variant);
    }
    if (matching.empty()) {
      findings.add(line.key_span, expect->path, "expect",
                   "no variant matches " + in_quotes(line.key), did_you_mean(line.key, names),
                   "variants: " + listed(names, 8));
      continue;
    }
    for (Variant* variant : matching) variant->place = place_of(line.key_span);
    read_line(line, matching, findings);
  }
}

}  // namespace halfwrite::scenarios
