#include "cli/sweep_report.hpp"

#include "cli/case_folder.hpp"
#include "cli/interruption.hpp"
#include "cli/keep_finds.hpp"
#include "cli/terminal.hpp"
#include "reports/sweep.hpp"
#include "reports/sweep_result.hpp"

#include <fmt/format.h>

#include <utility>

namespace halfwrite::cli {

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
  std::uint64_t text_hash = 0;
  auto file = load_or_explain(subject.path, &text_hash);
  if (!file) return std::nullopt;
  if (text_hash != subject.text_hash) {
    usage_error(fmt::format("{} was changed since the sweep was made", subject.path));
    return std::nullopt;
  }
  for (const campaign::VariantTally& variant : result.variants) {
    if (file->find_variant(variant.name) != nullptr) continue;
    usage_error(fmt::format("{} has no variant \"{}\"", subject.path, variant.name));
    return std::nullopt;
  }
  return file;
}

bool is_of_this_build_or_explain(const std::string& path, const scenarios::ScenarioFile& file,
                                 const campaign::SweepOutcome& result) {
  const auto why = why_other_program(file, result);
  if (why) usage_error(fmt::format("{}: {}", path, *why));
  return !why;
}

ExitCode report_sweep(const scenarios::ScenarioFile& file, const campaign::SweepOutcome& outcome,
                      const Settings& settings, const std::string& output) {
  campaign::JudgedSweep judged = campaign::judge(file, outcome);
  keep_finds(file, settings, campaign::Finds::all, [&](const campaign::KeepOptions& keeping) {
    campaign::shrink_and_keep(file, judged.campaign, keeping);
  });
  const std::string json = reports::sweep_json(outcome, judged);
  if (!output.empty() && !write_whole_file(output, json))
    return usage_error("the result cannot be written to " + output);
  const ExitCode code = campaign::exit_code_of(judged.campaign);
  return print(settings.text("format") == "json"
                   ? json
                   : reports::sweep_text(outcome, judged, look_of(settings)),
               code == ExitCode::interrupted ? interruption_code() : code);
}

}  // namespace halfwrite::cli
