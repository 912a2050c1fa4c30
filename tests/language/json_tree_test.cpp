#include "scenarios/json_tree.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::scenarios {
namespace {

SourceReference source(const std::string& text) {
  return std::make_shared<Source>("a.json", text);
}

// The first mistake as "line:column message", or "fine".
std::string verdict(const std::string& text) {
  const auto json = read_json(source(text));
  if (json) return "fine";
  const Diagnostic& first = json.error().front();
  return std::to_string(first.place.line) + ":" + std::to_string(first.place.column) + " " +
         first.message;
}

TEST_CASE("the reader says where a file stops being JSON") {
  const std::vector<std::pair<std::string, std::string>> table{
      {R"({ "a": [1, -2.5e3, true, null, "x"] })", "fine"},
      {"// a comment\n{ /* another */ \"a\": 1 }", "fine"},
      {"\xEF\xBB\xBF{}", "fine"},
      {"", "1:1 the file ends where a value is expected"},
      {"{", "1:1 the file ends before the closing }"},
      {"{ \"a\": 1,\n}", "1:9 a comma before the closing bracket"},
      {"[1\n 2]", "2:2 a comma or the closing ] is expected here"},
      {"{ a: 1 }", "1:3 a key in quotes is expected here"},
      {"{ \"a\" 1 }", "1:7 a colon is expected after the key \"a\""},
      {"{ \"a\": 5s }", "1:8 a number with a unit is text"},
      {"{ \"a\": yes }", "1:8 a value is expected here"},
      {"{ \"a\": 'x' }", "1:8 JSON's texts stand between \""},
      {"{ \"a\": 012 }", "1:8 a number does not begin with 0"},
      {"{ \"a\": 1. }", "1:8 digits are expected after the point"},
      {"{ \"a\": \"x\ny\" }", "1:8 this text does not end on its line"},
      {"{ \"a\": \"\\x\" }", "1:9 JSON has no such escape"},
      {"{ \"a\": \"\\ud800\" }", "1:9 half of a pair of surrogates stands alone"},
      {"{ \"a\": \"\\u0000\" }", "1:9 the character U+0000 cannot stand in text"},
      {"{ \"a\": \"\xC3(\" }", "1:9 this byte is no UTF-8"},
      {"{ \"a\": \"\xED\xA0\x80\" }", "1:9 this byte is no UTF-8"},
      {"{ \"\xC3\xA4\": \"\xFF\" }", "1:9 this byte is no UTF-8"},
      {"/* { }", "1:1 this comment does not end"},
      {"{} {}", "1:4 something stands after the end of the file's one value"},
      {std::string(80, '['), "1:66 nested deeper than 64 levels"},
      {"{ \"a\": 1, \"b\": 2, \"a\": 3 }", "1:19 the key \"a\" stands here a second time"},
  };
  for (const auto& [text, expected] : table) {
    INFO(text);
    CHECK(verdict(text) == expected);
  }
}

TEST_CASE("every pair of equal keys is reported with the place of the first") {
  const auto json =
      read_json(source("{ \"a\": 1,\n  \"a\": 2,\n  \"b\": { \"c\": 1, \"c\": 1 } }"));
  REQUIRE_FALSE(json.has_value());
  REQUIRE(json.error().size() == 2);
  CHECK(json.error()[0].hint == "the first is at 1:3");
  CHECK(to_text(json.error()[1].place) == "a.json:3:18");
}

TEST_CASE("a tree keeps the order of keys, the text of numbers and the place of everything") {
  const auto read = read_json(source("{ \"z\": 1.50,\n  \"a\": [\"\\u00e4\\ud83d\\ude00b\"] }"));
  REQUIRE(read.has_value());
  Json json = read.value();
  set_paths(json);
  CHECK(json.members[0].key == "z");
  CHECK(json.find("z")->text == "1.50");
  const Json& text = json.find("a")->items[0];
  CHECK(text.text ==
        "\xC3\xA4\xF0\x9F\x98\x80"
        "b");
  CHECK(text.path == "a[0]");
  CHECK(to_text(text.span.source->place_of(text.span.offset)) == "a.json:2:9");
  // The third character stands behind an escape of 6 and a pair of 12.
  const Span third = span_of_character(text, 2);
  CHECK(to_text(third.source->place_of(third.offset)) == "a.json:2:28");
}

}  // namespace
}  // namespace halfwrite::scenarios
