#include "cli/command.hpp"

#include "campaign/campaign.hpp"
#include "models/invariants/invariant.hpp"
#include "scenarios/case_file.hpp"
#include "scenarios/diagnostic.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/plan_text.hpp"
#include "sim/draw.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace halfwrite::cli {

std::optional<std::string> read_file(const std::string& path) {
  // A folder can be opened, and throws when it is read.
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) return std::nullopt;
  return text;
}

bool is_kept_case(const std::string& path) {
  const auto text = read_file(path);
  return text && scenarios::parse_case(*text, path);
}

bool explain(const std::vector<scenarios::Diagnostic>& diagnostics) {
  for (const scenarios::Diagnostic& diagnostic : diagnostics)
    std::fputs(scenarios::to_text(diagnostic).c_str(), stderr);
  return diagnostics.empty();
}

std::optional<scenarios::ScenarioFile> load_or_explain(const std::string& path,
                                                       std::uint64_t* text_hash) {
  sim::Key key(0);
  auto loaded = scenarios::load(path, [&key](const std::string& one) {
    auto text = read_file(one);
    if (text) key = key.with(*text);
    return text;
  });
  if (text_hash != nullptr) *text_hash = key.value();
  if (loaded) return std::move(loaded).value();
  if (is_kept_case(path)) {
    usage_error(fmt::format("{} is a kept case: halfwrite replay {}", path, path));
    return std::nullopt;
  }
  explain(loaded.error());
  const std::size_t errors = loaded.error().size();
  fmt::print(stderr, "{} error{} in {}, nothing was run (exit 2)\n", errors, errors == 1 ? "" : "s",
             path);
  return std::nullopt;
}

std::optional<sim::FaultPlan> plan_or_explain(const std::string& path,
                                              const scenarios::Scenario& scenario) {
  const auto text = read_file(path);
  if (!text) {
    usage_error("there is no file " + path + ", or it cannot be read");
    return std::nullopt;
  }
  return plan_text_or_explain(*text, path, scenario);
}

std::optional<sim::FaultPlan> plan_text_or_explain(const std::string& text, const std::string& name,
                                                   const scenarios::Scenario& scenario) {
  auto plan = scenarios::parse_plan(text, name);
  if (!explain(plan ? scenarios::check_points(*plan, scenario, name) : plan.error()))
    return std::nullopt;
  return std::move(*plan);
}

ExitCode usage_error(const std::string& sentence) {
  fmt::print(stderr, "halfwrite: {}\n", sentence);
  return ExitCode::usage;
}

ExitCode print(const std::string& text, ExitCode code) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if ((std::fflush(stdout) == 0 && written) || errno == EPIPE) return code;
  fmt::print(stderr, "halfwrite: the result could not be written: {}\n", std::strerror(errno));
  return ExitCode::internal;
}

namespace {

// One a line, not more than a screen.
std::string listed_variants(const std::vector<const scenarios::Variant*>& variants) {
  constexpr std::size_t most = 40;
  std::string text;
  for (std::size_t i = 0; i < variants.size() && i < most; ++i) text += "\n  " + variants[i]->name;
  if (variants.size() > most) text += fmt::format("\n  and {} more", variants.size() - most);
  return text;
}

}  // namespace

ExitCode no_such_variant(const scenarios::ScenarioFile& file, const std::string& pattern) {
  std::vector<std::string> names;
  for (const scenarios::Variant& variant : file.variants) names.push_back(variant.name);
  const std::string hint = scenarios::did_you_mean(pattern, names);
  return usage_error(fmt::format("{} has no variant \"{}\"; {}it has:{}", file.path, pattern,
                                 hint.empty() ? "" : hint + " ",
                                 listed_variants(campaign::matching_variants(file, "*"))));
}

const scenarios::Variant* choose_variant(const scenarios::ScenarioFile& file,
                                         const std::string& name) {
  const auto matching = campaign::matching_variants(file, name.empty() ? "*" : name);
  if (matching.size() == 1) return matching.front();
  const std::string names = listed_variants(matching);
  if (matching.empty()) {
    no_such_variant(file, name);
  } else if (name.empty()) {
    usage_error(fmt::format("{} has {} variants; say which with --variant:{}", file.path,
                            matching.size(), names));
  } else {
    usage_error(fmt::format("\"{}\" matches {} variants; a run is of one:{}", name, matching.size(),
                            names));
  }
  return nullptr;
}

std::unique_ptr<const OneVariant> one_variant_or_explain(const Layer& flags,
                                                         const std::string& path,
                                                         const std::string& variant, bool warns) {
  auto settings = read_settings(flags, {path}, warns);
  if (!settings) return nullptr;
  auto file = load_or_explain(path);
  if (!file) return nullptr;
  auto one = std::make_unique<OneVariant>(std::move(*settings), std::move(*file));
  one->variant = choose_variant(one->file, variant);
  return one->variant == nullptr ? nullptr : std::move(one);
}

std::optional<std::string> invariant_or_explain(const scenarios::Variant& variant,
                                                const std::string& name) {
  if (name.empty()) return name;
  std::vector<std::string> names;
  for (const scenarios::Invariant& item : variant.scenario.invariants)
    names.push_back(name_of(item));
  for (const std::string& known : names)
    if (known == name) return known;
  for (const std::string& known : names)
    if (invariants::column_of(known) == name) return known;
  const std::string hint = scenarios::did_you_mean(name, names);
  usage_error(fmt::format("there is no invariant \"{}\"; {}{} has {}", name,
                          hint.empty() ? "" : hint + " ", variant.name, fmt::join(names, ", ")));
  return std::nullopt;
}

}  // namespace halfwrite::cli
