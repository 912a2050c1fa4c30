#include "reports/relation.hpp"
#include "reports/slowest.hpp"
#include "reports/story_lines.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;
using reports::StoryLine;
using reports::Weight;

namespace {

// "edk": of another consumer, a detail, a link; "F" is decisive. What stays of it, with a number
// for each stretch that does not.
std::string shortened(const std::string& letters, std::size_t most) {
  std::vector<StoryLine> lines;
  for (const char letter : letters) {
    const Weight weight = letter == 'e'   ? Weight::elsewhere
                          : letter == 'd' ? Weight::detail
                          : letter == 'k' ? Weight::link
                                          : Weight::decisive;
    lines.push_back({std::string(1, letter), weight});
  }
  std::string text;
  for (const std::string& line : reports::shortened(lines, most, "", {})) {
    const std::size_t at = line.find_first_of("0123456789");
    text += at == std::string::npos ? line : line.substr(at, line.find(' ', at) - at);
  }
  return text;
}

class Run {
 public:
  template <typename Content>
  void add(std::int64_t milliseconds, const Content& content) {
    history::Fact fact;
    fact.at = sim::Instant{} + sim::Duration::milliseconds(milliseconds);
    fact.number = facts.size() + 1;
    fact.content = content;
    facts.push_back(fact);
  }
  void ask(std::uint64_t number, std::int64_t from, std::int64_t to) {
    history::RequestInvoked invoked;
    invoked.request.source = names.of("orders");
    invoked.request.number = number;
    invoked.run = names.of("order.place");
    add(from, invoked);
    history::RequestAnswered answered;
    answered.request = invoked.request;
    answered.answer = history::Answer::ok;
    add(to, answered);
  }

  sim::Names names;
  std::vector<history::Fact> facts;
};

}  // namespace

TEST_CASE("a long story leaves out other consumers first, then details, and no fault") {
  CHECK(shortened("ddFkk", 5) == "ddFkk");
  CHECK(shortened("ddddeeeeFkk", 8) == "dddd4Fkk");
  CHECK(shortened("kdddddFk", 6) == "kd3dFk");
  CHECK(shortened("FFFFdFFFF", 3) == "FFFFdFFFF");
  CHECK(shortened("kkkkdddFFFF", 5) == "7FFFF");
}

TEST_CASE("the first gap of a story says how to see all of it") {
  const std::vector<StoryLine> lines{{"a", Weight::detail},   {"b", Weight::detail},
                                     {"F", Weight::decisive}, {"c", Weight::detail},
                                     {"d", Weight::detail},   {"F", Weight::decisive}};
  const auto texts = reports::shortened(lines, 4, "--event r-1 shows all", {});
  REQUIRE(texts.size() == 4);
  CHECK(texts[0] == "             | and 2 more lines about it (--event r-1 shows all)");
  CHECK(texts[2] == "             | and 2 more lines about it");
}

TEST_CASE("a statement that names the event belongs to it, whoever executed it") {
  Run run;
  invariants::Violation violation;
  violation.event_id = "orders-7-1";
  history::StatementExecuted statement;
  statement.text = "UPDATE outbox SET sent = true WHERE event_id = 'orders-7-1'";
  run.add(1, statement);
  statement.text = "UPDATE outbox SET sent = true WHERE event_id = 'orders-7-12'";
  run.add(2, statement);
  const reports::Relation relation(run.facts, violation, run.names);
  CHECK(relation.holds(run.facts[0]));
  CHECK_FALSE(relation.holds(run.facts[1]));
}

TEST_CASE("to a row of an author's query belong the requests with its values, whole values only") {
  Run run;
  const auto ask = [&run](std::uint64_t number, const std::string& arguments) {
    history::RequestInvoked invoked;
    invoked.request.source = run.names.of("orders");
    invoked.request.number = number;
    invoked.arguments = arguments;
    run.add(1, invoked);
  };
  ask(1, "order: order-1, customer: ada");
  ask(2, "order: order-11, customer: ada");
  ask(3, "order: order-3");
  ask(4, "customer: order-1");
  invariants::Violation violation;
  const auto held = [&] {
    const reports::Relation relation(run.facts, violation, run.names);
    std::string numbers;
    for (const auto& fact : run.facts)
      if (relation.holds(fact)) numbers += std::to_string(fact.number);
    return numbers;
  };
  violation.subject = "order-1";
  CHECK(held() == "14");
  violation.subject = "1";
  CHECK(held().empty());
  violation.subject = "order-11";
  violation.other_subjects = {"order-3"};
  CHECK(held() == "23");
}

TEST_CASE("a row that no request names belongs to those whose statements wrote its text") {
  Run run;
  run.ask(1, 0, 20);
  run.ask(2, 0, 20);
  history::StatementExecuted executed;
  executed.intent = std::get<history::RequestInvoked>(run.facts[2].content).request;
  executed.text = "INSERT INTO claims (job) VALUES ('job-1')";
  run.add(10, executed);
  invariants::Violation violation;
  violation.subject = "job-1";
  const reports::Relation relation(run.facts, violation, run.names);
  std::string held;
  for (const auto& fact : run.facts)
    if (relation.holds(fact)) held += std::to_string(fact.number);
  CHECK(held == "345");
  violation.subject = "job";
  CHECK_FALSE(reports::Relation(run.facts, violation, run.names).holds(run.facts[4]));
}

TEST_CASE("work of a consumer that the violation is not about weighs least") {
  Run run;
  invariants::Violation violation;
  violation.event_id = "e1";
  violation.consumer = "mail";
  for (const char* const consumer : {"mail", "bill"}) {
    history::Applied applied;
    applied.event_id = "e1";
    applied.consumer = run.names.of(consumer);
    applied.transaction.value = run.facts.size() + 1;
    run.add(1, applied);
    history::CommitLogged logged;
    logged.transaction = applied.transaction;
    logged.rows_changed = 1;
    run.add(2, logged);
  }
  const reports::Relation relation(run.facts, violation, run.names);
  CHECK(relation.weight(run.facts[1]) == Weight::decisive);
  CHECK(relation.weight(run.facts[2]) == Weight::elsewhere);
  CHECK(relation.weight(run.facts[3]) == Weight::elsewhere);
}

TEST_CASE("behind a latency stands the slowest request, and behind a share nobody") {
  Run run;
  run.ask(1, 0, 20);
  run.ask(2, 30, 90);
  run.ask(3, 100, 110);
  const auto slowest = reports::slowest_of(run.facts, "latency_p99", "order", run.names);
  REQUIRE(slowest);
  CHECK(slowest->whose.intent.number == 2);
  CHECK(slowest->sentence == "the slowest: order.place as orders#2, after 60 ms");
  CHECK_FALSE(reports::slowest_of(run.facts, "latency_p99", "shipping", run.names));
  CHECK_FALSE(reports::slowest_of(run.facts, "publish_delay_p99", "", run.names));
  CHECK_FALSE(reports::slowest_of(run.facts, "requests_ok", "", run.names));
}
