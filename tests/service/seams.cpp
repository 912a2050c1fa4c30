// The seams to the publishing room: the moments a publisher is called at, and the hooks of
// subscriptions.
#include "models/database/client.hpp"
#include "tests/service/shop.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;
using namespace halfwrite::service;
using namespace halfwrite::test;
using Texts = std::vector<std::string>;

namespace {

// Writes down what it is told, and fails where it is asked to.
class Diary : public EventPublisher {
 public:
  Diary(Texts& lines, std::string fails_at) : lines_(lines), fails_at_(std::move(fails_at)) {}
  sim::Expected<sim::Done, StepFailure> before_transaction(OperationRun& run) override {
    std::string ids;
    for (const EmittedEvent& event : run.planned_emits()) ids += " " + event.event_id;
    return note("before_transaction" + ids, run.in_transaction());
  }
  sim::Expected<sim::Done, StepFailure> on_emit(OperationRun& run,
                                                const EmittedEvent& event) override {
    return note("on_emit " + event.event_id + " " + event.key, run.in_transaction());
  }
  sim::Expected<sim::Done, StepFailure> before_commit(OperationRun& run) override {
    return note("before_commit", run.in_transaction());
  }
  sim::Expected<sim::Done, StepFailure> after_commit(OperationRun& run) override {
    return note("after_commit " + std::to_string(run.emitted().size()), run.in_transaction());
  }

 private:
  sim::Expected<sim::Done, StepFailure> note(const std::string& line, bool inside) {
    lines_.push_back(line + (inside ? " inside" : " outside"));
    if (line.substr(0, line.find(' ')) != fails_at_) return sim::Done{};
    return sim::Unexpected(StepFailure::error("broker", "not today"));
  }
  Texts& lines_;
  std::string fails_at_;
};

void announce(Shop& shop, Texts& lines, const std::string& fails_at = "") {
  shop.event("OrderCreated", "order", {"order"});
  EmitStep emit;
  emit.event = "OrderCreated";
  EmitStep late;
  late.event = "OrderCreated";
  late.payload = NamedValues{{"order", variable("left")}};
  shop.operation(
      "place",
      {step("first", emit), shop.sql_step("insert", "INSERT INTO orders VALUES (:order, '', 1)"),
       shop.sql_step("read", "SELECT quantity FROM stock", {"left"}), step("second", late)});
  shop.load("orders", "order.place").arguments = {{"order", Sequence{"order-"}}};
  shop.publisher = [&lines, fails_at](Instance&, Publishing) {
    return std::make_unique<Diary>(lines, fails_at);
  };
}

class Repeats : public OperationHooks {
 public:
  explicit Repeats(Instance& instance)
      : statement_(instance.settings().operations.at("note").steps.front()) {}
  sim::Expected<Next, StepFailure> before_steps(OperationRun& run) override {
    const auto& insert = std::get<SqlStep>(statement_.verb);
    const auto result = run.execute(insert.statement, run.variables(),
                                    sim::Place{run.instance().name_of("deduplicate")});
    if (!result) return sim::Unexpected(result.error());
    return result->row_count == 0 ? Next::skip : Next::proceed;
  }
  void transaction_begun(OperationRun&, history::TransactionToken) override { ++begun; }
  int begun = 0;

 private:
  const Step& statement_;
};

}  // namespace

TEST_CASE("a publisher is called before BEGIN, at each emit, before and after COMMIT") {
  Shop shop;
  Texts lines;
  announce(shop, lines);
  shop.run();
  // The second emit needs a variable that only a step sets, so it cannot be planned.
  CHECK(lines == Texts{"before_transaction orders-1-1 outside", "on_emit orders-1-1 order-1 inside",
                       "on_emit orders-1-2 3 inside", "before_commit inside",
                       "after_commit 2 outside"});
  CHECK(shop.answers() == Texts{"ok"});
}

TEST_CASE("a publisher that fails before the commit leaves nothing, after it the caller unsure") {
  struct Row {
    const char* fails_at;
    std::size_t rows;
    const char* answer;
  };
  const Row rows[] = {{"before_transaction", 0, "fail: not today"},
                      {"on_emit", 0, "fail: not today"},
                      {"before_commit", 0, "fail: not today"},
                      {"after_commit", 1, "unknown: not today"}};
  for (const Row& row : rows) {
    CAPTURE(row.fails_at);
    Shop shop;
    Texts lines;
    announce(shop, lines, row.fails_at);
    shop.run();
    CHECK(shop.rows("orders").size() == row.rows);
    CHECK(shop.answers() == Texts{row.answer});
  }
}

TEST_CASE("an operation that cannot emit bothers no publisher") {
  Shop shop;
  Texts lines;
  announce(shop, lines);
  shop.operation("place", {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, '', 1)")});
  shop.run();
  CHECK(lines.empty());
  CHECK(shop.rows("orders").size() == 1);
}

TEST_CASE("the emits of later attempts have ids of their own") {
  Shop shop;
  Texts lines;
  announce(shop, lines, "after_commit");
  Load& load = shop.load("again", "order.place");
  load.arguments = {{"order", Sequence{"again-"}}};
  load.count = 1;
  shop.settings.operations["place"].retry = Retry();
  shop.settings.operations["place"].retry->attempts = 2;
  shop.settings.operations["place"].retry->errors = {"broker"};
  shop.run();
  Texts ids;
  for (const auto& emitted : shop.facts().all<history::Emitted>()) ids.push_back(emitted.event_id);
  // The second attempt fails at its insert: the first one committed.
  std::sort(ids.begin(), ids.end());
  CHECK(ids == Texts{"again-1-1", "again-1-1-a2", "again-1-2", "orders-1-1", "orders-1-1-a2",
                     "orders-1-2"});
}

TEST_CASE("hooks run in the transaction of the operation and may skip its steps") {
  Shop shop;
  shop.operation("note", {shop.sql_step("insert",
                                        "INSERT INTO orders VALUES (:id, '', 0) ON "
                                        "CONFLICT DO NOTHING")});
  shop.operation("take", {shop.sql_step("update", "UPDATE stock SET quantity = quantity - 1")});
  std::vector<Outcome::Kind> kinds;
  int begun = 0;
  shop.companions.push_back([&](Instance& instance) {
    sim::Scope scope;
    scope.operation = instance.name_of("order.take");
    scope.identity.source = instance.name_of("event-1");
    instance.spawn(scope, [&](Instance& self) {
      for (int delivery = 0; delivery < 3; ++delivery) {
        Repeats hooks(self);
        sql::Parameters inputs{{"id", sql::Value::text("event-1")}};
        kinds.push_back(self.run(self.operation("take"), inputs, &hooks).kind);
        begun += hooks.begun;
      }
    });
  });
  const sim::RunEnd end = shop.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  using Kind = Outcome::Kind;
  CHECK(kinds == std::vector<Kind>{Kind::done, Kind::skipped, Kind::skipped});
  CHECK(begun == 3);
  CHECK(shop.rows("stock") == Texts{"book,2"});
  CHECK(shop.facts().all<history::CommitLogged>().size() == 1);
}
