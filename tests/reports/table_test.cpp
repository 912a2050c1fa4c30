#include "reports/table.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite::reports;

TEST_CASE("a table aligns by characters, not by bytes") {
  Table table({Align::left, Align::right});
  table.add_row({"✗ 71", "1"});
  table.add_row({"✓", "1,000"});
  CHECK(table.text() == "✗ 71      1\n✓     1,000\n");
}

TEST_CASE("a text is cut with a sign that something is missing") {
  CHECK(cut_to("order-9", 7, true) == "order-9");
  CHECK(cut_to("order-99", 7, true) == "order-…");
  CHECK(cut_to("order-99", 7, false) == "orde...");
  CHECK(cut_to("ßßßß", 3, true) == "ßß…");
}

TEST_CASE("numbers have commas and long lines are broken at blanks") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(40'000) == "40,000");
  CHECK(with_commas(1'234'567) == "1,234,567");
  CHECK(wrap("one two three", 7, 2) == "one two\n  three");
}
