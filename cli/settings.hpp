// What a user may set in four places, and the one table of it: a flag --NAME, a variable
// HALFWRITE_NAME, a line in [profile.X] of halfwrite.ini, a line above the profiles there. What is
// named first wins. CLI11 reads the flags; Boost.Program_options reads the other layers. It prints
// its problems on stderr and never guesses: a wrong line of the file or a wrong variable is an
// error of usage, only a variable of an unknown name is a warning.
#pragma once

#include "scenarios/diagnostic.hpp"
#include "sim/expected.hpp"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace halfwrite::cli {

// Takes one of `words`, and, where `most` is not 0, whole numbers from `least` to `most`; of seeds
// also a range A..B.
enum class Form : std::uint8_t { plain, seeds, duration };
struct Setting {
  std::string_view name;      // "first-seed": --first-seed, HALFWRITE_FIRST_SEED
  std::string_view built_in;  // its value when nobody sets it; words such as "auto" or "file"
  std::vector<std::string_view> words;
  std::uint64_t least;
  std::uint64_t most;
  std::string_view help;
  Form form = Form::plain;
};

// Every setting, in the order in which `config` shows them.
const std::vector<Setting>& all_settings();
// Empty: the value fits; else what is expected instead, as a sentence.
std::string problem_of(const Setting& setting, const std::string& value);
// "101..200": both ends. Nothing for other texts, and for a range that ends before it begins.
struct NumberRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
std::optional<NumberRange> number_range_in(const std::string& text);
// "HALFWRITE_FIRST_SEED"
std::string variable_of(const Setting& setting);

// A value and who said so: "--seeds", "HALFWRITE_SEEDS", "halfwrite.ini:3", "built in".
struct Assigned {
  std::string value;
  std::string origin;
  friend bool operator==(const Assigned&, const Assigned&) = default;
};
using Layer = std::map<std::string, Assigned>;
using Flags = std::shared_ptr<Layer>;

struct SettingsFile {
  std::string path;
  Layer plain;
  std::map<std::string, Layer> profiles;  // by name, without "profile."
};
// Reads the text of a halfwrite.ini; what is wrong in it, with line and column.
sim::Expected<SettingsFile, std::vector<scenarios::Diagnostic>> parse_settings_file(
    const std::string& text, const std::string& path);

// The values that hold, each with its origin.
class Settings {
 public:
  explicit Settings(Layer values, std::string file = {})
      : values_(std::move(values)), file_(std::move(file)) {}
  const Assigned& of(std::string_view name) const;
  std::string text(std::string_view name) const { return of(name).value; }
  // The number; nothing when the value is one of the setting's words.
  std::optional<std::uint64_t> number(std::string_view name) const;
  // Where kept cases and last results lie: what the file says, and what nobody says, is meant from
  // the file's folder.
  std::string state_folder() const;

 private:
  Layer values_;
  std::string file_;  // halfwrite.ini, or empty
};

// Adds the flags of these settings to a command, and of those that every command has (profile,
// format, color, width); what is given lands in the layer that comes back.
Flags add_settings(CLI::App& command, std::initializer_list<std::string_view> names);

// All layers together. halfwrite.ini is looked for beside the first of `paths` (or in it, when it
// is a folder), then in the working directory; the first found is the only one read. Nothing when
// something is wrong, which then stands on stderr. Without `warns`, for a process that reads what
// another has read before it, only errors are said.
std::optional<Settings> read_settings(const Layer& flags, const std::vector<std::string>& paths,
                                      bool warns = true);

}  // namespace halfwrite::cli
