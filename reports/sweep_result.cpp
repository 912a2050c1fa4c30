#include "reports/sweep_result.hpp"

#include "reports/comparison.hpp"
#include "reports/json_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace halfwrite::reports {

using campaign::FirstFew;
using campaign::InvariantTally;
using campaign::PlaceRange;
using campaign::SeedSet;
using campaign::SweepOutcome;
using campaign::VariantTally;

namespace {

constexpr const char* format_name = "halfwrite sweep 1";

// Numbers of 64 bits that are no counts: readers of JSON often have 53 bits.
std::string hex(std::uint64_t value) {
  return fmt::format("{:016x}", value);
}
std::uint64_t number_of_hex(const std::string& text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end)
    throw std::runtime_error("\"" + text + "\" is no hexadecimal number");
  return value;
}

// A count as it was written: nlohmann's reader would take -1, 1.7 or 1e300 for one, too.
std::uint64_t count_of(const Json& object, const char* name) {
  const Json& value = object.at(name);
  if (!value.is_number_unsigned())
    throw std::runtime_error(fmt::format("\"{}\" is {}, which is no count", name, value.dump()));
  return value.get<std::uint64_t>();
}
// A count of seeds, of which there are so many.
std::uint64_t seeds_of(const Json& object, const char* name, std::uint64_t all) {
  const std::uint64_t count = count_of(object, name);
  if (count > all)
    throw std::runtime_error(fmt::format("\"{}\" is {}, and {} seeds were done", name, count, all));
  return count;
}
std::map<std::string, std::uint64_t> counts_of(const Json& object, const char* name) {
  std::map<std::string, std::uint64_t> counts;
  const Json& list = object.at(name);
  if (!list.is_object()) throw std::runtime_error(fmt::format("\"{}\" is no object", name));
  for (const auto& item : list.items()) counts[item.key()] = count_of(list, item.key().c_str());
  return counts;
}

Json seeds_json(const SeedSet& seeds) {
  if (!seeds.is_listed()) return {{"first", seeds.places().first}, {"last", seeds.places().last}};
  Json listed = Json::array();
  for (const campaign::Seed& seed : seeds.listed()) listed.push_back(seed.text());
  return {{"listed", std::move(listed)}};
}
SeedSet read_seeds(const Json& json) {
  if (json.contains("listed")) {
    std::vector<campaign::Seed> seeds;
    std::set<std::uint64_t> known;
    for (const Json& text : json.at("listed")) {
      seeds.push_back(campaign::Seed::of(text.get<std::string>()));
      if (!known.insert(seeds.back().value()).second)
        throw std::runtime_error("\"listed\" lists the seed " + text.dump() + " twice");
    }
    if (seeds.empty()) throw std::runtime_error("\"listed\" lists no seed");
    return SeedSet::listed(std::move(seeds));
  }
  const std::uint64_t first = count_of(json, "first");
  const std::uint64_t last = count_of(json, "last");
  if (first > last) throw std::runtime_error("the seeds end before they begin");
  return SeedSet::range(first, last);
}

Json ranges_json(const campaign::PlaceRanges& ranges) {
  Json list = Json::array();
  for (const PlaceRange& range : ranges) list.push_back({range.first, range.last});
  return list;
}
campaign::PlaceRanges read_ranges(const Json& json, const PlaceRange& whole) {
  campaign::PlaceRanges ranges;
  for (const Json& item : json) {
    if (!item.is_array() || item.size() != 2 || !item[0].is_number_unsigned() ||
        !item[1].is_number_unsigned())
      throw std::runtime_error("\"done\" has " + item.dump() + ", which is no range of seeds");
    const PlaceRange range{item.at(0).get<std::uint64_t>(), item.at(1).get<std::uint64_t>()};
    if (range.first > range.last || range.first < whole.first || range.last > whole.last ||
        first_common(ranges, {range}))
      throw std::runtime_error("\"done\" has seeds twice, or seeds that the sweep does not have");
    add(ranges, range);
  }
  return ranges;
}

