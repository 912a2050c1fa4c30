#include "cli/case_folder.hpp"

#include "cli/command.hpp"
#include "cli/last_check.hpp"
#include "scenarios/diagnostic.hpp"
#include "scenarios/plan_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace halfwrite::cli {

namespace {

namespace fs = std::filesystem;

// "order_created-database_first-storm-no_lost_event": letters, digits, dots, dashes and
// underscores.
std::string file_name_of(const scenarios::CaseFile& kept, const scenarios::ScenarioFile& file,
                         std::size_t number) {
  std::string name = file.name + "-" + kept.variant + "-" + kept.verdicts.begin()->first;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-' && c != '.')
      c = '-';
  return name + (number == 1 ? "" : fmt::format("-{}", number)) + ".case.json";
}

// A case that guards what was mended, or is of another scenario of the same name, is not written
// over.
bool stands_for_another(const std::string& path, const scenarios::ScenarioFile& file,
                        const LastCheck& last) {
  const auto text = read_file(path);
  if (!text) return false;
  if (last.standing_of(path) == campaign::CaseStanding::mended) return true;
  const auto there = scenarios::parse_case(*text, path);
  std::error_code error;
  return there && !fs::equivalent(scenarios::scenario_path_of(*there, path), file.path, error) &&
         !error;
}

// What is no file (/dev/stdout) cannot be replaced by one.
bool is_replaceable(const fs::path& path) {
  std::error_code error;
  return !fs::exists(path, error) || fs::is_regular_file(path, error);
}

fs::path real_path_of(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return error ? path : real;
}
fs::path beside_of(const fs::path& path) {
  fs::path beside = real_path_of(path);
  beside += ".new";
  return beside;
}

}  // namespace

bool make_state_folder(const std::string& state_folder) {
  std::error_code error;
  fs::create_directories(state_folder, error);
  if (error) return false;
  const fs::path ignore = fs::path(state_folder) / ".gitignore";
  if (!fs::exists(ignore, error)) std::ofstream(ignore) << "*\n";
  return true;
}

bool can_be_written(const std::string& path) {
  std::error_code error;
  if (!is_replaceable(path)) return !fs::is_directory(path, error);
  const fs::path beside = beside_of(path);
  const bool writable = static_cast<bool>(std::ofstream(beside, std::ios::binary));
  fs::remove(beside, error);
  return writable;
}

bool write_whole_file(const std::string& path, const std::string& text) {
  const bool replaceable = is_replaceable(path);
  const fs::path beside = replaceable ? beside_of(path) : fs::path(path);
  std::ofstream out(beside, std::ios::binary);
  out << text;
  out.close();
  if (!replaceable) return static_cast<bool>(out);
  std::error_code error;
  if (out) fs::rename(beside, real_path_of(path), error);
  if (out && !error) return true;
  fs::remove(beside, error);
  return false;
}

sim::Expected<std::string, std::string> keep_case(const scenarios::CaseFile& kept,
                                                  const scenarios::ScenarioFile& file,
                                                  const std::string& state_folder) {
  const fs::path folder = fs::path(state_folder) / "cases";
  std::error_code error;
  if (make_state_folder(state_folder)) fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error))
    return sim::Unexpected(fmt::format("the folder {} cannot be made", folder.string()));
  const LastCheck last = read_last_check(state_folder);
  std::string path;
  for (std::size_t number = 1; path.empty() || stands_for_another(path, file, last); ++number)
    path = (folder / file_name_of(kept, file, number)).generic_string();
  return write_case_file(kept, file, path);
}

sim::Expected<std::string, std::string> write_case_file(scenarios::CaseFile kept,
                                                        const scenarios::ScenarioFile& file,
                                                        const std::string& output) {
  const fs::path path = output;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  const fs::path relative = fs::proximate(file.path, folder, error);
  kept.scenario = error ? fs::absolute(file.path).string() : relative.generic_string();
  if (!write_whole_file(output, scenarios::write_case(kept)))
    return sim::Unexpected(fmt::format("the case cannot be written to {}", output));
  return output;
}

std::optional<std::string> why_not_of_this_file(const scenarios::CaseFile& kept,
                                                const scenarios::ScenarioFile& file,
                                                const std::string& path) {
  const auto missing = [&](const char* what, const std::string& name) {
    return fmt::format("{} has no {} \"{}\"", file.path, what, name);
  };
  const scenarios::Variant* const variant = file.find_variant(kept.variant);
  if (variant == nullptr) return missing("variant", kept.variant);
  const scenarios::Scenario& scenario = variant->scenario;
  const auto has = [](const auto& list, const std::string& name) {
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& item) { return item.name == name; });
  };
  for (const auto& [load, numbers] : kept.reduction.requests)
    if (!has(scenario.workload, load)) return missing("load", load);
  for (const auto& [service, count] : kept.reduction.instances)
    if (!has(scenario.services, service)) return missing("service", service);
  for (const auto& entry : kept.verdicts) {
    const std::string& invariant = entry.first;
    if (std::none_of(scenario.invariants.begin(), scenario.invariants.end(),
                     [&](const auto& item) { return name_of(item) == invariant; }))
      return missing("invariant", invariant);
  }
  auto wrong = scenarios::check_points(kept.plan, scenario, path);
  // As in a plan of the file itself, what another variant has is passed over.
  for (const scenarios::Variant& other : file.variants) {
    if (wrong.empty()) return std::nullopt;
    const auto there = scenarios::check_points(kept.plan, other.scenario, path);
    std::erase_if(wrong, [&](const scenarios::Diagnostic& diagnostic) {
      return std::none_of(there.begin(), there.end(), [&](const scenarios::Diagnostic& its) {
        return its.message == diagnostic.message;
      });
    });
  }
  if (wrong.empty()) return std::nullopt;
  return wrong.front().message;
}

std::optional<LoadedCase> load_case_or_explain(const std::string& path) {
  const auto text = read_file(path);
  if (!text) {
    usage_error("there is no file " + path + ", or it cannot be read");
    return std::nullopt;
  }
  auto kept = scenarios::parse_case(*text, path);
  if (!kept) {
    if (scenarios::load(path, read_file))
      usage_error(fmt::format("{} is a scenario, not a kept case: halfwrite run {}", path, path));
    else
      explain(kept.error());
    return std::nullopt;
  }
  auto file = load_or_explain(scenarios::scenario_path_of(*kept, path));
  if (!file) return std::nullopt;
  if (const auto problem = why_not_of_this_file(*kept, *file, path)) {
    usage_error(path + ": " + *problem);
    return std::nullopt;
  }
  LoadedCase loaded{std::move(*kept), std::move(*file), nullptr};
  // The file moves with the struct, and its variants with it.
  std::optional<LoadedCase> result(std::move(loaded));
  result->variant = result->file.find_variant(result->kept.variant);
  return result;
}

CaseRun run_case(const scenarios::ScenarioFile& file, const scenarios::Variant& variant,
                 const scenarios::CaseFile& kept) {
  auto less = std::make_shared<scenarios::Variant>(variant);
  less->scenario = reduced(variant.scenario, kept.reduction);
  less->scenario.passed_over.clear();
  less->expectation = {};
  for (const auto& [invariant, verdict] : kept.verdicts)
    less->expectation.named[invariant].verdict = verdict;
  campaign::SingleRunRequest request;
  request.file = &file;
  request.variant = less.get();
  request.seed = kept.seed;
  request.plan = kept.plan;
  request.one_seed_is_enough = true;
  return {less, campaign::run_once(request)};
}

}  // namespace halfwrite::cli
