#include "cli/conventions.hpp"

#include "campaign/outcome.hpp"
#include "cli/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::cli {

namespace {

using campaign::ExitCode;
using scenarios::Topic;

Topic exit_codes() {
  Topic topic{"convention",
              "exit-codes",
              "The same for every command; of several that apply, the worst for what was seen.",
              {}};
  const auto add = [&topic](ExitCode code, const char* text) {
    topic.parts.push_back({std::to_string(static_cast<int>(code)), text});
  };
  add(ExitCode::as_expected, "as expected; also a violation that `expect` claims");
  add(ExitCode::not_met, "an expectation is not met, or a run never came to rest");
  add(ExitCode::usage, "wrong words, settings or scenario, or nothing to check; nothing was run");
  add(ExitCode::not_deterministic, "a run that was done twice came out differently");
  add(ExitCode::internal, "a mistake of this program, or the result could not be written");
  add(ExitCode::only_not_exercised,
      "nothing is violated that should hold, but something was not put to the test");
  add(ExitCode::interrupted, "ended by SIGINT (Ctrl-C); a campaign has shown what there was");
  add(ExitCode::terminated, "the same by SIGTERM");
  return topic;
}

Topic verdicts() {
  return {"convention",
          "verdicts",
          "What an invariant says of one run; a campaign counts them over its seeds.",
          {{"holds", "its premise arose, and nothing contradicts it"},
           {"violated", "at least one record of the run contradicts it"},
           {"vacuous", "its premise never arose, so it was not exercised: not a success"},
           {"allowed_by_config", "violated, and every loss is one the configuration openly allows"},
           {"parked", "messages a consumer gave up; counted apart, `parked` says if they fail"}}};
}

Topic comparison_columns() {
  return {"convention",
          "columns",
          "The columns of a comparison beside the invariants.",
          {{"✗ 98 (92-100)", "98 % of the seeds broke it; in brackets the 95 % interval"},
           {"never sent", "owed events without a surviving record in a broker, over all seeds"},
           {"invented", "records of events that no surviving transaction owes, over all seeds"},
           {"delay p50, p99", "from the commit visible to the first surviving record"},
           {"SQL/request",
            "statements for each request of a client: those of its operation, of the "
            "relay that sends its events and of the consumers that handle them; "
            "polls that find nothing are in it"}}};
}

Topic words_of_a_report() {
  return {
      "convention",
      "report-words",
      "Words of a story, a comparison or an exploration that are no names of the language.",
      {{"lineage",
        "the way of one event: committed, published, handed out, effect; it breaks at one edge"},
       {"stuck", "the run never came to rest: something waits that nothing will wake; exit 1"},
       {"calm", "from here on no fault strikes and no client asks; what is late settles"},
       {"storm", "faults drawn from the seed, in place of a plan that names each"},
       {"swarm", "the part of the storm that a seed of a sweep has; drawn from the seed (--swarm)"},
       {"guard", "runs that are done twice and must come out the same (--guard)"},
       {"open", "a claim that further seeds of an unfinished sweep may still meet; no failure"},
       {"landed", "the fault struck something; else its place or its target never came"}}};
}

Topic colors() {
  return {"convention",
          "colors",
          "Signs are coloured on a terminal; nothing is said by colour alone.",
          {{"--color", "always and never decide, wherever they are set"},
           {"NO_COLOR", "not empty: no colour"},
           {"CLICOLOR_FORCE", "not 0: colour, also without a terminal"},
           {"CLICOLOR, TERM", "CLICOLOR=0 and TERM=dumb: no colour"},
           {"LC_ALL, LANG", "a locale without UTF-8: words in place of signs"}}};
}

Topic topic_of(const Setting& setting) {
  Topic topic{"setting", "--" + std::string(setting.name), std::string(setting.help), {}};
  topic.parts.push_back({"variable", variable_of(setting)});
  if (setting.name != "profile")
    topic.parts.push_back(
        {"halfwrite.ini", fmt::format("{} = ...   (or under [profile.NAME])", setting.name)});
  return topic;
}

}  // namespace

std::vector<Topic> all_topics() {
  std::vector<Topic> topics = scenarios::all_topics();
  std::vector<Topic> own{exit_codes(), verdicts(), comparison_columns(), words_of_a_report(),
                         colors()};
  for (const Setting& setting : all_settings()) own.push_back(topic_of(setting));
  const auto vocabulary = std::find_if(topics.begin(), topics.end(), [](const Topic& topic) {
    return topic.kind == "key" || topic.kind == "word";
  });
  topics.insert(vocabulary, std::make_move_iterator(own.begin()),
                std::make_move_iterator(own.end()));
  return topics;
}

std::string word_for(const std::string& foreign) {
  static constexpr std::pair<const char*, const char*> words[] = {
      {"toxicity", "chance"},
      {"probability", "chance"},
      {"duration_of", "for"},
      {"direction", "one_way"},
      {"nemesis", "faults"},
      {"toxic", "faults"},
      {"latency_fault", "delay"},
      {"kill", "crash"},
      {"exit_code", "exit-codes"},
      {"never_sent", "columns"},
      {"invented", "columns"},
      {"sql/request", "columns"},
      {"delay_p50", "columns"},
      {"delay_p99", "columns"},
      {"p99", "columns"},
      {"vacuous", "verdicts"},
      {"not_exercised", "verdicts"},
      {"allowed_by_config", "verdicts"},
      {"violated", "verdicts"},
      {"cfg", "verdicts"},
      {"storm", "report-words"},
      {"lineage", "report-words"},
      {"stuck", "report-words"},
      {"calm", "report-words"},
      {"swarm", "report-words"},
      {"landed", "report-words"},
  };
  for (const auto& [theirs, ours] : words)
    if (foreign == theirs) return ours;
  return {};
}

}  // namespace halfwrite::cli