// A list of what was found first, each with its place and seed; `json_of` says the rest.
template <class Thing, class JsonOf>
Json first_json(const FirstFew<Thing>& few, const SeedSet& seeds, const JsonOf& json_of) {
  Json list = Json::array();
  for (const auto& [place, thing] : few.things()) {
    Json item{{"place", place}, {"seed", seeds.at(place).text()}};
    item.update(json_of(thing));
    list.push_back(std::move(item));
  }
  return list;
}
template <class Thing, class Read>
FirstFew<Thing> read_first(const Json& list, std::uint64_t most, std::uint64_t count,
                           const SeedSet& seeds, const Read& read) {
  std::map<std::uint64_t, Thing> things;
  for (const Json& item : list) {
    const std::uint64_t place = count_of(item, "place");
    if (place < seeds.places().first || place > seeds.places().last)
      throw std::runtime_error("a find is of a seed that the sweep does not have");
    things.emplace(place, read(item));
  }
  if (things.size() != std::min(most, count))
    throw std::runtime_error(
        fmt::format("{} of {} finds are named, where {} are kept", things.size(), count, most));
  return FirstFew<Thing>(most, count, std::move(things));
}

Json violating_json(const campaign::ViolatingSeed& seed) {
  Json json = violation_json(seed.first);
  json["drawn"] = seed.drawn;
  return json;
}
campaign::ViolatingSeed read_violating(const Json& json) {
  campaign::ViolatingSeed seed;
  seed.first.subject = json.at("subject").get<std::string>();
  seed.first.sentence = json.at("sentence").get<std::string>();
  seed.first.at =
      sim::Instant::at(sim::Duration::nanoseconds(json.at("at_nanoseconds").get<std::int64_t>()));
  seed.first.event = json.value("event", std::string());
  seed.first.event_id = json.value("event_id", std::string());
  seed.first.stage = json.value("stage", std::string());
  seed.drawn = json.at("drawn").get<std::vector<std::string>>();
  return seed;
}

Json invariant_json(const InvariantTally& tally, const campaign::InvariantCount& count,
                    const SeedSet& seeds) {
  return {
      {"verdict", invariants::to_text(count.outcome())},
      {"violating_seeds", tally.violating.count()},
      {"seeds", count.seeds},
      {"vacuous_seeds", tally.vacuous},
      {"parked", tally.parked},
      {"not_allowed_by_config", tally.not_allowed},
      {"violating_with", tally.violating_with},
      {"first_violating", first_json(tally.violating, seeds, violating_json)},
      {"first_vacuous", first_json(tally.vacuous_because, seeds, [](const std::string& because) {
         return Json{{"because", because}};
       })}};
}
InvariantTally read_invariant(const std::string& name, const Json& json,
                              const SweepOutcome& sweep) {
  const SeedSet& seeds = sweep.subject.seeds;
  const std::uint64_t keep = sweep.subject.keep;
  const std::uint64_t done = sweep.seeds_done();
  InvariantTally tally;
  tally.name = name;
  const std::uint64_t violating = seeds_of(json, "violating_seeds", done);
  tally.vacuous = seeds_of(json, "vacuous_seeds", done - violating);
  tally.parked = count_of(json, "parked");
  tally.not_allowed = count_of(json, "not_allowed_by_config");
  tally.violating_with = counts_of(json, "violating_with");
  tally.violating = read_first<campaign::ViolatingSeed>(json.at("first_violating"), keep, violating,
                                                        seeds, read_violating);
  tally.vacuous_because = read_first<std::string>(
      json.at("first_vacuous"), 1, tally.vacuous, seeds,
      [](const Json& item) { return item.at("because").get<std::string>(); });
  return tally;
}

constexpr CountOf<invariants::EventFigures> event_counts[] = {
    {"owed", &invariants::EventFigures::owed},
    {"lost", &invariants::EventFigures::lost},
    {"invented", &invariants::EventFigures::invented},
    {"publications", &invariants::EventFigures::publications},
    {"repeats", &invariants::EventFigures::repeats}};
constexpr CountOf<invariants::OperationFigures> operation_counts[] = {
    {"requests", &invariants::OperationFigures::requests},
    {"requests_ok", &invariants::OperationFigures::requests_ok},
    {"statements", &invariants::OperationFigures::statements}};

template <class Counts, std::size_t size>
void read_counts(const Json& json, Counts& counts, const CountOf<Counts> (&list)[size]) {
  for (const CountOf<Counts>& each : list) counts.*each.count = count_of(json, each.name);
}

