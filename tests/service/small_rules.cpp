#include "models/service/payload.hpp"
#include "models/service/refusal.hpp"
#include "models/service/retry.hpp"
#include "models/service/runtime.hpp"
#include "models/service/values.hpp"
#include "sim/name.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>

using namespace halfwrite;
using namespace halfwrite::service;

namespace {

sim::Duration milliseconds(std::int64_t count) {
  return sim::Duration::milliseconds(count);
}

}  // namespace

TEST_CASE("the delay before an attempt grows by the multiplier up to the greatest delay") {
  struct Row {
    std::int64_t delay;
    std::uint64_t numerator;
    std::uint64_t denominator;
    std::int64_t max_delay;  // 0: none
    std::uint32_t next_attempt;
    std::int64_t expected;
  };
  const Row rows[] = {
      // delay, multiplier, max, attempt -> delay in ms
      {100, 1, 1, 0, 2, 100},                               //
      {100, 1, 1, 0, 9, 100},                               //
      {100, 2, 1, 0, 2, 100},                               //
      {100, 2, 1, 0, 3, 200},                               //
      {100, 2, 1, 0, 6, 1600},                              //
      {100, 2, 1, 500, 4, 400},                             //
      {100, 2, 1, 500, 5, 500},                             //
      {100, 2, 1, 500, 50, 500}, {900, 2, 1, 500, 2, 500},  // the first delay is capped too
      {100, 3, 2, 0, 4, 225},                               // 100, 150, 225
      {0, 2, 1, 0, 7, 0},                                   //
      {100, 0, 1, 0, 3, 0},                                 // only the second attempt waits
      {100, 0, 1, 0, 2, 100},                               //
  };
  for (const Row& row : rows) {
    Retry retry;
    retry.delay = milliseconds(row.delay);
    retry.multiplier = {row.numerator, row.denominator};
    if (row.max_delay != 0) retry.max_delay = milliseconds(row.max_delay);
    CAPTURE(row.delay, row.numerator, row.denominator, row.next_attempt);
    CHECK(delay_before(retry, row.next_attempt) == milliseconds(row.expected));
  }
}

