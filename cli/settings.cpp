#include "cli/settings.hpp"

#include "cli/command.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/value_text.hpp"
#include "sim/assert.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>

namespace halfwrite::cli {

namespace {

constexpr std::uint64_t any_seed = std::numeric_limits<std::uint64_t>::max();

std::optional<std::uint64_t> whole_number_in(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end) return number;
  return std::nullopt;
}

const Setting& setting_of(std::string_view name) {
  const auto& table = all_settings();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [name](const Setting& setting) { return setting.name == name; });
  HALFWRITE_ASSERT(found != table.end(), "a command asks for a setting that is not in the table");
  return *found;
}

void add_flag_of(CLI::App& command, const Setting& setting, const Flags& flags) {
  const std::string flag = "--" + std::string(setting.name);
  command
      .add_option_function<std::string>(
          flag,
          [flags, flag, &setting](const std::string& value) {
            (*flags)[std::string(setting.name)] = {value, flag};
          },
          std::string(setting.help))
      ->check([&setting](const std::string& value) { return problem_of(setting, value); });
}

}  // namespace

const std::vector<Setting>& all_settings() {
  static const std::vector<Setting> table{
      {"profile", "none", {}, 0, 0, "take the values of [profile.NAME] of halfwrite.ini"},
      {"seeds",
       "file",
       {"file"},
       1,
       most_seeds,
       "how many seeds, or which: 101..200 (built in: what the file says)",
       Form::seeds},
      {"first-seed", "1", {}, 0, any_seed, "the first of them (built in: 1)"},
      {"seed", "1", {}, 0, 0, "the seed of a single run, a number or any text (built in: 1)"},
      {"operations",
       "3",
       {},
       1,
       1'000'000,
       "how many requests of each load explore keeps (built in: 3)"},
      {"tries", "5000", {}, 1, most_seeds, "how many runs shrink may make (built in: 5000)"},
      {"guard",
       "100",
       {"none"},
       1,
       most_seeds,
       "sweep does the runs of every so many seeds twice (built in: 100)"},
      {"budget",
       "none",
       {"none"},
       0,
       0,
       "how long sweep begins further seeds, such as 30s; without seeds as many as fit",
       Form::duration},
      {"shrink",
       "12",
       {"none"},
       1,
       most_seeds,
       "how many finds of compare, check and explore are shrunk and kept as cases (built in: 12)"},
      {"state-dir",
       ".halfwrite",
       {},
       0,
       0,
       "the folder of kept cases and last results (built in: .halfwrite beside halfwrite.ini, else "
       "here)"},
      {"jobs", "cores", {"cores"}, 1, 1024, "runs at once (built in: one per core)"},
      {"format", "text", {"text", "json"}, 0, 0, "text, or json for scripts"},
      {"color", "auto", {"auto", "always", "never"}, 0, 0, "auto, always or never"},
      {"width", "auto", {"auto"}, 40, 1000, "columns of text (built in: the terminal's, else 100)"},
      {"progress",
       "auto",
       {"auto", "bar", "lines", "none"},
       0,
       0,
       "on stderr: auto, bar (rewritten in place), lines (one a minute) or none"},
  };
  return table;
}

std::optional<NumberRange> number_range_in(const std::string& text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) return std::nullopt;
  const auto first = whole_number_in(text.substr(0, dots));
  const auto last = whole_number_in(text.substr(dots + 2));
  if (!first || !last || *first > *last) return std::nullopt;
  return NumberRange{*first, *last};
}

namespace {

bool has_form(const Setting& setting, const std::string& value) {
  if (setting.form == Form::duration) {
    const auto duration = scenarios::parse_duration(value);
    return duration && *duration > sim::Duration();
  }
  const auto range = number_range_in(value);
  return setting.form == Form::seeds && range && range->last - range->first < setting.most;
}

}  // namespace

std::string problem_of(const Setting& setting, const std::string& value) {
  if (setting.form != Form::plain && has_form(setting, value)) return {};
  if (setting.words.empty() && setting.most == 0) {
    if (!scenarios::is_utf8(value)) return "text in UTF-8 is expected";
    return value.empty() ? "a name is expected" : std::string();
  }
  if (std::find(setting.words.begin(), setting.words.end(), value) != setting.words.end())
    return {};
  const auto number = whole_number_in(value);
  if (setting.most != 0 && number && *number >= setting.least && *number <= setting.most) return {};
  std::string expected =
      setting.words.empty() ? "" : fmt::format("{}", fmt::join(setting.words, ", "));
  if (setting.most != 0) {
    if (!expected.empty()) expected += " or ";
    expected += fmt::format("a whole number from {} to {}", setting.least, setting.most);
  }
  if (setting.form == Form::duration) expected += " or a duration such as 30s or 5m";
  if (setting.form == Form::seeds) expected += " or a range of so many such as 101..200";
  return fmt::format("{} is expected, not \"{}\"", expected, value);
}

std::string variable_of(const Setting& setting) {
  std::string variable = "HALFWRITE_";
  for (const char c : setting.name)
    variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return variable;
}

const Assigned& Settings::of(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  HALFWRITE_ASSERT(found != values_.end(), "a setting that is not in the table was asked for");
  return found->second;
}

std::optional<std::uint64_t> Settings::number(std::string_view name) const {
  return whole_number_in(of(name).value);
}

std::string Settings::state_folder() const {
  const Assigned& folder = of("state-dir");
  const bool from_file = folder.origin == "built in" || folder.origin.starts_with(file_ + ":");
  if (file_.empty() || !from_file) return folder.value;
  return (std::filesystem::path(file_).parent_path() / folder.value).lexically_normal().string();
}

Flags add_settings(CLI::App& command, std::initializer_list<std::string_view> names) {
  auto flags = std::make_shared<Layer>();
  for (const std::string_view name : names) add_flag_of(command, setting_of(name), flags);
  for (const std::string_view name : {"profile", "format", "color", "width"})
    add_flag_of(command, setting_of(name), flags);
  if (std::find(names.begin(), names.end(), "shrink") != names.end())
    command.add_flag_callback(
        "--no-shrink",
        [flags] {
          (*flags)["shrink"] = {"none", "--no-shrink"};
        },
        "the same as --shrink none");
  command.add_flag_callback(
      "--json",
      [flags] {
        (*flags)["format"] = {"json", "--json"};
      },
      "the same as --format json");
  return flags;
}

}  // namespace halfwrite::cli