Json whole_figures_json(const invariants::Figures& figures) {
  Json events = Json::object();
  for (const auto& [name, event] : figures.by_event)
    events[name] = counts_json(event, event_counts);
  Json operations = Json::object();
  for (const auto& [name, operation] : figures.by_operation)
    operations[name] = counts_json(operation, operation_counts);
  Json json = counts_json(figures, figure_counts);
  json["by_event"] = std::move(events);
  json["by_operation"] = std::move(operations);
  json["statements_by_database"] = figures.statements_by_database;
  return json;
}
invariants::Figures read_figures(const Json& json) {
  invariants::Figures figures;
  read_counts(json, figures, figure_counts);
  for (const auto& [name, item] : json.at("by_event").items())
    read_counts(item, figures.by_event[name], event_counts);
  for (const auto& [name, item] : json.at("by_operation").items())
    read_counts(item, figures.by_operation[name], operation_counts);
  figures.statements_by_database = counts_of(json, "statements_by_database");
  return figures;
}

campaign::Divergence read_divergence(const Json& json) {
  campaign::Divergence divergence;
  divergence.variant = json.at("variant").get<std::string>();
  divergence.seed = json.at("seed_number").get<std::uint64_t>();
  divergence.first_hash = number_of_hex(json.at("first_hash").get<std::string>());
  divergence.second_hash = number_of_hex(json.at("second_hash").get<std::string>());
  if (!json.contains("first_difference")) return divergence;
  const Json& difference = json.at("first_difference");
  divergence.difference = {difference.at("record").get<std::uint64_t>(),
                           difference.at("before").get<std::vector<std::string>>(),
                           difference.at("first").get<std::string>(),
                           difference.at("second").get<std::string>()};
  return divergence;
}

Json variant_json(const VariantTally& tally, const campaign::VariantOutcome& judged,
                  const campaign::JudgedSweep& sweep, const SeedSet& seeds) {
  Json invariants = Json::object();
  for (std::size_t i = 0; i < tally.invariants.size(); ++i) {
    const campaign::InvariantCount& count = judged.invariants[i];
    Json json = invariant_json(tally.invariants[i], count, seeds);
    if (!count.violating_seeds.empty()) {
      json["command"] = reproducing_command(sweep.campaign, judged, count.violating_seeds.front());
      json["smallest"] = smallest_json(count.smallest);
    }
    invariants[count.name] = std::move(json);
  }
  std::vector<campaign::ExpectationResult> open;
  for (const campaign::OpenClaim& claim : sweep.open)
    if (claim.variant == tally.name) open.push_back(claim.result);
  return {{"seeds", tally.seeds},
          {"runs_hash", hex(tally.runs_hash)},
          {"first_run", first_json(tally.first_run, seeds,
                                   [](std::uint64_t hash) {
                                     return Json{{"trace_hash", hex(hash)}};
                                   })},
          {"invariants", std::move(invariants)},
          {"figures", whole_figures_json(tally.figures)},
          {"windows_hit", tally.windows_hit},
          {"windows_entered", tally.windows_entered},
          {"faults_landed", tally.faults_landed},
          {"faults_never_reached", tally.faults_never_reached},
          {"plan_never_reached", tally.unreached},
          {"orders_prevented", tally.orders_prevented},
          {"seeds_with", tally.seeds_with},
          {"stuck_seeds", tally.stuck.count()},
          {"first_stuck", first_json(tally.stuck, seeds,
                                     [](const std::vector<std::string>& waiting) {
                                       return Json{{"waiting", waiting}};
                                     })},
          {"repeated_runs", tally.repeated},
          {"not_deterministic", tally.divergences.count()},
          {"first_not_deterministic", first_json(tally.divergences, seeds,
                                                 [](const campaign::Divergence& divergence) {
                                                   Json json = divergence_json(divergence);
                                                   json["seed_number"] = json["seed"];
                                                   json.erase("seed");
                                                   return json;
                                                 })},
          {"expectations", expectations_json(judged.expectations)},
          {"open_claims", expectations_json(open)}};
}

