#include "scenarios/json_tree.hpp"
#include "scenarios/scenario.hpp"
#include "sim/assert.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::fuzz {

namespace {

constexpr const char* file_name = "fuzz.json";
// What a fuzzed file may extend.
constexpr const char* base_name = "base.json";
constexpr const char* base_text =
    R"({ "format": 1, "name": "base", "events": { "A": { "topic": "t", "key": "k" } },
         "brokers": { "b": { "type": "log", "topics": { "t": {} } } } })";

void check_diagnostic(const scenarios::Diagnostic& diagnostic, const scenarios::Source& source) {
  const auto& known = scenarios::short_names();
  HALFWRITE_ASSERT(std::any_of(known.begin(), known.end(),
                               [&](const scenarios::ShortName& entry) {
                                 return entry.name == diagnostic.short_name;
                               }),
                   "a diagnostic has a short name that no table explains");
  HALFWRITE_ASSERT(!diagnostic.message.empty(), "a diagnostic has no message");
  const auto has_line_end = [](const std::string& text) {
    return text.find('\n') != std::string::npos;
  };
  HALFWRITE_ASSERT(!has_line_end(diagnostic.message) && !has_line_end(diagnostic.hint),
                   "a diagnostic's sentence goes over several lines");
  HALFWRITE_ASSERT(!scenarios::to_text(diagnostic).empty(), "a diagnostic has no text");
  if (diagnostic.place.file != file_name) return;
  HALFWRITE_ASSERT(diagnostic.place.line >= 1 && diagnostic.place.column >= 1,
                   "a diagnostic names a file and no place in it");
  const scenarios::SourcePlace end = source.place_of(source.text().size());
  HALFWRITE_ASSERT(diagnostic.place.line <= end.line, "a diagnostic points behind the file");
}

}  // namespace

void run_scenario(std::string_view input) {
  const std::string text(input);
  const auto read_file = [&](const std::string& path) -> std::optional<std::string> {
    if (path == file_name) return text;
    if (path == base_name) return base_text;
    return std::nullopt;
  };
  const auto file = scenarios::load(file_name, read_file);
  if (file) return;
  const scenarios::Source source(file_name, text);
  HALFWRITE_ASSERT(!file.error().empty(), "a file is refused without a mistake being told");
  for (const scenarios::Diagnostic& diagnostic : file.error()) check_diagnostic(diagnostic, source);
}

}  // namespace halfwrite::fuzz
