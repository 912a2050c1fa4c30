#include "scenarios/schema_walker.hpp"

#include "scenarios/nearest_word.hpp"
#include "scenarios/schema_words.hpp"
#include "scenarios/value_format.hpp"
#include "scenarios/value_text.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <optional>
#include <regex>
#include <utility>

namespace halfwrite::scenarios {

namespace {

const Json& built_in_schema() {
  static const Json schema = [] {
    auto read =
        read_json(std::make_shared<Source>("scenario.schema.json", std::string(schema_text())));
    HALFWRITE_ASSERT(read.has_value(), "the schema that was built in is no JSON");
    return std::move(read).value();
  }();
  return schema;
}

}  // namespace

SchemaWalker::SchemaWalker(Findings& findings) : findings_(findings), schema_(built_in_schema()) {
  patch_ = &definition("patch");
  defaults_ = &definition("defaults");
}

const Json& SchemaWalker::definition(std::string_view name) const {
  const Json* found = schema_.find("definitions")->find(name);
  HALFWRITE_ASSERT(found != nullptr, "the schema refers to a definition it does not have");
  return *found;
}

const Json& SchemaWalker::resolved(const Json& schema) const {
  const Json* reference = schema.find("$ref");
  if (reference == nullptr) return schema;
  return resolved(definition(
      std::string_view(reference->text).substr(std::string_view("#/definitions/").size())));
}

void SchemaWalker::check_scenario(const Json& scenario) {
  check(scenario, schema_, true);
}

void SchemaWalker::check_definition(const Json& value, std::string_view name) {
  check(value, definition(name), true);
}

void SchemaWalker::check_variants(const Json& file) {
  for (const char* key : {"variants", "matrix", "expect"}) {
    if (const Json* part = file.find(key))
      check(*part, *schema_.find("properties")->find(key), true);
  }
}

void SchemaWalker::check(const Json& value, const Json& written_schema, bool is_read) {
  const Json& schema = resolved(written_schema);
  if (&schema == patch_) return check_patch(value);
  if (schema.find("oneOf") != nullptr) return check_one_of(value, schema, is_read);
  if (const Json* format = schema.find("format")) {
    if (auto error = check_format(format->text, value)) {
      findings_.add(value, error->short_name, error->message, error->hint);
    }
    return;
  }
  if (!check_type(value, schema)) return;
  if (&schema == defaults_) {
    within_defaults_ = true;
    check_object(value, schema, false);
    within_defaults_ = false;
    return;
  }
  if (schema.find("enum") != nullptr) return check_words(value, schema);
  if (value.is_object()) check_object(value, schema, is_read);
  if (value.is_list()) check_list(value, schema, is_read);
  if (value.is_number()) check_number(value, schema);
  if (value.is_text()) check_text(value, schema);
}

bool SchemaWalker::check_type(const Json& value, const Json& schema) {
  const std::vector<std::string> types = types_of(schema);
  if (types.empty() || std::any_of(types.begin(), types.end(), [&](const std::string& type) {
        return is_of_type(value, type);
      })) {
    return true;
  }
  std::vector<std::string> expected;
  for (const std::string& type : types) expected.push_back(type_words(type));
  const bool is_fraction = value.is_number() && types.front() == "integer";
  std::string found = is_fraction ? value.text : to_text(value.kind);
  if (value.is_text() && value.text.size() < 30) found += " " + in_quotes(value.text);
  std::string hint;
  if (const Json* words = schema.find("enum")) {
    std::vector<std::string> written;
    for (const Json& word : words->items)
      written.push_back(word.is_text() ? word.text : word.is_boolean() ? "true" : word.text);
    hint = "words: " + listed(written);
  }
  if (types.front() == "array" && value.is_text())
    hint = "write [" + in_quotes(value.text.size() < 20 ? value.text : "...") + "]";
  findings_.add(value, "type", "expected " + or_list(expected) + ", found " + found, hint);
  return false;
}

void SchemaWalker::check_words(const Json& value, const Json& schema) {
  const Json& words = *schema.find("enum");
  std::vector<std::string> known;
  for (const Json& word : words.items) {
    const bool same = word.kind == value.kind &&
                      (word.is_boolean() ? word.boolean == value.boolean : word.text == value.text);
    if (same) return;
    known.push_back(word.is_boolean() ? (word.boolean ? "true" : "false") : word.text);
  }
  const Json* later = schema.find("wordsNotBuiltYet");
  if (later != nullptr && later->find(value.text) != nullptr) {
    findings_.add(value, "not-built",
                  in_quotes(value.text) + " is part of the language but not built yet; " +
                      later->find(value.text)->text,
                  "words: " + listed(known));
    return;
  }
  const std::string suggestion = did_you_mean(value.text, known);
  const std::string written = value.is_text()      ? in_quotes(value.text)
                              : value.is_boolean() ? (value.boolean ? "true" : "false")
                                                   : value.text;
  findings_.add(value, "unknown-word", written + " is not a word that stands here", suggestion,
                "words: " + listed(known));
}

void SchemaWalker::check_number(const Json& number, const Json& schema) {
  const auto value = parse_integer(number.text);
  const bool negative = number.text.front() == '-';
  const auto decimal = parse_decimal(negative ? number.text.substr(1) : number.text);
  if (!decimal) {
    findings_.add(number, "number", number.text + " cannot be read",
                  "write digits, with a point at most");
    return;
  }
  const auto limit = [&](const char* key) -> std::optional<std::int64_t> {
    const Json* found = schema.find(key);
    return found == nullptr ? std::nullopt : parse_integer(found->text);
  };
  const std::int64_t floor =
      value      ? *value
      : negative ? -1
                 : static_cast<std::int64_t>(decimal->numerator / decimal->denominator);
  if (const auto minimum = limit("minimum"); minimum && floor < *minimum) {
    findings_.add(number, "number",
                  "at least " + std::to_string(*minimum) + " is expected, found " + number.text);
  }
  const bool is_whole = text_or_empty(schema.find("type")) == "integer";
  const auto maximum = is_whole ? limit("maximum").value_or(1'000'000'000) : limit("maximum");
  if (maximum && floor > *maximum) {
    findings_.add(number, "number",
                  "at most " + std::to_string(*maximum) + " is expected, found " + number.text);
  }
}

bool SchemaWalker::matches(const std::string& text, const std::string& pattern) {
  // The standard library's matcher calls itself once for every character.
  if (text.size() > longest_name) return false;
  auto found = patterns_.find(pattern);
  if (found == patterns_.end()) found = patterns_.emplace(pattern, std::regex(pattern)).first;
  return std::regex_match(text, found->second);
}

void SchemaWalker::check_text(const Json& text, const Json& schema) {
  const Json* pattern = schema.find("pattern");
  if (pattern == nullptr || matches(text.text, pattern->text)) return;
  if (text.text.size() > longest_name) return findings_.add(text, "type", too_long(text.text));
  findings_.add(
      text, "type",
      in_quotes(text.text) + " is not " + text_or_empty(schema.find("patternErrorMessage")));
}

void SchemaWalker::check_list(const Json& list, const Json& schema, bool is_read) {
  const auto count_limit = [&](const char* key) -> std::optional<std::uint64_t> {
    const Json* found = schema.find(key);
    return found == nullptr ? std::nullopt : parse_natural(found->text);
  };
  const auto least = count_limit("minItems");
  const auto most = count_limit("maxItems");
  if ((least && list.items.size() < *least) || (most && list.items.size() > *most)) {
    const bool exactly = least && most && *least == *most;
    const bool too_few = list.items.size() < least.value_or(0);
    const std::uint64_t expected = too_few ? *least : *most;
    findings_.add(list, "type",
                  std::string(exactly   ? "exactly "
                              : too_few ? "at least "
                                        : "at most ") +
                      std::to_string(expected) + (expected == 1 ? " entry is" : " entries are") +
                      " expected, found " + std::to_string(list.items.size()));
  }
  if (schema.find("uniqueItems") != nullptr) check_unique(list);
  const Json* items = schema.find("items");
  if (items == nullptr) return;
  for (const Json& item : list.items) check(item, *items, is_read);
}

void SchemaWalker::check_unique(const Json& list) {
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const Json& item = list.items[i];
    const auto end = list.items.begin() + static_cast<std::ptrdiff_t>(i);
    const bool stands_before = std::any_of(list.items.begin(), end, [&](const Json& earlier) {
      return item.is_text() && earlier.is_text() && earlier.text == item.text;
    });
    if (stands_before)
      findings_.add(item, "duplicate-name", in_quotes(item.text) + " stands in this list already",
                    "each stands once");
  }
}

void SchemaWalker::check_object(const Json& object, const Json& schema, bool is_read) {
  for (const Member& member : object.members) check_member(object, member, schema, is_read);
  // What is refused may be what makes a key needless: a load with `steps` runs no operation.
  const Json* later = schema.find("notBuiltYet");
  if (later != nullptr &&
      std::any_of(object.members.begin(), object.members.end(),
                  [&](const Member& member) { return later->find(member.key) != nullptr; })) {
    return;
  }
  for (const char* keyword : {"required", "requiredAfterMerge"}) {
    const Json* required = schema.find(keyword);
    const bool is_merged = std::string_view(keyword) == "requiredAfterMerge";
    if (required == nullptr || (is_merged && within_defaults_)) continue;
    for (const Json& key : required->items) {
      if (object.find(key.text) != nullptr) continue;
      const Json& property = *schema.find("properties")->find(key.text);
      const Json* words = property.find("markdownDescription");
      const Span start{object.span.source, object.span.offset, 1};
      const std::string& meaning = text_or_empty(words);
      findings_.add(start, object.path, "missing-key", "`" + key.text + "` is missing",
                    meaning.substr(0, meaning.find(" (default")));
    }
  }
  if (const Json* least = schema.find("minProperties");
      least != nullptr && object.members.empty()) {
    findings_.add(object, "type", "at least one entry is expected");
  }
}

void SchemaWalker::check_member(const Json& object, const Member& member, const Json& schema,
                                bool is_read) {
  const Json* properties = schema.find("properties");
  const Json* property = properties == nullptr ? nullptr : properties->find(member.key);
  if (property == nullptr) {
    if (const Json* later = schema.find("notBuiltYet");
        later != nullptr && later->find(member.key) != nullptr) {
      findings_.add(member.key_span, member.value.path, "not-built",
                    "`" + member.key + "` is part of the language but not built yet; " +
                        later->find(member.key)->text);
      return;
    }
    const Json* additional = schema.find("additionalProperties");
    if (additional == nullptr || additional->is_boolean())
      return check_unknown_key(object, member, schema);
    if (const Json* names = schema.find("propertyNames")) {
      const Json& form = resolved(*names);
      if (!matches(member.key, text_or_empty(form.find("pattern")))) {
        findings_.add(member.key_span, member.value.path, "type",
                      member.key.size() > longest_name
                          ? too_long(member.key)
                          : in_quotes(member.key) + " is not " +
                                text_or_empty(form.find("patternErrorMessage")));
      }
    }
    return check(member.value, *additional, is_read);
  }
  const bool member_is_read = is_read_with(object, member, *property, schema, is_read) && is_read;
  check(member.value, *property, member_is_read);
}

bool SchemaWalker::is_read_with(const Json& object, const Member& member, const Json& property,
                                const Json& schema, bool is_read) {
  const Json* rule = property.find("readWith");
  if (rule == nullptr || within_defaults_) return true;
  for (const Member& choice : rule->members) {
    const Json* chosen = object.find(choice.key);
    const Json& property_of_choice = *schema.find("properties")->find(choice.key);
    const std::string& word =
        chosen != nullptr ? chosen->text : text_or_empty(property_of_choice.find("default"));
    // A word that is none is reported already; what it would read nobody knows.
    const Json* words = resolved(property_of_choice).find("enum");
    if (words != nullptr && !has_word(words, word)) return true;
    if (has_word(&choice.value, word)) continue;
    if (is_read) note_unread(object, member, choice, word);
    return false;
  }
  findings_.note_read(member.value.path, member.key_span);
  return true;
}

void SchemaWalker::note_unread(const Json& object, const Member& member, const Member& choice,
                               const std::string& word) {
  std::vector<std::string> readers;
  for (const Json& item : choice.value.items) readers.push_back(in_quotes(item.text));
  findings_.note_unread(
      member.value.path, member.key_span,
      diagnose(
          member.key_span, "choice",
          "`" + member.key + "` is not read with " + in_quotes(choice.key) + ": " + in_quotes(word),
          "only with " + or_list(readers), object.path, "no variant of the file reads it"));
}

void SchemaWalker::check_unknown_key(const Json& object, const Member& member, const Json& schema) {
  const std::vector<std::string> keys = keys_of(schema.find("properties"));
  std::vector<std::string> candidates = keys;
  for (const std::string& later : keys_of(schema.find("notBuiltYet"))) candidates.push_back(later);
  const std::string renamed = house_name(member.key);
  if (renamed != member.key &&
      std::find(candidates.begin(), candidates.end(), renamed) != candidates.end()) {
    findings_.add(member.key_span, object.path, "vendor-name",
                  "the setting " + in_quotes(member.key) + " has another name here",
                  "write \"" + renamed + "\"");
    return;
  }
  std::vector<std::string> shown = keys;
  shown.erase(std::remove(shown.begin(), shown.end(), "$schema"), shown.end());
  std::string hint = did_you_mean(member.key, candidates);
  if (const std::string word = word_of_this_house(member.key, candidates); !word.empty())
    hint = "here it is " + in_quotes(word);
  findings_.add(member.key_span, object.path, "unknown-key", "unknown key " + in_quotes(member.key),
                hint, "keys: " + listed(shown));
}

void SchemaWalker::check_one_of(const Json& value, const Json& schema, bool is_read) {
  std::vector<const Json*> objects;
  std::vector<std::string> expected;
  for (const Json& written : schema.find("oneOf")->items) {
    const Json& alternative = resolved(written);
    const std::vector<std::string> types = types_of(alternative);
    if (types == std::vector<std::string>{"object"}) {
      objects.push_back(&alternative);
      continue;
    }
    for (const std::string& type : types) {
      if (is_of_type(value, type)) return check(value, alternative, is_read);
      if (const std::string words = type_words(type);
          std::find(expected.begin(), expected.end(), words) == expected.end())
        expected.push_back(words);
    }
  }
  if (value.is_object() && !objects.empty()) {
    if (objects.size() > 1 || objects.front()->find("required") != nullptr)
      return check_verbs(value, schema, objects, is_read);
    return check(value, *objects.front(), is_read);
  }
  if (!objects.empty()) expected.emplace_back("an object");
  findings_.add(value, "type", "expected " + or_list(expected) + ", found " + to_text(value.kind));
}

void SchemaWalker::check_verbs(const Json& object, const Json& holder,
                               const std::vector<const Json*>& alternatives, bool is_read) {
  const Json* chosen = nullptr;
  std::vector<std::string> verbs;
  std::string chosen_verb;
  for (const Json* alternative : alternatives) {
    const std::string& verb = alternative->find("required")->items.front().text;
    verbs.push_back(verb);
    const Member* written = object.find_member(verb);
    if (written == nullptr) continue;
    if (chosen == nullptr) {
      chosen = alternative;
      chosen_verb = verb;
    } else if (chosen->find("properties")->find(verb) == nullptr) {
      const bool is_value = &holder == &definition("value");
      findings_.add(
          written->key_span, object.path, "verb",
          std::string(is_value ? "two ways to make one value: `" : "two verbs in one: `") +
              chosen_verb + "` and `" + verb + "`",
          is_value ? "one of them is enough" : "write two entries");
      return;
    }
  }
  if (chosen != nullptr) return check(object, *chosen, is_read);
  if (const Json* later = holder.find("notBuiltYet")) {
    for (const Member& member : object.members) {
      if (const Json* sentence = later->find(member.key)) {
        findings_.add(
            member.key_span, object.path, "not-built",
            "`" + member.key + "` is part of the language but not built yet; " + sentence->text);
        return;
      }
    }
  }
  // An object with an only form needs no choice: its missing key is the news.
  if (alternatives.size() == 1) return check(object, *alternatives.front(), is_read);
  std::string hint;
  for (const Member& member : object.members) {
    if (hint.empty()) hint = did_you_mean(member.key, verbs);
  }
  const Span start = object.members.empty() ? Span{object.span.source, object.span.offset, 1}
                                            : object.members.front().key_span;
  const bool is_value = &holder == &definition("value");
  findings_.add(start, object.path, "verb",
                is_value ? "an object says here how a value is made" : "a verb is missing here",
                hint, (is_value ? "ways: " : "verbs: ") + listed(verbs, 20));
}

void SchemaWalker::check_patch(const Json& patch) {
  if (!patch.is_object()) {
    findings_.add(patch, "type", std::string("expected a patch, found ") + to_text(patch.kind),
                  "an object; {} leaves everything as it is");
    return;
  }
  for (const Member& member : patch.members) {
    const bool patchable = patch_->find("properties")->find(member.key) != nullptr;
    if (!patchable && schema_.find("properties")->find(member.key) != nullptr) {
      findings_.add(member.key_span, patch.path, "variant",
                    "a variant cannot change `" + member.key + "`",
                    "move it to the top of the file");
    }
  }
}

}  // namespace halfwrite::scenarios
