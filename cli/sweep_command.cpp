// halfwrite sweep FILE: any number of seeds, each with its own part of the storm, on all cores.

#include "campaign/campaign.hpp"
#include "campaign/sweep.hpp"
#include "cli/campaign_settings.hpp"
#include "cli/command.hpp"
#include "cli/interruption.hpp"
#include "cli/progress.hpp"
#include "cli/sweep_report.hpp"
#include "reports/table.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/value_text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <set>

namespace halfwrite::cli {

namespace {

constexpr std::uint64_t keep_built_in = 10;

struct SweepCommandOptions {
  std::string file;
  std::string variant;
  std::vector<std::string> seeds;
  std::optional<std::string> shard;
  std::string resume;
  std::string output;
  bool no_swarm = false;
  std::optional<std::uint64_t> keep;
  Flags flags;
};

std::optional<std::chrono::milliseconds> budget_of(const Settings& settings) {
  const auto budget = scenarios::parse_duration(settings.text("budget"));
  if (!budget) return std::nullopt;
  return std::chrono::milliseconds(std::max<std::int64_t>(1, budget->in_nanoseconds() / 1'000'000));
}

// "2/4"; nothing: it is something else.
bool read_shard(const std::string& text, campaign::SweepOptions& options) {
  const char* const end = text.data() + text.size();
  const auto shard = std::from_chars(text.data(), end, options.shard);
  if (shard.ec != std::errc() || shard.ptr == end || *shard.ptr != '/') return false;
  const auto shards = std::from_chars(shard.ptr + 1, end, options.shards);
  return shards.ec == std::errc() && shards.ptr == end && options.shard >= 1 &&
         options.shard <= options.shards;
}

std::optional<campaign::SeedSet> listed_or_explain(const SweepCommandOptions& options) {
  if (options.flags->contains("seeds") || options.flags->contains("first-seed")) {
    usage_error("--seed names the seeds; leave --seeds and --first-seed out");
    return std::nullopt;
  }
  std::vector<campaign::Seed> seeds;
  std::set<std::uint64_t> known;
  for (const std::string& text : options.seeds) {
    if (!scenarios::is_utf8(text)) {
      usage_error("--seed: text in UTF-8 is expected");
      return std::nullopt;
    }
    seeds.push_back(campaign::Seed::of(text));
    if (text.empty() || !known.insert(seeds.back().value()).second) {
      usage_error(text.empty() ? std::string("a seed is a number or a text, not nothing")
                               : fmt::format("the seed \"{}\" is named twice", text));
      return std::nullopt;
    }
  }
  return campaign::SeedSet::listed(std::move(seeds));
}

// Which seeds: those that are named, else what the settings say; what is resumed has its own.
std::optional<campaign::SeedSet> seeds_of(const SweepCommandOptions& options,
                                          const Settings& settings,
                                          const scenarios::ScenarioFile& file,
                                          const campaign::SweepOutcome* begun) {
  if (!options.seeds.empty()) return listed_or_explain(options);
  const bool says_nothing = settings.text("seeds") == "file";
  if (begun != nullptr && says_nothing) return begun->subject.seeds;
  std::uint64_t seeds = file.seeds;
  // As many as there is time for.
  const std::uint64_t first = settings.number("first-seed").value_or(1);
  if (says_nothing && budget_of(settings))
    seeds = std::min(most_seeds - 1, std::numeric_limits<std::uint64_t>::max() - first) + 1;
  const auto range = seeds_or_explain(settings, seeds);
  if (!range) return std::nullopt;
  return campaign::SeedSet::range(range->first, range->last);
}

// Those that match; what is resumed has its own, as far as the file has them.
std::vector<std::string> variants_of(const std::string& pattern,
                                     const scenarios::ScenarioFile& file,
                                     const campaign::SweepOutcome* begun) {
  std::vector<std::string> names;
  if (begun == nullptr || !pattern.empty()) {
    for (const auto* variant : campaign::matching_variants(file, pattern.empty() ? "*" : pattern))
      names.push_back(variant->name);
  } else {
    for (const campaign::VariantTally& variant : begun->variants)
      if (file.find_variant(variant.name) != nullptr) names.push_back(variant.name);
  }
  return names;
}

// The sweep as far as it was done already: not at all, or what --resume says. Explains on stderr.
std::optional<campaign::SweepOutcome> begin(const SweepCommandOptions& options,
                                            const Settings& settings,
                                            const scenarios::ScenarioFile& file,
                                            std::uint64_t text_hash) {
  std::optional<campaign::SweepOutcome> begun;
  if (!options.resume.empty()) {
    begun = result_or_explain(options.resume);
    if (!begun) return std::nullopt;
  }
  const campaign::SweepOutcome* const before = begun ? &*begun : nullptr;
  const auto seeds = seeds_of(options, settings, file, before);
  if (!seeds) return std::nullopt;
  campaign::SweepSubject subject;
  subject.path = file.path;
  subject.scenario = file.name;
  subject.about = file.about;
  subject.version = version;
  subject.text_hash = text_hash;
  subject.seeds = *seeds;
  subject.swarm = !options.no_swarm;
  subject.keep = options.keep.value_or(before == nullptr ? keep_built_in : before->subject.keep);
  if (begun && !options.no_swarm) subject.swarm = begun->subject.swarm;
  campaign::SweepOutcome sweep =
      campaign::not_begun(std::move(subject), variants_of(options.variant, file, before));
  if (!begun) return sweep;
  if (const auto why = why_not_one(sweep, *begun)) {
    usage_error(fmt::format("{} cannot be gone on with: {}", options.resume, *why));
    return std::nullopt;
  }
  if (!sweep.subject.seeds.touches(begun->subject.seeds)) {
    usage_error(
        fmt::format("{} has seeds {}: go on with seeds that follow or precede them without "
                    "a gap, or sweep {} by themselves",
                    options.resume, begun->subject.seeds.text_of({begun->subject.seeds.places()}),
                    sweep.subject.seeds.text_of({sweep.subject.seeds.places()})));
    return std::nullopt;
  }
  if (!is_of_this_build_or_explain(options.resume, file, *begun)) return std::nullopt;
  merge(sweep, *begun);
  return sweep;
}

// With a budget nobody knows how many runs it will be: as many as at this pace.
campaign::SweepOptions options_of(const Settings& settings, Progress& progress) {
  campaign::SweepOptions options;
  options.guard = settings.number("guard").value_or(0);
  options.jobs = static_cast<unsigned>(settings.number("jobs").value_or(0));
  options.budget = budget_of(settings);
  options.interrupt = &interrupted();
  const auto begun = std::chrono::steady_clock::now();
  options.progress = [&progress, begun, budget = options.budget](std::uint64_t done,
                                                                 std::uint64_t all) {
    if (budget) {
      const double spent =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
      const double pace = static_cast<double>(done) / std::max(spent, 0.001);
      const double whole = pace * std::chrono::duration<double>(*budget).count();
      all = std::min(all, std::max(done + 1, static_cast<std::uint64_t>(whole)));
    }
    progress.report(done, all);
  };
  return options;
}

void say_how_fast(const campaign::SweepOutcome& outcome, std::uint64_t runs) {
  const auto elapsed_milliseconds = std::max<std::int64_t>(outcome.wall_milliseconds, 1);
  fmt::print(stderr, "{} in {}.{:03} s on {} {}, {} a second\n", reports::counted(runs, "run"),
             elapsed_milliseconds / 1000, elapsed_milliseconds % 1000, outcome.jobs,
             outcome.jobs == 1 ? "core" : "cores",
             reports::with_commas(runs * 1000 / static_cast<std::uint64_t>(elapsed_milliseconds)));
}

ExitCode run(const SweepCommandOptions& options) {
  const auto settings = read_settings(*options.flags, {options.file});
  if (!settings) return ExitCode::usage;
  std::uint64_t text_hash = 0;
  const auto file = load_or_explain(options.file, &text_hash);
  if (!file) return ExitCode::usage;
  if (!options.variant.empty() && campaign::matching_variants(*file, options.variant).empty())
    return no_such_variant(*file, options.variant);
  Progress progress = progress_on_stderr(file->name, *settings);
  campaign::SweepOptions how = options_of(*settings, progress);
  if (options.shard && !read_shard(*options.shard, how))
    return usage_error("--shard takes a part of so many, such as 2/4, not \"" + *options.shard +
                       "\"");
  const std::string& output = options.output.empty() ? options.resume : options.output;
  auto begun = begin(options, *settings, *file, text_hash);
  if (!begun || !takes_the_result_or_explain(output, *file)) return ExitCode::usage;
  const std::uint64_t runs_before = begun->runs();
  const campaign::SweepOutcome outcome = campaign::sweep(*file, how, std::move(*begun));
  progress.end();
  say_how_fast(outcome, outcome.runs() - runs_before);
  return report_sweep(*file, outcome, *settings, output, false);
}

}  // namespace

Command add_sweep(CLI::App& app) {
  auto options = std::make_shared<SweepCommandOptions>();
  CLI::App* command = app.add_subcommand(
      "sweep", "Any number of seeds, each with its own part of the storm, counted on all cores");
  command->add_option("file", options->file, "the scenario file")->required();
  command->add_option("--variant", options->variant,
                      "only variants of this name; * matches any text");
  command
      ->add_option("--seed", options->seeds,
                   "a seed by itself, a number or any text; may be given several times")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--shard", options->shard, "only part i of n of the seeds: i/n");
  command->add_option("--resume", options->resume,
                      "go on from this result; what is done is not done again");
  command->add_option("-o,--output", options->output,
                      "write the result there, for --resume and merge (with --resume: back to it)");
  command->add_flag("--no-swarm", options->no_swarm, "every seed has the whole storm");
  command->add_option("--keep", options->keep, "how many seeds that break an invariant are named")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}));
  options->flags = add_settings(*command, {"seeds", "first-seed", "budget", "guard", "jobs",
                                           "progress", "shrink", "state-dir"});
  return {command, [options] { return run(*options); }, true};
}

}  // namespace halfwrite::cli
