#include "cli/command.hpp"
#include "cli/settings.hpp"
#include "scenarios/nearest_word.hpp"

#include <boost/program_options/environment_iterator.hpp>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace halfwrite::cli {

namespace {

namespace options = boost::program_options;
using scenarios::Diagnostic;

constexpr std::string_view profile_prefix = "profile.";
constexpr std::string_view prefix = "HALFWRITE_";  // of a setting's variable

// A profile is chosen by its user: neither the file nor another profile can choose one.
bool may_stand_in_file(const Setting& setting) {
  return setting.name != "profile";
}

std::vector<std::string> names_for_file() {
  std::vector<std::string> names;
  for (const Setting& setting : all_settings())
    if (may_stand_in_file(setting)) names.emplace_back(setting.name);
  return names;
}

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : all_settings())
    if (setting.name == name) return &setting;
  return nullptr;
}

options::options_description description() {
  options::options_description all;
  for (const Setting& setting : all_settings())
    all.add_options()(std::string(setting.name).c_str(), options::value<std::string>());
  return all;
}

// Program_options keeps no line numbers, so it is given line after line, each under its section.
class SettingsFileReader {
 public:
  SettingsFileReader(const std::string& text, std::string path) : text_(text) {
    file_.path = std::move(path);
  }

  sim::Expected<SettingsFile, std::vector<Diagnostic>> read() {
    std::istringstream in(text_);
    while (std::getline(in, line_)) {
      ++number_;
      read_line();
    }
    if (!problems_.empty()) return sim::Unexpected(std::move(problems_));
    return std::move(file_);
  }

 private:
  void read_line() {
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    const std::string content = trimmed(line_.substr(0, line_.find('#')));
    if (content.empty()) return;
    if (content.front() == '[' && content.back() == ']') {
      open_section(content.substr(1, content.size() - 2));
      return;
    }
    std::istringstream one(content + "\n");
    try {
      const auto parsed = options::parse_config_file<char>(one, description(), true);
      for (const auto& option : parsed.options) assign(option.string_key, option.value.front());
    } catch (const options::error&) {
      problem(content, "syntax", "neither [profile.NAME] nor NAME = VALUE", "");
    }
  }

  void open_section(const std::string& name) {
    layer_ = nullptr;
    if (!name.starts_with(profile_prefix) || name.size() == profile_prefix.size()) {
      problem(name, "unknown-key", "unknown section [" + name + "]",
              "sections are named [profile.NAME]");
      return;
    }
    const std::string profile = name.substr(profile_prefix.size());
    if (file_.profiles.contains(profile))
      problem(name, "duplicate-key", "the profile " + profile + " stands here twice", "");
    layer_ = &file_.profiles[profile];
    section_ = " [" + name + "]";
  }

  void assign(const std::string& key, const std::string& value) {
    const Setting* setting = find_setting(key);
    if (setting == nullptr || !may_stand_in_file(*setting)) {
      const auto known = names_for_file();
      problem(key, "unknown-key",
              setting == nullptr ? "unknown setting \"" + key + "\""
                                 : "a profile is chosen by --profile or HALFWRITE_PROFILE only",
              scenarios::did_you_mean(key, known), "settings: " + scenarios::listed(known));
      return;
    }
    const std::string wrong = cli::problem_of(*setting, value);
    if (!wrong.empty()) problem(value, setting->most != 0 ? "number" : "unknown-word", wrong, "");
    if (layer_ == nullptr) return;
    const Assigned assigned{value, fmt::format("{}:{}{}", file_.path, number_, section_)};
    const auto [place, is_new] = layer_->emplace(key, assigned);
    if (!is_new)
      problem(key, "duplicate-key", key + " is set twice", "first at " + place->second.origin);
  }

  void problem(const std::string& at, const char* short_name, std::string message, std::string hint,
               std::string remark = {}) {
    Diagnostic diagnostic;
    const std::size_t found = at.empty() ? std::string::npos : line_.find(at);
    diagnostic.place = {file_.path, number_, found == std::string::npos ? 1 : found + 1};
    diagnostic.width = std::max<std::size_t>(at.size(), 1);
    diagnostic.message = std::move(message);
    diagnostic.short_name = short_name;
    diagnostic.hint = std::move(hint);
    diagnostic.remark = std::move(remark);
    diagnostic.source_line = line_;
    problems_.push_back(std::move(diagnostic));
  }

  static std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
  }

  const std::string& text_;
  SettingsFile file_;
  Layer* layer_ = &file_.plain;  // nothing while in a section that is wrong
  std::string section_;
  std::string line_;
  std::size_t number_ = 0;
  std::vector<Diagnostic> problems_;
};

