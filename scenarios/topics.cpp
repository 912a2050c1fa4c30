#include "scenarios/topics.hpp"

#include "models/database/sqlstates.hpp"
#include "models/invariants/invariant.hpp"
#include "models/publishing/strategies.hpp"
#include "models/publishing/windows.hpp"
#include "models/saga/message_windows.hpp"
#include "models/service/windows.hpp"
#include "scenarios/author_sql.hpp"
#include "scenarios/diagnostic.hpp"
#include "scenarios/schema_walker.hpp"
#include "sim/fault_kinds.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace halfwrite::scenarios {

namespace {

Topic topic_of(const char* kind, const sim::Explanation& explanation) {
  Topic topic{kind, std::string(explanation.name), std::string(explanation.sentence), {}};
  for (const sim::Explanation::Part& part : explanation.parts)
    if (!part.title.empty())
      topic.parts.push_back({std::string(part.title), std::string(part.text)});
  return topic;
}

// Keys and words of the language, each with every place it stands in.
class Vocabulary {
 public:
  using Schema = nlohmann::ordered_json;

  void read(const Schema& schema) {
    read_object("file", schema);
    for (const auto& [name, definition] : schema.at("definitions").items())
      read_object(name, definition);
  }

  std::vector<Topic> topics() const {
    std::vector<Topic> all;
    for (const auto* table : {&keys_, &words_})
      for (const auto& [name, topic] : *table) all.push_back(topic);
    return all;
  }

 private:
  // `place` is the object the keys stand in: "outbox", "storm_crash".
  void read_object(const std::string& place, const Schema& schema) {
    if (!schema.is_object()) return;
    if (const auto properties = schema.find("properties"); properties != schema.end())
      for (const auto& [key, value] : properties->items()) read_key(place, key, value);
    for (const char* inner : {"additionalProperties", "items"})
      if (const auto found = schema.find(inner); found != schema.end()) read_object(place, *found);
    for (const char* choice : {"oneOf", "anyOf", "allOf"})
      if (const auto found = schema.find(choice); found != schema.end())
        for (const auto& one : *found) read_object(place, one);
  }

  void read_key(const std::string& place, const std::string& key, const Schema& value) {
    std::string text = value.value("markdownDescription", std::string());
    if (const auto words = value.find("enum"); words != value.end()) {
      const auto meanings = value.find("enumDescriptions");
      for (std::size_t i = 0; i < words->size(); ++i) {
        const auto& word = words->at(i);
        if (!word.is_string()) continue;
        const std::string meaning = meanings != value.end() && i < meanings->size()
                                        ? meanings->at(i).get<std::string>()
                                        : "";
        text += (i == 0 ? ": `" : ", `") + word.get<std::string>() + "`" +
                (meaning.empty() ? "" : " " + meaning);
        add(words_, "word", word.get<std::string>(), place + "." + key, meaning);
      }
    }
    add(keys_, "key", key, place, text);
    read_object(key, value);
  }

  static void add(std::map<std::string, Topic>& table, const char* kind, const std::string& name,
                  const std::string& place, const std::string& text) {
    Topic& topic = table[name];
    topic.kind = kind;
    topic.name = name;
    const auto same = std::any_of(topic.parts.begin(), topic.parts.end(), [&](const auto& part) {
      return part.title == place && part.text == text;
    });
    if (!same) topic.parts.push_back({place, text});
    if (topic.sentence.empty()) topic.sentence = text;
  }

  std::map<std::string, Topic> keys_;
  std::map<std::string, Topic> words_;
};

}  // namespace

std::vector<Topic> all_topics() {
  std::vector<Topic> topics;
  const auto add = [&topics](const char* kind, const auto& explanations) {
    for (const sim::Explanation& explanation : explanations)
      topics.push_back(topic_of(kind, explanation));
  };
  add("invariant", invariants::builtin_explanations());
  add("invariant", sql_builtin_explanations());
  add("publishing", publishing::strategy_explanations());
  add("relay", publishing::relay_explanations());
  add("coordination", saga::coordination_explanations());
  add("window", publishing::windows());
  add("window", saga::windows());
  add("window", service::windows());
  for (const sim::FaultKindRow& row : sim::all_fault_kinds())
    topics.push_back(topic_of("fault", row.explanation));
  add("sqlstate", database::sqlstates());
  for (const ShortName& error : short_names())
    topics.push_back({"error", std::string(error.name), std::string(error.explanation), {}});
  Vocabulary vocabulary;
  vocabulary.read(nlohmann::ordered_json::parse(schema_text()));
  for (Topic& topic : vocabulary.topics()) topics.push_back(std::move(topic));
  return topics;
}

std::vector<Topic> topics_named(const std::vector<Topic>& topics, std::string_view name) {
  std::vector<Topic> found;
  for (const Topic& topic : topics)
    if (topic.name == name) found.push_back(topic);
  const std::size_t dot = name.rfind('.');
  if (!found.empty() || dot == std::string_view::npos) return found;
  const std::string_view place = name.substr(0, dot);
  for (const Topic& topic : topics) {
    if (topic.kind != "key" || topic.name != name.substr(dot + 1)) continue;
    for (const Topic::Part& part : topic.parts)
      if (part.title == place) found.push_back({topic.kind, std::string(name), part.text, {}});
  }
  return found;
}

}  // namespace halfwrite::scenarios