VariantTally read_variant(const std::string& name, const Json& json, const SweepOutcome& sweep) {
  const SeedSet& seeds = sweep.subject.seeds;
  const std::uint64_t keep = sweep.subject.keep;
  VariantTally tally(name, keep);
  tally.seeds = count_of(json, "seeds");
  if (tally.seeds != sweep.seeds_done())
    throw std::runtime_error(
        fmt::format("{} has {} seeds, and {} are done", name, tally.seeds, sweep.seeds_done()));
  tally.runs_hash = number_of_hex(json.at("runs_hash").get<std::string>());
  tally.first_run = read_first<std::uint64_t>(
      json.at("first_run"), 1, tally.seeds, seeds,
      [](const Json& item) { return number_of_hex(item.at("trace_hash").get<std::string>()); });
  for (const auto& [invariant, item] : json.at("invariants").items())
    tally.invariants.push_back(read_invariant(invariant, item, sweep));
  tally.figures = read_figures(json.at("figures"));
  tally.windows_hit = counts_of(json, "windows_hit");
  tally.windows_entered = counts_of(json, "windows_entered");
  tally.faults_landed = counts_of(json, "faults_landed");
  tally.faults_never_reached = count_of(json, "faults_never_reached");
  tally.unreached = counts_of(json, "plan_never_reached");
  tally.orders_prevented = count_of(json, "orders_prevented");
  tally.seeds_with = counts_of(json, "seeds_with");
  tally.stuck = read_first<std::vector<std::string>>(
      json.at("first_stuck"), keep, seeds_of(json, "stuck_seeds", tally.seeds), seeds,
      [](const Json& item) { return item.at("waiting").get<std::vector<std::string>>(); });
  tally.repeated = seeds_of(json, "repeated_runs", tally.seeds);
  tally.divergences = read_first<campaign::Divergence>(
      json.at("first_not_deterministic"), keep, seeds_of(json, "not_deterministic", tally.repeated),
      seeds, read_divergence);
  return tally;
}

SweepOutcome read(const Json& json) {
  if (!json.is_object() || json.value("format", std::string()) != format_name)
    throw std::runtime_error(fmt::format("it does not say \"format\": \"{}\"", format_name));
  SweepOutcome outcome;
  campaign::SweepSubject& subject = outcome.subject;
  subject.path = json.at("file").get<std::string>();
  subject.scenario = json.at("scenario").get<std::string>();
  subject.about = json.at("about").get<std::string>();
  subject.version = json.at("version").get<std::string>();
  subject.text_hash = number_of_hex(json.at("scenario_hash").get<std::string>());
  subject.swarm = json.at("swarm").get<bool>();
  subject.keep = count_of(json, "keep");
  if (subject.keep == 0) throw std::runtime_error("\"keep\" is 0");
  subject.seeds = read_seeds(json.at("seeds"));
  outcome.done = read_ranges(json.at("done"), subject.seeds.places());
  for (const auto& [name, item] : json.at("variants").items())
    outcome.variants.push_back(read_variant(name, item, outcome));
  if (outcome.variants.empty()) throw std::runtime_error("\"variants\" has no variant");
  return outcome;
}

}  // namespace

std::string sweep_json(const SweepOutcome& outcome, const campaign::JudgedSweep& judged) {
  const campaign::SweepSubject& subject = outcome.subject;
  Json variants = Json::object();
  for (std::size_t v = 0; v < outcome.variants.size(); ++v)
    variants[outcome.variants[v].name] =
        variant_json(outcome.variants[v], judged.campaign.variants[v], judged, subject.seeds);
  return finished(Json{{"format", format_name},
                       {"file", subject.path},
                       {"scenario", subject.scenario},
                       {"about", subject.about},
                       {"version", subject.version},
                       {"scenario_hash", hex(subject.text_hash)},
                       {"swarm", subject.swarm},
                       {"keep", subject.keep},
                       {"seeds", seeds_json(subject.seeds)},
                       {"done", ranges_json(outcome.done)},
                       {"seeds_done", outcome.seeds_done()},
                       {"complete", outcome.complete()},
                       {"runs", outcome.runs()},
                       {"variants", std::move(variants)},
                       {"interrupted", outcome.interrupted},
                       {"not_shrunk", judged.campaign.not_shrunk},
                       {"exit_code", static_cast<int>(exit_code_of(judged.campaign))}});
}

sim::Expected<SweepOutcome, std::string> read_sweep(std::string_view text) {
  try {
    return read(Json::parse(text));
  } catch (const Json::exception& error) {
    return sim::Unexpected(std::string("it is no result of a sweep: ") + error.what());
  } catch (const std::runtime_error& error) {
    return sim::Unexpected(std::string("it is no result of a sweep: ") + error.what());
  }
}

}  // namespace halfwrite::reports