// False: a value is wrong (explained). An unknown name is ignored with a warning: a newer or older
// version may know it.
bool read_environment(Layer& layer, bool warns) {
  std::vector<std::string> known;
  for (const Setting& setting : all_settings()) known.push_back(variable_of(setting));
  const auto name_of_variable = [&known, warns](const std::string& variable) -> std::string {
    for (std::size_t i = 0; i < known.size(); ++i)
      if (known[i] == variable) return std::string(all_settings()[i].name);
    if (warns && variable.starts_with(prefix)) {
      // The common beginning is no likeness: it would make any short name near to any other.
      std::vector<std::string> ends;
      for (const std::string& name : known) ends.push_back(name.substr(prefix.size()));
      const std::string nearest = scenarios::nearest_word(variable.substr(prefix.size()), ends);
      const std::string hint =
          nearest.empty() ? "" : fmt::format("did you mean \"{}{}\"?", prefix, nearest);
      fmt::print(stderr, "halfwrite: warning: {} is no setting and is ignored{}{}\n", variable,
                 hint.empty() ? "" : "; ", hint);
    }
    return {};
  };
  bool right = true;
  const auto parsed = options::parse_environment(description(), name_of_variable);
  for (const auto& option : parsed.options) {
    const Setting& setting = *find_setting(option.string_key);
    const std::string& value = option.value.front();
    if (value.empty()) continue;  // as if it were not set
    const std::string wrong = problem_of(setting, value);
    if (!wrong.empty()) {
      usage_error(variable_of(setting) + ": " + wrong);
      right = false;
    }
    layer[option.string_key] = {value, variable_of(setting)};
  }
  return right;
}

std::optional<std::string> settings_file_for(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<fs::path> candidates;
  std::error_code error;
  if (!paths.empty() && !paths.front().empty()) {
    const fs::path path = paths.front();
    candidates.push_back((fs::is_directory(path, error) ? path : path.parent_path()) /
                         "halfwrite.ini");
  }
  candidates.emplace_back("halfwrite.ini");
  for (const fs::path& candidate : candidates)
    if (fs::exists(candidate, error)) return candidate.generic_string();
  return std::nullopt;
}

std::optional<SettingsFile> load_settings_file(const std::vector<std::string>& paths) {
  const auto path = settings_file_for(paths);
  if (!path) return SettingsFile{};
  const auto text = read_file(*path);
  if (!text) {
    usage_error(*path + " cannot be read");
    return std::nullopt;
  }
  auto parsed = parse_settings_file(*text, *path);
  if (parsed) return std::move(parsed).value();
  explain(parsed.error());
  return std::nullopt;
}

// The layer of the profile somebody chose; an empty one when nobody did.
std::optional<Layer> chosen_profile(const Assigned& chosen, const SettingsFile& file) {
  if (chosen.origin == "built in") return Layer{};
  const auto found = file.profiles.find(chosen.value);
  if (found != file.profiles.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, unused] : file.profiles) names.push_back(name);
  const std::string hint = scenarios::did_you_mean(chosen.value, names);
  usage_error(fmt::format("{}: {} has no [profile.{}]{}{}", chosen.origin,
                          file.path.empty() ? "there is no halfwrite.ini here, which" : file.path,
                          chosen.value, hint.empty() ? "" : "; " + hint,
                          names.empty() ? "" : "; it has " + scenarios::listed(names)));
  return std::nullopt;
}

}  // namespace

sim::Expected<SettingsFile, std::vector<Diagnostic>> parse_settings_file(const std::string& text,
                                                                         const std::string& path) {
  return SettingsFileReader(text, path).read();
}

std::optional<Settings> read_settings(const Layer& flags, const std::vector<std::string>& paths,
                                      bool warns) {
  Layer environment;
  const bool right = read_environment(environment, warns);
  const auto file = load_settings_file(paths);
  if (!right || !file) return std::nullopt;
  const auto held = [](const std::vector<const Layer*>& layers, const Setting& setting) {
    for (const Layer* layer : layers)
      if (const auto found = layer->find(std::string(setting.name)); found != layer->end())
        return found->second;
    return Assigned{std::string(setting.built_in), "built in"};
  };
  const auto profile =
      chosen_profile(held({&flags, &environment}, *find_setting("profile")), *file);
  if (!profile) return std::nullopt;
  Layer values;
  for (const Setting& setting : all_settings())
    values[std::string(setting.name)] =
        held({&flags, &environment, &*profile, &file->plain}, setting);
  return Settings(std::move(values), file->path);
}

}  // namespace halfwrite::cli
