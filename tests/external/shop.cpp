#include "tests/external/shop.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::tests {

std::string CardShop::text() const {
  return R"json({
  "format": 1, "name": "shop", "seeds": 1,
  "databases": { "payment_db": { "schema": ["CREATE TABLE payments (order_id TEXT, state TEXT)"] } },
  "externals": { "card_network": { )json" +
         network + R"json( } },
  "services": { "payment": { "database": "payment_db", "operations": {
    "charge": { "steps": [)json" +
         steps +
         R"json(, { "name": "insert", "sql": "INSERT INTO payments VALUES (:order, 'CHARGED')" }] },
    "charged": { "steps": [{ "name": "insert", "sql": "INSERT INTO payments VALUES (:order, :result)" }] }
  } } },
  "workload": { "orders": { "run": "payment.charge", )json" +
         load + R"json(,
    "arguments": { "order": { "sequence": "order-" }, "amount": { "sql": "length(:order) * 10" } } } },
  "plan": [)json" +
         plan + R"json(]
})json";
}

scenarios::RunOutcome CardShop::run() const {
  const auto file = load_scenario_text("shop", text());
  scenarios::Runner runner;
  scenarios::RunRequest request;
  request.scenario = &file.variants.front().scenario;
  request.seed = seed;
  request.keep_history = true;
  auto outcome = runner.run(request);
  // What landed replays, whatever the system outside did.
  scenarios::RunRequest again = request;
  again.plan = outcome.landed_plan;
  CHECK(runner.run(again).trace_hash == outcome.trace_hash);
  return outcome;
}

std::vector<std::string> ledger_of(const scenarios::RunOutcome& outcome) {
  std::vector<std::string> entries;
  for (const history::Fact& fact : outcome.history->facts) {
    const auto* effect = std::get_if<history::ExternalEffect>(&fact.content);
    if (effect == nullptr) continue;
    std::string order;
    for (const history::Argument& argument : effect->arguments) {
      if (argument.name == "order") order = argument.value;
    }
    CHECK(effect->effect == (effect->answer == "applied"));
    entries.push_back(std::string(outcome.history->names().text(effect->operation)) + " " + order +
                      ": " + effect->answer);
  }
  return entries;
}

std::vector<std::string> answers_of(const scenarios::RunOutcome& outcome) {
  std::vector<std::string> answers;
  for (const history::Fact& fact : outcome.history->facts) {
    const auto* answered = std::get_if<history::RequestAnswered>(&fact.content);
    if (answered == nullptr) continue;
    answers.push_back(sim::to_text(outcome.history->names(), answered->request) + " " +
                      history::to_text(answered->answer) +
                      (answered->reason.empty() ? "" : ": " + answered->reason));
  }
  return answers;
}

std::size_t commits_of(const scenarios::RunOutcome& outcome, const std::string& operation) {
  std::size_t commits = 0;
  for (const history::Fact& fact : outcome.history->facts) {
    const auto* logged = std::get_if<history::CommitLogged>(&fact.content);
    if (logged != nullptr && outcome.history->names().text(logged->operation) == operation)
      ++commits;
  }
  return commits;
}

}  // namespace halfwrite::tests
