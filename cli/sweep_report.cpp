#include "cli/sweep_report.hpp"

#include "cli/case_folder.hpp"
#include "cli/interruption.hpp"
#include "cli/keep_finds.hpp"
#include "cli/terminal.hpp"
#include "reports/sweep.hpp"
#include "reports/sweep_result.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>

namespace halfwrite::cli {

namespace {

std::set<std::string> names_of(const scenarios::Variant& variant) {
  std::set<std::string> names;
  for (const scenarios::Invariant& invariant : variant.scenario.invariants)
    names.insert(scenarios::name_of(invariant));
  return names;
}
std::set<std::string> names_of(const campaign::VariantTally& tally) {
  std::set<std::string> names;
  for (const campaign::InvariantTally& invariant : tally.invariants) names.insert(invariant.name);
  return names;
}

}  // namespace

std::optional<campaign::SweepOutcome> result_or_explain(const std::string& path) {
  const auto text = read_file(path);
  if (!text) {
    usage_error("there is no file " + path + ", or it cannot be read");
    return std::nullopt;
  }
  auto outcome = reports::read_sweep(*text);
  if (!outcome) {
    usage_error(fmt::format("{}: {}", path, outcome.error()));
    return std::nullopt;
  }
  return std::move(*outcome);
}

std::optional<scenarios::ScenarioFile> file_of_result_or_explain(
    const campaign::SweepOutcome& result) {
  const campaign::SweepSubject& subject = result.subject;
  if (subject.version != version) {
    usage_error(
        fmt::format("the result was made by version {}, and this is {}", subject.version, version));
    return std::nullopt;
  }
  std::uint64_t text_hash = 0;
  auto file = load_or_explain(subject.path, &text_hash);
  if (!file) return std::nullopt;
  if (text_hash != subject.text_hash) {
    usage_error(fmt::format("{} was changed since the sweep was made", subject.path));
    return std::nullopt;
  }
  for (const campaign::VariantTally& tally : result.variants) {
    const scenarios::Variant* const variant = file->find_variant(tally.name);
    if (variant == nullptr) {
      usage_error(fmt::format("{} has no variant \"{}\"", subject.path, tally.name));
      return std::nullopt;
    }
    if (names_of(*variant) == names_of(tally)) continue;
    usage_error(fmt::format("the result does not tell of all invariants of {}", tally.name));
    return std::nullopt;
  }
  return file;
}

bool takes_the_result_or_explain(const std::string& output, const scenarios::ScenarioFile& file) {
  if (output.empty()) return true;
  std::error_code error;
  if (std::filesystem::equivalent(output, file.path, error) && !error) {
    usage_error(fmt::format("{} is the scenario; the result would be written over it", output));
    return false;
  }
  if (can_be_written(output)) return true;
  usage_error("the result cannot be written to " + output);
  return false;
}

bool is_of_this_build_or_explain(const std::string& path, const scenarios::ScenarioFile& file,
                                 const campaign::SweepOutcome& result) {
  const auto why = why_other_program(file, result);
  if (why) usage_error(fmt::format("{}: {}", path, *why));
  return !why;
}

ExitCode report_sweep(const scenarios::ScenarioFile& file, const campaign::SweepOutcome& outcome,
                      const Settings& settings, const std::string& output, bool parts_missing) {
  campaign::JudgedSweep judged = campaign::judge(file, outcome);
  judged.campaign.parts_missing = parts_missing;
  keep_finds(file, settings, campaign::Finds::all, [&](const campaign::KeepOptions& keeping) {
    campaign::shrink_and_keep(file, judged.campaign, keeping);
  });
  const std::string json = reports::sweep_json(outcome, judged);
  ExitCode code = campaign::exit_code_of(judged.campaign);
  if (!output.empty() && !write_whole_file(output, json)) {
    fmt::print(stderr, "halfwrite: the result could not be written to {}\n", output);
    code = ExitCode::internal;
  }
  return print(settings.text("format") == "json"
                   ? json
                   : reports::sweep_text(outcome, judged, look_of(settings)),
               code == ExitCode::interrupted ? interruption_code() : code);
}

}  // namespace halfwrite::cli
