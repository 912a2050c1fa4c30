#include "reports/sweep_result.hpp"

#include "reports/comparison.hpp"
#include "reports/json_values.hpp"

#include <fmt/format.h>

#include <charconv>
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

Json seeds_json(const SeedSet& seeds) {
  if (!seeds.is_listed()) return {{"first", seeds.places().first}, {"last", seeds.places().last}};
  Json listed = Json::array();
  for (const campaign::Seed& seed : seeds.listed()) listed.push_back(seed.text());
  return {{"listed", std::move(listed)}};
}
SeedSet read_seeds(const Json& json) {
  if (json.contains("listed")) {
    std::vector<campaign::Seed> seeds;
    for (const Json& text : json.at("listed"))
      seeds.push_back(campaign::Seed::of(text.get<std::string>()));
    if (seeds.empty()) throw std::runtime_error("\"listed\" lists no seed");
    return SeedSet::listed(std::move(seeds));
  }
  const auto first = json.at("first").get<std::uint64_t>();
  const auto last = json.at("last").get<std::uint64_t>();
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
    const auto place = item.at("place").get<std::uint64_t>();
    if (place < seeds.places().first || place > seeds.places().last)
      throw std::runtime_error("a find is of a seed that the sweep does not have");
    things.emplace(place, read(item));
  }
  if (things.size() > count) throw std::runtime_error("there are more finds than were counted");
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
InvariantTally read_invariant(const std::string& name, const Json& json, std::uint64_t keep,
                              const SeedSet& seeds) {
  InvariantTally tally;
  tally.name = name;
  tally.vacuous = json.at("vacuous_seeds").get<std::uint64_t>();
  tally.parked = json.at("parked").get<std::uint64_t>();
  tally.not_allowed = json.at("not_allowed_by_config").get<std::uint64_t>();
  tally.violating_with = json.at("violating_with").get<std::map<std::string, std::uint64_t>>();
  tally.violating = read_first<campaign::ViolatingSeed>(
      json.at("first_violating"), keep, json.at("violating_seeds").get<std::uint64_t>(), seeds,
      read_violating);
  tally.vacuous_because = read_first<std::string>(
      json.at("first_vacuous"), 1, tally.vacuous, seeds,
      [](const Json& item) { return item.at("because").get<std::string>(); });
  return tally;
}

Json figures_json(const invariants::Figures& figures) {
  Json events = Json::object();
  for (const auto& [name, event] : figures.by_event)
    events[name] = {{"owed", event.owed},
                    {"lost", event.lost},
                    {"invented", event.invented},
                    {"publications", event.publications},
                    {"repeats", event.repeats}};
  Json operations = Json::object();
  for (const auto& [name, operation] : figures.by_operation)
    operations[name] = {{"requests", operation.requests},
                        {"requests_ok", operation.requests_ok},
                        {"statements", operation.statements}};
  return {{"requests", figures.requests},
          {"requests_ok", figures.requests_ok},
          {"statements", figures.statements},
          {"events_owed", figures.events_owed},
          {"events_lost", figures.events_lost},
          {"events_invented", figures.events_invented},
          {"publications", figures.publications},
          {"repeats", figures.repeats},
          {"by_event", std::move(events)},
          {"by_operation", std::move(operations)},
          {"statements_by_database", figures.statements_by_database}};
}
invariants::Figures read_figures(const Json& json) {
  const auto count = [](const Json& object, const char* name) {
    return object.at(name).get<std::uint64_t>();
  };
  invariants::Figures figures;
  figures.requests = count(json, "requests");
  figures.requests_ok = count(json, "requests_ok");
  figures.statements = count(json, "statements");
  figures.events_owed = count(json, "events_owed");
  figures.events_lost = count(json, "events_lost");
  figures.events_invented = count(json, "events_invented");
  figures.publications = count(json, "publications");
  figures.repeats = count(json, "repeats");
  for (const auto& [name, item] : json.at("by_event").items()) {
    invariants::EventFigures& event = figures.by_event[name];
    event.owed = count(item, "owed");
    event.lost = count(item, "lost");
    event.invented = count(item, "invented");
    event.publications = count(item, "publications");
    event.repeats = count(item, "repeats");
  }
  for (const auto& [name, item] : json.at("by_operation").items()) {
    invariants::OperationFigures& operation = figures.by_operation[name];
    operation.requests = count(item, "requests");
    operation.requests_ok = count(item, "requests_ok");
    operation.statements = count(item, "statements");
  }
  figures.statements_by_database =
      json.at("statements_by_database").get<std::map<std::string, std::uint64_t>>();
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
          {"figures", figures_json(tally.figures)},
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
  using Counts = std::map<std::string, std::uint64_t>;
  VariantTally tally(name, keep);
  tally.seeds = json.at("seeds").get<std::uint64_t>();
  if (tally.seeds != sweep.seeds_done())
    throw std::runtime_error(
        fmt::format("{} has {} seeds, and {} are done", name, tally.seeds, sweep.seeds_done()));
  tally.runs_hash = number_of_hex(json.at("runs_hash").get<std::string>());
  tally.first_run = read_first<std::uint64_t>(
      json.at("first_run"), 1, tally.seeds, seeds,
      [](const Json& item) { return number_of_hex(item.at("trace_hash").get<std::string>()); });
  for (const auto& [invariant, item] : json.at("invariants").items())
    tally.invariants.push_back(read_invariant(invariant, item, keep, seeds));
  tally.figures = read_figures(json.at("figures"));
  tally.windows_hit = json.at("windows_hit").get<Counts>();
  tally.windows_entered = json.at("windows_entered").get<Counts>();
  tally.faults_landed = json.at("faults_landed").get<Counts>();
  tally.faults_never_reached = json.at("faults_never_reached").get<std::uint64_t>();
  tally.unreached = json.at("plan_never_reached").get<Counts>();
  tally.orders_prevented = json.at("orders_prevented").get<std::uint64_t>();
  tally.seeds_with = json.at("seeds_with").get<Counts>();
  tally.stuck = read_first<std::vector<std::string>>(
      json.at("first_stuck"), keep, json.at("stuck_seeds").get<std::uint64_t>(), seeds,
      [](const Json& item) { return item.at("waiting").get<std::vector<std::string>>(); });
  tally.repeated = json.at("repeated_runs").get<std::uint64_t>();
  tally.divergences = read_first<campaign::Divergence>(
      json.at("first_not_deterministic"), keep, json.at("not_deterministic").get<std::uint64_t>(),
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
  subject.keep = json.at("keep").get<std::uint64_t>();
  subject.seeds = read_seeds(json.at("seeds"));
  outcome.done = read_ranges(json.at("done"), subject.seeds.places());
  for (const auto& [name, item] : json.at("variants").items())
    outcome.variants.push_back(read_variant(name, item, outcome));
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