TEST_CASE("a delay without a greatest one stays finite over any number of attempts") {
  Retry retry;
  retry.multiplier = {10, 1};
  CHECK(delay_before(retry, 4'000'000'000u) == sim::Duration::for_ever());
  retry.multiplier = {1, 3};
  CHECK(delay_before(retry, 4'000'000'000u).is_zero());
}

TEST_CASE("retry covers errors and unknown outcomes unless it names what it covers") {
  const StepFailure business = StepFailure::business("sold_out");
  const StepFailure error = StepFailure::error("40001", "");
  const StepFailure unknown{StepFailure::Kind::unknown, "unknown", ""};
  const StepFailure late{StepFailure::Kind::unknown, "timeout", ""};
  Retry any;
  CHECK_FALSE(covers(any, business));
  CHECK(covers(any, error));
  CHECK(covers(any, unknown));
  Retry named;
  named.errors = {"40001", "sold_out"};
  CHECK(covers(named, business));
  CHECK(covers(named, error));
  CHECK_FALSE(covers(named, unknown));
  named.errors = {"unknown"};
  CHECK(covers(named, late));
  named.errors = {"timeout"};
  CHECK(covers(named, late));
  CHECK_FALSE(covers(named, unknown));
}

TEST_CASE("attempts are counted in all and may be unlimited") {
  const StepFailure error = StepFailure::error("40001", "");
  Retry retry;
  CHECK(tries_again(retry, error, 1));
  CHECK(tries_again(retry, error, 2));
  CHECK_FALSE(tries_again(retry, error, 3));
  retry.attempts.reset();
  CHECK(tries_again(retry, error, 1'000'000));
}

TEST_CASE("a payload is canonical JSON text in the order of its fields") {
  using sql::TypeKind;
  using sql::Value;
  CHECK(payload_of({}) == "{}");
  CHECK(payload_of({{"order", Value::text("order-9")}, {"amount", Value::bigint(212)}}) ==
        R"({"order":"order-9","amount":212})");
  CHECK(payload_of({{"z", Value::boolean(true)}, {"a", Value()}}) == R"({"z":true,"a":null})");
  CHECK(payload_of({{"price", Value::of(TypeKind::numeric, std::string("12.50"))}}) ==
        R"({"price":12.50})");
  CHECK(payload_of({{"odd", Value::of(TypeKind::numeric, std::string("NaN"))}}) ==
        R"({"odd":"NaN"})");
  CHECK(payload_of({{"lines", Value::of(TypeKind::jsonb, std::string("[1, 2]"))}}) ==
        R"({"lines":[1, 2]})");
  CHECK(payload_of({{"text", Value::text("a \"b\" \\ \n\t\x01")}}) ==
        R"({"text":"a \"b\" \\ \n\t\u0001"})");
  CHECK(payload_of({{"at", Value::timestamptz(0)}}) == R"({"at":"1970-01-01 00:00:00+00"})");
}

TEST_CASE("a payload read back has the fields it was written from") {
  using sql::Value;
  const Fields fields{{"order", Value::text("order-9 \"x\"")},
                      {"amount", Value::bigint(-212)},
                      {"paid", Value::boolean(false)},
                      {"note", Value()}};
  const std::optional<Fields> read = fields_of(payload_of(fields));
  REQUIRE(read.has_value());
  CHECK(*read == fields);
  CHECK(variables_of_payload(payload_of(fields)).at("amount") == Value::bigint(-212));
  CHECK_FALSE(fields_of("[1]").has_value());
  CHECK_FALSE(fields_of("order-9").has_value());
  CHECK(variables_of_payload("").empty());
}

TEST_CASE("durations in variables are read with their unit") {
  const char* table =
      "10ms 10000000\n"
      "1.5s 1500000000\n"
      "0.5m 30000000000\n"
      "2h 7200000000000\n"
      "1d 86400000000000\n"
      "7us 7000\n"
      "3ns 3\n"
      "1.9ns 1\n"
      "0ms 0\n";
  std::istringstream rows(table);
  std::string text;
  std::int64_t nanoseconds = 0;
  while (rows >> text >> nanoseconds) {
    CAPTURE(text);
    const auto duration = duration_of(text);
    REQUIRE(duration.has_value());
    CHECK(duration->in_nanoseconds() == nanoseconds);
  }
  for (const char* wrong : {"", "10", "ms", "10 ms", "-1s", "1..5s", "1w", "99999999999999999d"}) {
    CAPTURE(wrong);
    CHECK_FALSE(duration_of(wrong).has_value());
  }
}

TEST_CASE("event ids tell request, attempt and repetition, and never repeat") {
  sim::Names names;
  EventIds ids;
  sim::Scope scope;
  scope.operation = names.of("order.place");
  scope.identity = {names.of("orders"), 17};
  CHECK(ids.make(names, scope, 1) == "orders-17-1");
  CHECK(ids.make(names, scope, 2) == "orders-17-2");
  scope.attempt = 2;
  CHECK(ids.make(names, scope, 1) == "orders-17-1-a2");
  CHECK(ids.make(names, scope, 1) == "orders-17-1-a2-2");
  CHECK(ids.make(names, scope, 1, "send") == "orders-17-send-1-a2");

  sim::Scope handler;
  handler.operation = names.of("billing.bill");
  handler.identity = {names.of("orders-17-1"), 0};
  CHECK(ids.make(names, handler, 1) == "orders-17-1-billing.bill-1");
  CHECK(ids.make(names, handler, 1) == "orders-17-1-billing.bill-1-2");
  handler.operation = names.of("shipping.prepare");
  CHECK(ids.make(names, handler, 1) == "orders-17-1-shipping.prepare-1");
}

TEST_CASE("what a program may say and no service runs is refused with a sentence") {
  Operation operation;
  operation.name = "place";
  auto nested = std::make_shared<Steps>();
  Step own;
  own.name = "inner";
  own.verb = TransactionStep{nested, {}};
  operation.steps.push_back(own);
  operation.transaction = true;
  CHECK(refusal_of(operation).find("step inner") == 0);
  operation.transaction = false;
  CHECK(refusal_of(operation).empty());
  PublishStep publish;
  publish.message_id = sql::Value::text("x");
  Step send;
  send.name = "send";
  send.verb = publish;
  nested->push_back(send);
  CHECK(refusal_of(operation).find("message_id") != std::string::npos);
}

TEST_CASE("the caller is told fail only where nothing can be left behind") {
  Outcome outcome;
  CHECK(outcome.answer() == history::Answer::ok);
  outcome.kind = Outcome::Kind::skipped;
  CHECK(outcome.answer() == history::Answer::ok);
  outcome.kind = Outcome::Kind::error;
  CHECK(outcome.answer() == history::Answer::fail);
  outcome.left_effects = true;
  CHECK(outcome.answer() == history::Answer::unknown);
  outcome.kind = Outcome::Kind::business_failure;
  CHECK(outcome.answer() == history::Answer::fail);
  outcome.kind = Outcome::Kind::unknown;
  CHECK(outcome.answer() == history::Answer::unknown);
}
