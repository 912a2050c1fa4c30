#include "scenarios/diagnostic.hpp"

#include <algorithm>
#include <iterator>

namespace halfwrite::scenarios {

namespace {

constexpr std::size_t widest_excerpt = 90;

// Bytes of the character that begins with this one; 0: none does.
std::size_t length_by(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0x80) return 1;
  if (byte < 0xC2 || byte > 0xF4) return 0;
  return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// What a terminal can show: no control characters, and a sign for bytes that are no UTF-8.
std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0u) != 0x80u || characters.empty())
      characters.emplace_back();
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    characters.back() += control ? ' ' : c;
  }
  for (std::string& character : characters) {
    if (length_by(character.front()) != character.size()) character = "\uFFFD";
  }
  return characters;
}

std::string joined(const std::vector<std::string>& characters, std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i) text += characters[i];
  return text;
}

// The source line cut to what surrounds the place, with carets below it.
std::string excerpt(const Diagnostic& diagnostic) {
  const std::vector<std::string> line = characters_of(diagnostic.source_line);
  const std::size_t column = diagnostic.place.column == 0 ? 0 : diagnostic.place.column - 1;
  std::size_t from = 0;
  std::size_t to = line.size();
  if (line.size() > widest_excerpt) {
    from = column > widest_excerpt / 3 ? column - widest_excerpt / 3 : 0;
    to = std::min(line.size(), from + widest_excerpt);
    from = to - std::min(to, widest_excerpt);
  }
  std::string shown = joined(line, from, to);
  std::size_t indent = column - from;
  if (from > 0) {
    shown = "…" + shown;
    ++indent;
  }
  if (to < line.size()) shown += "…";
  const std::size_t width =
      std::max<std::size_t>(std::min(diagnostic.width, to > column ? to - column : 1), 1);

  const std::string number = std::to_string(diagnostic.place.line);
  std::string text =
      std::string(number.size() < 5 ? 5 - number.size() : 0, ' ') + number + " | " + shown + "\n";
  text += "      | " + std::string(indent, ' ') + std::string(width, '^');
  if (!diagnostic.hint.empty()) text += "  " + diagnostic.hint;
  return text + "\n";
}

}  // namespace

std::string to_text(const SourcePlace& place) {
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string to_text(const Diagnostic& diagnostic) {
  std::string text =
      (diagnostic.place.line == 0 ? diagnostic.place.file : to_text(diagnostic.place)) +
      ": error: " + diagnostic.message + " [" + diagnostic.short_name + "]\n";
  if (!diagnostic.source_line.empty()) {
    text += excerpt(diagnostic);
  } else if (!diagnostic.hint.empty()) {
    text += "      " + diagnostic.hint + "\n";
  }
  if (!diagnostic.path.empty() || !diagnostic.remark.empty()) {
    text += "      ";
    if (!diagnostic.path.empty()) text += "in " + diagnostic.path;
    if (!diagnostic.path.empty() && !diagnostic.remark.empty()) text += "; ";
    text += diagnostic.remark + "\n";
  }
  return text;
}

namespace {

constexpr ShortName explained[] = {
    {"chance",
     "A chance is a number from 0 to 1 such as 0.01, or a ratio such as \"1/100\"; it is kept as "
     "a ratio of integers."},
    {"choice",
     "Some settings are read only with a certain word beside them: `outbox` with \"publishing\": "
     "\"outbox\", `slot` with \"relay\": \"cdc\". A setting that no variant of the file reads is "
     "an error."},
    {"condition", "Two settings exclude each other, or one is missing that another needs."},
    {"drift",
     "A clock's drift is text in whole parts per million: \"50ppm\" gains 50us in each true "
     "second, "
     "\"-50ppm\" loses them; at most a tenth."},
    {"duplicate-key",
     "An object holds each key once. Otherwise one of the two would be ignored in silence."},
    {"duplicate-name",
     "A name stands for one thing: nodes, operations, steps, invariants and variants each have a "
     "name of their own."},
    {"duration",
     "A duration is text with a unit: \"10ms\", or a range \"2ms..5ms\" that is drawn from per "
     "use. Units: ns us ms s m h d."},
    {"emit",
     "`emit` declares that an event is owed if and only if the transaction commits. So it stands "
     "inside a transaction of a service that has a database and a broker."},
    {"expect",
     "A line of `expect` names variants (with * for any part) and says `holds`, `violated` or "
     "`any` for invariants of the scenario."},
    {"extends",
     "`extends` names another scenario file; this file is a merge patch on it. Variants, matrix "
     "and expect are not taken over."},
    {"file", "A scenario is one JSON file whose name is the scenario's name."},
    {"format", "The version of the language the file is written in. This program reads version 1."},
    {"input",
     "The inputs of an operation are the variables its steps use and do not set. Whoever runs it "
     "gives them: a load by its arguments, a subscription by the payload of its event. A job "
     "gives none."},
    {"missing-key", "This key has no default."},
    {"not-built",
     "The word belongs to the language, but this version does not build it. It is refused rather "
     "than ignored."},
    {"number", "A whole number is expected, within the limits that the message names."},
    {"plan",
     "A plan item has one verb; crash, pause, partition, slow, clock, disconnect, rebalance and "
     "promote also say when: `at` an instant, `before`, `during` or `after` a point."},
    {"point",
     "A point is a place in an operation, a loop or the life of an event: order.place/commit, "
     "orders#17/commit/logged, order.relay/mark, OrderCreated/published#3. A point that no "
     "variant has is an error."},
    {"rate", "A rate is text: a number of requests per unit, such as \"100/s\"."},
    {"size",
     "A size is a whole number and its unit: B, kB, MB, GB or TB, each 1024 times the one before, "
     "as PostgreSQL writes them: "
     "\"64MB\"."},
    {"sql",
     "The statement is read by PostgreSQL's grammar against the schema of its database; "
     "variables are written :name."},
    {"syntax", "The file is no JSON. Comments are allowed, trailing commas are not."},
    {"transaction",
     "An operation is one local transaction, unless it says \"transaction\": false; then "
     "`transaction` steps make them."},
    {"type", "The value is of another kind than the key takes."},
    {"unknown-key", "No such key is known here. Nothing is silently ignored."},
    {"unknown-name", "The name is defined nowhere in the file."},
    {"unknown-word", "The key takes one of a few words; this is none of them."},
    {"variant",
     "Variants are merge patches on the file; a matrix multiplies axes, each value of which is a "
     "patch. A patch cannot change what the file is."},
    {"vendor-name",
     "Settings of real systems carry the vendor's name with underscores for dots and without "
     "_ms, because values carry their unit: delivery.timeout.ms is `delivery_timeout`."},
    {"verb",
     "A step, a plan item and an expectation of an invariant have exactly one verb, the key that "
     "says what is done."},
};

}  // namespace

const std::vector<ShortName>& short_names() {
  static const std::vector<ShortName> table(std::begin(explained), std::end(explained));
  return table;
}

}  // namespace halfwrite::scenarios
