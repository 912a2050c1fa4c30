#include "scenarios/case_file.hpp"

#include "scenarios/field_reader.hpp"
#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/plan_reader.hpp"
#include "scenarios/plan_text.hpp"
#include "scenarios/schema_walker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <utility>

namespace halfwrite::scenarios {

namespace {

template <class Number>
void take_number(const Json& value, Number& into) {
  std::from_chars(value.text.data(), value.text.data() + value.text.size(), into);
}

void read_seed(const Json& seed, CaseFile& kept, Findings& findings) {
  const char* const end = seed.text.data() + seed.text.size();
  const auto parsed = std::from_chars(seed.text.data(), end, kept.seed);
  if (parsed.ec != std::errc() || parsed.ptr != end)
    findings.add(seed, "value", "a seed is a number of 64 bits");
}
// Numbers of a schema are signed.
std::string seed_text(std::uint64_t seed) {
  const std::string digits = std::to_string(seed);
  return seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
             ? scenarios::in_quotes(digits)
             : digits;
}

void read_requests(const Json& requests, CaseFile& kept, Findings& findings) {
  for (const Member& load : requests.members) {
    std::vector<std::uint64_t>& numbers = kept.reduction.requests[load.key];
    for (const Json& item : load.value.items) take_number(item, numbers.emplace_back());
    const auto wrong = std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>());
    if (wrong == numbers.end()) continue;
    const auto position = static_cast<std::size_t>(wrong - numbers.begin()) + 1;
    findings.add(load.value.items[position], "value",
                 "requests are listed once each, in ascending order",
                 fmt::format("{} comes after {}", *(wrong + 1), *wrong));
  }
}

void read_verdicts(const Json& verdicts, CaseFile& kept, Findings& findings) {
  for (const Member& member : verdicts.members)
    kept.verdicts[member.key] =
        member.value.text == "violated" ? ExpectedVerdict::violated : ExpectedVerdict::holds;
  if (kept.verdicts.empty())
    findings.add(verdicts, "value", "a case says at least one verdict",
                 R"({ "no_lost_event": "violated" })");
}

std::string number_list(const std::vector<std::uint64_t>& numbers) {
  return fmt::format("[{}]", fmt::join(numbers, ", "));
}

template <class Map, class Text>
std::string object_of(const Map& map, const Text& text_of_value) {
  std::string text = "{";
  for (const auto& [key, value] : map)
    text +=
        (text.size() == 1 ? " " : ", ") + scenarios::in_quotes(key) + ": " + text_of_value(value);
  return text + (text.size() == 1 ? "}" : " }");
}

std::string indented(const std::string& lines) {
  std::string text;
  for (const char c : lines) {
    text += c;
    if (c == '\n') text += "  ";
  }
  return text;
}

}  // namespace

sim::Expected<CaseFile, std::vector<Diagnostic>> parse_case(std::string_view text,
                                                            const std::string& file) {
  auto tree = read_json(std::make_shared<const Source>(file, std::string(text)));
  if (!tree) return sim::Unexpected(std::move(tree.error()));
  Json& root = tree.value();
  set_paths(root);
  Findings findings;
  SchemaWalker(findings).check_definition(root, "case");
  CaseFile kept;
  if (findings.is_empty()) {
    take(root, "scenario", kept.scenario);
    take(root, "variant", kept.variant);
    read_seed(*root.find("seed"), kept, findings);
    take(root, "version", kept.version);
    read_requests(object_at(root, "requests"), kept, findings);
    for (const Member& member : object_at(root, "instances").members)
      take_number(member.value, kept.reduction.instances[member.key]);
    read_verdicts(object_at(root, "verdicts"), kept, findings);
    kept.plan = read_plan(*root.find("plan"), findings,
                          [](const Json&, const sim::Point&) { return true; });
    const std::string hash = text_at(root, "trace_hash");
    if (!hash.empty())
      std::from_chars(hash.data(), hash.data() + hash.size(), kept.trace_hash.emplace(0), 16);
  }
  if (!findings.is_empty()) return sim::Unexpected(findings.take());
  return kept;
}

std::string write_case(const CaseFile& kept) {
  std::string text = "{\n  \"format\": 1,\n";
  text += fmt::format("  \"scenario\": {},\n  \"variant\": {},\n  \"seed\": {},\n",
                      scenarios::in_quotes(kept.scenario), scenarios::in_quotes(kept.variant),
                      seed_text(kept.seed));
  if (!kept.reduction.requests.empty())
    text += "  \"requests\": " + object_of(kept.reduction.requests, number_list) + ",\n";
  if (!kept.reduction.instances.empty())
    text += "  \"instances\": " +
            object_of(kept.reduction.instances, [](std::uint32_t n) { return std::to_string(n); }) +
            ",\n";
  text += "  \"plan\": " + indented(write_plan(kept.plan)) + ",\n";
  text += "  \"verdicts\": " + object_of(kept.verdicts, [](ExpectedVerdict verdict) {
            return scenarios::in_quotes(to_text(verdict));
          });
  if (!kept.version.empty()) text += ",\n  \"version\": " + scenarios::in_quotes(kept.version);
  if (kept.trace_hash) text += fmt::format(",\n  \"trace_hash\": \"{:016x}\"", *kept.trace_hash);
  return text + "\n}\n";
}

std::string scenario_path_of(const CaseFile& kept, const std::string& case_path) {
  return (std::filesystem::path(case_path).parent_path() / kept.scenario)
      .lexically_normal()
      .string();
}

}  // namespace halfwrite::scenarios
