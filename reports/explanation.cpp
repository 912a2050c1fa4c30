#include "reports/explanation.hpp"

#include "reports/table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace halfwrite::reports {

namespace {

using scenarios::Topic;

const char* heading_of(const std::string& kind) {
  static constexpr std::pair<const char*, const char*> headings[] = {
      {"invariant", "invariants"},
      {"publishing", "publishing strategies"},
      {"relay", "relays of the outbox"},
      {"coordination", "coordination of sagas"},
      {"window", "windows"},
      {"fault", "faults"},
      {"sqlstate", "what a database answers (SQLSTATE)"},
      {"error", "short names of errors"},
      {"setting", "settings of the command line"},
      {"convention", "conventions"},
      {"key", "keys of the language"},
      {"word", "words of the language"},
  };
  for (const auto& [known, heading] : headings)
    if (kind == known) return heading;
  return "further";
}

bool is_vocabulary(const Topic& topic) {
  return topic.kind == "key" || topic.kind == "word";
}

// Text with a title in a column of its own; the text is folded beside it, or under it where that
// would leave too little room.
std::string titled(const std::string& title, const std::string& text, std::size_t column,
                   const Look& look) {
  const auto under = [&](std::size_t indent) {
    std::string folded;
    for (const char c : wrap(text, look.width - indent, 0))
      folded += c == '\n' ? "\n" + std::string(indent, ' ') : std::string(1, c);
    return folded;
  };
  const std::string indented = "  " + title;
  if (look.width < column + 30) return indented + "\n    " + under(4) + "\n";
  const std::string padding(column > width_of(indented) ? column - width_of(indented) : 1, ' ');
  return indented + padding + under(column) + "\n";
}

std::string names_of(const std::vector<const Topic*>& group, const Look& look) {
  std::string names;
  for (const Topic* topic : group) names += (names.empty() ? "" : ", ") + topic->name;
  return "  " + wrap(names, look.width - 2, 2) + "\n";
}

}  // namespace

std::string topics_text(const std::vector<Topic>& topics, const Look& look) {
  std::string text;
  for (std::size_t from = 0; from < topics.size();) {
    std::vector<const Topic*> group;
    for (std::size_t i = from; i < topics.size() && topics[i].kind == topics[from].kind; ++i)
      group.push_back(&topics[i]);
    text += std::string(text.empty() ? "" : "\n") + heading_of(topics[from].kind) + "\n";
    if (is_vocabulary(topics[from])) {
      text += names_of(group, look);
    } else {
      std::size_t column = 0;
      for (const Topic* topic : group) column = std::max(column, width_of(topic->name) + 4);
      for (const Topic* topic : group) text += titled(topic->name, topic->sentence, column, look);
    }
    from += group.size();
  }
  return text;
}

std::string explanation_text(const std::vector<Topic>& topics, const Look& look) {
  std::string text;
  for (const Topic& topic : topics) {
    if (!text.empty()) text += "\n";
    text += topic.name + " (" + topic.kind + ")\n";
    const bool one_place = is_vocabulary(topic) && topic.parts.size() == 1;
    if (!is_vocabulary(topic) || topic.parts.empty())
      text += "  " + wrap(topic.sentence, look.width - 2, 2) + "\n";
    if (!is_vocabulary(topic) && !topic.parts.empty()) text += "\n";
    std::size_t column = 0;
    for (const Topic::Part& part : topic.parts)
      column = std::max(column, width_of(part.title) + (is_vocabulary(topic) ? 7 : 4));
    for (const Topic::Part& part : topic.parts)
      text += titled((is_vocabulary(topic) ? "in " : "") + part.title, part.text,
                     one_place ? width_of(part.title) + 7 : column, look);
  }
  return text;
}

std::string topics_json(const std::vector<Topic>& topics) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const Topic& topic : topics) {
    Json parts = Json::array();
    for (const Topic::Part& part : topic.parts)
      parts.push_back({{"title", part.title}, {"text", part.text}});
    list.push_back({{"kind", topic.kind},
                    {"name", topic.name},
                    {"sentence", topic.sentence},
                    {"parts", std::move(parts)}});
  }
  return Json{{"topics", std::move(list)}, {"exit_code", 0}}.dump(2) + "\n";
}

}  // namespace halfwrite::reports
