// halfwrite explain [TOPIC]: what a name in a scenario, a report or a message means.

#include "cli/command.hpp"
#include "cli/conventions.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "models/invariants/invariant.hpp"
#include "reports/explanation.hpp"
#include "scenarios/nearest_word.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace halfwrite::cli {

namespace {

using scenarios::Topic;

struct ExplainOptions {
  std::vector<std::string> words;
  Flags flags;
};

// "No-Lost event", "between_commit_and_publish", "[unknown-key]": nobody should have to remember
// how the words of a name are joined, or take off brackets.
std::string plain(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '[' || c == ']' || c == '`' || c == '"') continue;
    if (c == '-' || c == '_' || c == ' ') {
      if (!text.empty()) text += '_';
    } else {
      text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return text;
}

// What the word stands for: by its own name, by its column in a comparison ("lost"), by what other
// tools call it.
std::vector<Topic> looked_up(const std::vector<Topic>& topics, const std::string& word) {
  std::vector<Topic> found;
  for (const Topic& topic : topics)
    if (topic.kind == "invariant" && plain(invariants::column_of(topic.name)) == plain(word))
      found.push_back(topic);
  for (Topic& topic : scenarios::topics_named(topics, word)) found.push_back(std::move(topic));
  if (!found.empty()) return found;
  for (const Topic& topic : topics)
    if (plain(topic.name) == plain(word)) found.push_back(topic);
  if (found.empty() && !word_for(plain(word)).empty())
    found = scenarios::topics_named(topics, word_for(plain(word)));
  return found;
}

ExitCode unknown_topic(const std::vector<Topic>& topics, const std::string& word) {
  std::vector<std::string> names;
  for (const Topic& topic : topics) names.push_back(topic.name);
  std::string hint = scenarios::did_you_mean(word, names);
  if (hint.empty()) {
    std::vector<std::string> near;
    for (const std::string& name : names)
      if (name.find(word) != std::string::npos) near.push_back(name);
    if (!near.empty()) hint = "it is part of " + scenarios::listed(near, 6);
  }
  return usage_error(fmt::format("there is no topic \"{}\"; {}`halfwrite explain` lists them", word,
                                 hint.empty() ? "" : hint + (hint.back() == '?' ? " " : "; ")));
}

ExitCode explain_topic(const ExplainOptions& options) {
  const auto settings = read_settings(*options.flags, {});
  if (!settings) return ExitCode::usage;
  const std::vector<Topic> topics = all_topics();
  const bool json = settings->text("format") == "json";
  if (options.words.empty())
    return print(
        json ? reports::topics_json(topics) : reports::topics_text(topics, look_of(*settings)),
        ExitCode::as_expected);
  const std::string word = fmt::format("{}", fmt::join(options.words, " "));
  const std::vector<Topic> found = looked_up(topics, word);
  if (found.empty()) return unknown_topic(topics, word);
  return print(
      json ? reports::topics_json(found) : reports::explanation_text(found, look_of(*settings)),
      ExitCode::as_expected);
}

}  // namespace

Command add_explain(CLI::App& app) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand(
      "explain", "What a name in a scenario, a report or an error message means");
  command->add_option("topic", options->words, "the name; without one all topics are listed");
  options->flags = add_settings(*command, {});
  return {command, [options] { return explain_topic(*options); }};
}

}  // namespace halfwrite::cli
