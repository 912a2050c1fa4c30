#include "scenarios/merge.hpp"

#include "scenarios/expectations.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::scenarios {
namespace {

Json read(const std::string& text, const std::string& path = "a.json") {
  auto json = read_json(std::make_shared<Source>(path, text));
  REQUIRE(json.has_value());
  return json.value();
}

// The tree as JSON on one line.
std::string written(const Json& json) {
  switch (json.kind) {
    case Json::Kind::null:
      return "null";
    case Json::Kind::boolean:
      return json.boolean ? "true" : "false";
    case Json::Kind::number:
      return json.text;
    case Json::Kind::text:
      return in_quotes(json.text);
    case Json::Kind::list: {
      std::string text = "[";
      for (const Json& item : json.items) text += (text.size() > 1 ? "," : "") + written(item);
      return text + "]";
    }
    case Json::Kind::object:
      break;
  }
  std::string text = "{";
  for (const Member& member : json.members)
    text += (text.size() > 1 ? "," : "") + in_quotes(member.key) + ":" + written(member.value);
  return text + "}";
}

TEST_CASE("merge patches follow RFC 7386, its appendix A") {
  struct Row {
    const char* target;
    const char* patch;
    const char* result;
  };
  const std::vector<Row> table{
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const Row& row : table) {
    INFO(row.target << " with " << row.patch);
    CHECK(written(merged(read(row.target), read(row.patch))) == row.result);
  }
}

TEST_CASE("after a merge each part still says which file it is from") {
  const Json base = read("{\n \"a\": { \"x\": 1, \"y\": 2 } }", "base.json");
  const Json patch = read("{ \"a\": { \"y\": 3 } }", "patch.json");
  const Json result = merged(base, patch);
  const auto place = [](const Span& span) { return to_text(span.source->place_of(span.offset)); };
  CHECK(place(result.find("a")->find("x")->span) == "base.json:2:14");
  CHECK(place(result.find("a")->find("y")->span) == "patch.json:1:15");
  CHECK(place(result.find("a")->find_member("y")->key_span) == "patch.json:1:10");
}

TEST_CASE("defaults lie under every entry of their section") {
  const Json result = with_defaults(read(R"({
    "defaults": { "services": { "broker": "kafka", "outbox": { "every": "1s" } }, "subscriptions": { "acknowledge": "before" } },
    "services": { "a": { "broker": "other", "outbox": { "batch": 5 }, "subscriptions": { "s": { "event": "E" } } }, "b": {} }
  })"));
  const Json& services = *result.find("services");
  CHECK(
      written(services) ==
      R"({"a":{"broker":"other","outbox":{"every":"1s","batch":5},"subscriptions":{"s":{"acknowledge":"before","event":"E"}}},)"
      R"("b":{"broker":"kafka","outbox":{"every":"1s"}}})");
}

std::string names_of(const std::string& text) {
  Findings findings;
  std::string names;
  for (const VariantTree& variant : expand_variants(read(text), findings))
    names += (names.empty() ? "" : " ") + variant.name;
  CHECK(findings.is_empty());
  return names;
}

TEST_CASE("variants come in the order of the file, then the matrix with its first axis slowest") {
  CHECK(names_of("{}") == "default");
  CHECK(names_of(R"({ "variants": { "b": {}, "a": {} } })") == "b a");
  CHECK(
      names_of(
          R"({ "matrix": { "one": { "x": {}, "y": {} }, "two": { "1a": {}, "2a": {}, "3a": {} } } })") ==
      "x/1a x/2a x/3a y/1a y/2a y/3a");
  CHECK(
      names_of(
          R"({ "variants": { "alone": {} }, "matrix": { "one": { "x": {} }, "two": { "y": {} } } })") ==
      "alone x/y");
}

TEST_CASE("a matrix applies its patches in the order of the axes") {
  Findings findings;
  const auto variants = expand_variants(
      read(
          R"({ "seeds": 1, "matrix": { "a": { "x": { "seeds": 2 } }, "b": { "y": { "seeds": 3 }, "z": {} } } })"),
      findings);
  REQUIRE(variants.size() == 2);
  CHECK(variants[0].tree.find("seeds")->text == "3");
  CHECK(variants[1].tree.find("seeds")->text == "2");
  CHECK(variants[0].tree.find("matrix") == nullptr);
}

TEST_CASE("a star stands for any text within one part of a variant's name") {
  struct Row {
    const char* pattern;
    const char* name;
    bool matches;
  };
  const std::vector<Row> table{{"*", "a", true},
                               {"*", "a/b", true},
                               {"*/*", "a/b", true},
                               {"*/*", "a", false},
                               {"*/*", "a/b/c", false},
                               {"*/*/*", "a/b/c", true},
                               {"a/*", "a/b", true},
                               {"a/*", "b/b", false},
                               {"*/storm", "x/storm", true},
                               {"*/storm", "x/quiet", false},
                               {"outbox_*/storm", "outbox_cdc/storm", true},
                               {"outbox_*", "outbox_cdc/storm", false},
                               {"a", "ab", false},
                               {"*b*", "abc", true},
                               {"a*c", "ac", true}};
  for (const Row& row : table) {
    INFO(row.pattern << " and " << row.name);
    CHECK(matches_pattern(row.pattern, row.name) == row.matches);
  }
}

}  // namespace
}  // namespace halfwrite::scenarios
