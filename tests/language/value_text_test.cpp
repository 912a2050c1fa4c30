#include "scenarios/value_text.hpp"

#include "scenarios/nearest_word.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace halfwrite::scenarios {
namespace {

std::string nanoseconds(const std::string& text) {
  const auto duration = parse_duration(text);
  return duration ? std::to_string(duration->in_nanoseconds()) : "none";
}
std::string ratio(const std::optional<sim::Ratio>& value) {
  return value ? std::to_string(value->numerator) + "/" + std::to_string(value->denominator)
               : "none";
}

TEST_CASE("durations are read exactly or not at all") {
  const std::vector<std::pair<std::string, std::string>> table{{"10ms", "10000000"},
                                                               {"1.5s", "1500000000"},
                                                               {"0.001us", "1"},
                                                               {"-5ms", "-5000000"},
                                                               {"2h", "7200000000000"},
                                                               {"1d", "86400000000000"},
                                                               {"0s", "0"},
                                                               {"0.0001us", "none"},
                                                               {"10", "none"},
                                                               {"ms", "none"},
                                                               {"10 ms", "none"},
                                                               {"1e3ms", "none"},
                                                               {"10sec", "none"},
                                                               {".5s", "none"},
                                                               {"5.s", "none"},
                                                               {"99999999d", "none"},
                                                               {"", "none"},
                                                               {"--1s", "none"}};
  for (const auto& [text, expected] : table) {
    INFO(text);
    CHECK(nanoseconds(text) == expected);
  }
}

TEST_CASE("a range has its lesser end first") {
  const auto range = parse_duration_range("2ms..5ms");
  REQUIRE(range);
  CHECK(range->least == sim::Duration::milliseconds(2));
  CHECK(range->most == sim::Duration::milliseconds(5));
  CHECK(parse_duration_range("3s") == sim::DurationRange::exactly(sim::Duration::seconds(3)));
  CHECK_FALSE(parse_duration_range("5ms..2ms"));
  CHECK_FALSE(parse_duration_range("2ms.."));
  CHECK_FALSE(parse_duration_range("2..5ms"));
}

TEST_CASE("chances are ratios of integers from 0 to 1") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"0.01", "1/100"},  {"1/100", "1/100"},
      {"2/200", "1/100"}, {"0", "0/1"},
      {"1", "1/1"},       {"0.333333333333333333", "333333333333333333/1000000000000000000"},
      {"1.5", "none"},    {"3/2", "none"},
      {"1/0", "none"},    {"-0.1", "none"},
      {"1e-3", "none"},   {"1%", "none"}};
  for (const auto& [text, expected] : table) {
    INFO(text);
    CHECK(ratio(parse_chance(text)) == expected);
  }
}

TEST_CASE("a rate is the time between two requests") {
  CHECK(parse_rate("100/s") == sim::Duration::milliseconds(10));
  CHECK(parse_rate("1/m") == sim::Duration::seconds(60));
  CHECK(parse_rate("0.5/s") == sim::Duration::seconds(2));
  CHECK(parse_rate("3/s") == sim::Duration::nanoseconds(333'333'333));
  for (const char* text : {"100", "0/s", "/s", "100/sec", "1/2d", "-1/s"})
    CHECK_FALSE(parse_rate(text));
}

TEST_CASE("the nearest word is near or none") {
  const std::vector<std::string> words{"acknowledge", "deduplicate", "event"};
  CHECK(nearest_word("acknowlege", words) == "acknowledge");
  CHECK(nearest_word("evnet", words) == "event");
  CHECK(nearest_word("topic", words).empty());
}

}  // namespace
}  // namespace halfwrite::scenarios
