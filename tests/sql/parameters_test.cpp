// Parameters: made of many values at once, and those of them that a statement names.
#include "models/database/sql/evaluator.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace halfwrite::sql::test {
namespace {

std::string shown(const Parameters& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters)
    out += name + "=" + (value.is_null() ? "NULL" : to_text(value)) + " ";
  return out;
}

}  // namespace

TEST_CASE("names are in the order of their bytes") {
  const std::vector<std::string> names{"",       "a",         "aaaa",     "aaaaa",  "aaab",
                                       "amount", "outbox_id", "outbox_k", "r\xc3z", "r\x7fz"};
  for (const std::string& left : names)
    for (const std::string& right : names) {
      CAPTURE(left, right);
      CHECK(NameOrder()(left, right) == (left < right));
    }
}

TEST_CASE("of two values with one name the first stays, unless others replace it") {
  const Parameters values{{"order", Value::text("order-1")},
                          {"amount", Value::bigint(7)},
                          {"order", Value::text("order-2")},
                          {"version", Value::bigint(1)}};
  CHECK(shown(values) == "amount=7 order=order-1 version=1 ");
  const Parameters more(values,
                        {{"version", Value::bigint(2)}, {"a", Value()}, {"now", Value::text("n")}});
  CHECK(shown(more) == "a=NULL amount=7 now=n order=order-1 version=2 ");
  CHECK(shown(Parameters(Parameters(), {{"b", Value()}, {"a", Value()}})) == "a=NULL b=NULL ");
}

TEST_CASE("a statement is given what it names and nothing more") {
  const auto statement = read_expression(":order || :missing || :amount", {});
  REQUIRE(statement);
  const Parameters values{{"amount", Value::bigint(7)},
                          {"customer", Value::text("ada")},
                          {"order", Value::text("order-1")}};
  CHECK(shown(named_by(**statement, values, Missing::left_out)) == "amount=7 order=order-1 ");
  const std::string complete = "amount=7 missing=NULL order=order-1 ";
  const Parameters named = named_by(**statement, values, Missing::null);
  CHECK(shown(named) == complete);
  CHECK(shown(named_by(**statement, Parameters(named), Missing::left_out)) == complete);
  CHECK(shown(named_by(**statement, Parameters(values), Missing::null)) == complete);
}

}  // namespace halfwrite::sql::test
