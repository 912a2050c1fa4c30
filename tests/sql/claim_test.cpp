// The statements the patterns live on: claims with SKIP LOCKED, upserts, and the re-check of a row
// that changed.
#include "tests/sql/memory_database.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::sql::test {
namespace {

const std::vector<std::string> kQueueSchema{
    "CREATE TABLE jobs (id BIGSERIAL PRIMARY KEY, taken BOOLEAN NOT NULL DEFAULT false, worker "
    "TEXT, "
    "created_at TIMESTAMPTZ NOT NULL DEFAULT now())",
    "CREATE TABLE side (id INTEGER PRIMARY KEY, factor INTEGER)",
    "CREATE TABLE counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL CHECK (n >= 0))"};

std::shared_ptr<const Statement> read(const MemoryDatabase& database, const std::string& text) {
  auto statement = read_statement(text, database.databases());
  if (!statement) FAIL(statement.error().message);
  return *statement;
}

std::string ids(const Answer& answer) {
  if (answer.error) return answer.error->message;
  std::string out;
  for (const auto& row : answer.rows) {
    if (!out.empty()) out += ' ';
    out += to_text(row.front());
  }
  return out;
}

}  // namespace

TEST_CASE(
    "a claim with SKIP LOCKED tells the engine what to lock, in order, and keeps LIMIT apart") {
  MemoryDatabase database(kQueueSchema);
  database.run("INSERT INTO jobs (worker) VALUES ('c'), ('a'), ('b')");
  const auto statement =
      read(database,
           "SELECT id FROM jobs WHERE NOT taken ORDER BY worker LIMIT :n FOR UPDATE SKIP LOCKED");
  REQUIRE(statement->is_locking());
  CHECK(statement->sources[0].lock == LockStrength::update);
  CHECK(statement->sources[0].wait == LockWait::skip_locked);
  CHECK(statement->has_limit);
  const ReadView* const views[] = {&database.view};
  const Parameters parameters{{"n", Value::bigint(2)}};
  const Inputs inputs{views, &database.environment, &parameters, {}};
  const auto candidates = database.evaluator.targets(*statement, inputs);
  REQUIRE(candidates);
  REQUIRE(candidates->size() == 3);
  CHECK((*candidates)[0].sources[0].id == 2);
  CHECK(to_text((*candidates)[2].output[0]) == "1");
  CHECK(database.evaluator.limits(*statement, inputs)->limit == 2);
}

TEST_CASE("a locking sub-select of an UPDATE becomes a step that runs first") {
  MemoryDatabase database(kQueueSchema);
  database.run("INSERT INTO jobs (worker) VALUES (NULL), (NULL), (NULL)");
  const std::string claims[] = {
      "UPDATE jobs SET taken = true, worker = :worker WHERE id IN (SELECT id FROM jobs WHERE NOT "
      "taken ORDER BY id "
      "LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
      "WITH picked AS (SELECT id FROM jobs WHERE NOT taken ORDER BY id LIMIT 1 FOR UPDATE SKIP "
      "LOCKED) UPDATE jobs SET "
      "taken = true, worker = :worker FROM picked WHERE jobs.id = picked.id RETURNING jobs.id",
      "DELETE FROM jobs WHERE id = (SELECT id FROM jobs WHERE NOT taken ORDER BY id LIMIT 1 FOR "
      "UPDATE SKIP LOCKED) "
      "RETURNING id"};
  std::string claimed;
  for (const auto& claim : claims) {
    const auto statement = read(database, claim);
    REQUIRE(statement->lock_steps.size() == 1);
    CHECK(statement->lock_steps[0]->has_limit);
    claimed += ids(database.run(*statement, {{"worker", Value::text("w")}}));
  }
  CHECK(claimed == "123");
}

TEST_CASE("rows can be moved by one statement with a changing WITH query") {
  MemoryDatabase database(kQueueSchema);
  database.run("INSERT INTO counters VALUES ('a', 1), ('b', 2)");
  const auto answer = database.run(
      "WITH gone AS (DELETE FROM counters WHERE n > 1 RETURNING name, n) INSERT INTO side SELECT "
      "n, 7 FROM gone "
      "RETURNING id");
  CHECK(ids(answer) == "2");
}

TEST_CASE("the re-check sees the newest version of one row and everything else as it was") {
  MemoryDatabase database(kQueueSchema);
  database.run("INSERT INTO jobs (worker) VALUES ('w')");
  database.run("INSERT INTO side VALUES (1, 10)");
  const auto statement = read(
      database,
      "UPDATE jobs SET worker = worker || (SELECT factor FROM side WHERE id = jobs.id) WHERE NOT "
      "taken AND EXISTS (SELECT 1 FROM jobs j WHERE NOT j.taken)");
  const ReadView* const views[] = {&database.view};
  const Parameters parameters;
  const Inputs inputs{views, &database.environment, &parameters, {}};
  const auto candidates = database.evaluator.targets(*statement, inputs);
  REQUIRE(candidates);
  REQUIRE(candidates->size() == 1);
  const auto& candidate = candidates->front();
  Row newest = database.view.tables[0].begin()->second;
  newest[2] = Value::text("x");
  const NewerVersion newer[] = {{0, &newest}};
  auto again = database.evaluator.recheck(*statement, candidate, newer, inputs);
  REQUIRE(again);
  REQUIRE(again->has_value());
  CHECK(to_text((*again)->output[2]) == "x10");
  newest[1] = Value::boolean(true);
  again = database.evaluator.recheck(*statement, candidate, newer, inputs);
  REQUIRE(again);
  CHECK_FALSE(again->has_value());
}

TEST_CASE("the re-check of a join keeps the other row of the candidate") {
  MemoryDatabase database(kQueueSchema);
  database.run("INSERT INTO jobs (worker) VALUES ('w')");
  database.run("INSERT INTO side VALUES (1, 10)");
  const auto statement =
      read(database, "UPDATE jobs SET worker = worker || factor FROM side WHERE side.id = jobs.id");
  const ReadView* const views[] = {&database.view};
  const Parameters parameters;
  const Inputs inputs{views, &database.environment, &parameters, {}};
  const auto candidates = database.evaluator.targets(*statement, inputs);
  REQUIRE(candidates);
  Row newest = database.view.tables[0].begin()->second;
  newest[2] = Value::text("new");
  const NewerVersion newer[] = {{0, &newest}};
  const auto again = database.evaluator.recheck(*statement, candidates->front(), newer, inputs);
  REQUIRE(again);
  CHECK(to_text((*again)->output[2]) == "new10");
}

TEST_CASE("an upsert computes its new row from the existing and the proposed one") {
  MemoryDatabase database(kQueueSchema);
  const std::string upsert =
      "INSERT INTO counters AS c VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET n = c.n + "
      "excluded.n RETURNING n";
  const Parameters parameters{{"name", Value::text("a")}};
  CHECK(ids(database.run(upsert, parameters)) == "1");
  CHECK(ids(database.run(upsert, parameters)) == "2");
  CHECK(ids(database.run("UPDATE counters SET n = n - 3")) ==
        "new row for relation \"counters\" violates check constraint \"counters_n_check\"");
}

TEST_CASE("equality and ranges on keys are looked up, everything else is scanned") {
  MemoryDatabase database(kQueueSchema);
  database.run("INSERT INTO jobs (worker) VALUES ('a'), ('b'), ('c')");
  database.view.scans = 0;
  database.view.searches.clear();
  CHECK(ids(database.run("SELECT id FROM jobs WHERE id = :id", {{"id", Value::text("2")}})) == "2");
  CHECK(ids(database.run("SELECT id FROM jobs WHERE id > 1 ORDER BY id LIMIT 5")) == "2 3");
  CHECK(ids(database.run("SELECT id FROM jobs WHERE id IN (1, 3) ORDER BY id")) == "1 3");
  CHECK(database.view.scans == 0);
  REQUIRE(database.view.searches.size() == 4);
  CHECK(database.view.searches[0].equal.size() == 1);
  CHECK(database.view.searches[1].lower.has_value());
  CHECK(ids(database.run("SELECT id FROM jobs WHERE worker = 'b'")) == "2");
  CHECK(database.view.scans == 1);
}

TEST_CASE("an index that gives the order, or holds the part that is asked for, is read for it") {
  MemoryDatabase database(
      {"CREATE TABLE outbox (id BIGSERIAL PRIMARY KEY, topic TEXT NOT NULL, sent BOOLEAN, at INT)",
       "CREATE INDEX ON outbox (id) WHERE NOT sent", "CREATE INDEX ON outbox (topic, id)",
       "CREATE INDEX ON outbox (lower(topic)) WHERE at IS NOT NULL",
       "CREATE INDEX ON outbox (at)"});
  database.run(
      "INSERT INTO outbox (topic, sent, at) VALUES ('A', true, 1), ('B', false, NULL), ('A', "
      "false, "
      "3), ('a', NULL, 2)");
  const struct {
    const char* text;
    const char* ids;
    KeyId key;
    bool descending;
  } cases[] = {
      {"SELECT id FROM outbox WHERE NOT sent ORDER BY id LIMIT 1", "2", 1, false},
      {"SELECT id FROM outbox WHERE NOT sent AND topic > '' ORDER BY id DESC", "3 2", 1, true},
      {"SELECT id FROM outbox ORDER BY id DESC LIMIT 2", "4 3", 0, true},
      {"SELECT id FROM outbox WHERE topic = 'A' ORDER BY id DESC LIMIT 1", "3", 2, true},
      {"SELECT id FROM outbox ORDER BY topic, id LIMIT 3", "1 3 2", 2, false},
      {"SELECT id FROM outbox WHERE lower(topic) = 'a' AND at > 1", "3 4", 3, false},
      {"SELECT id FROM outbox WHERE at < 3 ORDER BY at", "1 4", 4, false},
      {"UPDATE outbox SET at = 9 WHERE NOT sent AND id > 2 RETURNING id", "3", 1, false},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    database.view.scans = 0;
    database.view.searches.clear();
    CHECK(ids(database.run(each.text)) == each.ids);
    CHECK(database.view.scans == 0);
    REQUIRE(database.view.searches.size() == 1);
    CHECK(database.view.searches[0].key == each.key);
    CHECK(database.view.searches[0].descending == each.descending);
  }
  // NULLs have their place in the order, a part that is wider than the index none in it.
  CHECK(ids(database.run("SELECT id FROM outbox ORDER BY at")) == "1 4 3 2");
  CHECK(ids(database.run("SELECT id FROM outbox WHERE sent IS NOT TRUE ORDER BY id")) == "2 3 4");
  CHECK(database.view.scans == 1);
}

TEST_CASE("two evaluators give equal results, also one that has served other catalogs") {
  MemoryDatabase first(kQueueSchema);
  MemoryDatabase second(kQueueSchema);
  MemoryDatabase other({"CREATE TABLE jobs (id TEXT PRIMARY KEY, n NUMERIC(8,2))"});
  other.run("INSERT INTO jobs VALUES ('z', 1.5)");
  for (auto* database : {&first, &second})
    database->run("INSERT INTO jobs (worker) VALUES ('a'), ('b')");
  const auto statement =
      read(first, "SELECT worker, count(*) FROM jobs GROUP BY worker ORDER BY worker DESC");
  const ReadView* const views[] = {&second.view};
  const Parameters parameters;
  const Inputs inputs{views, &second.environment, &parameters, {}};
  const auto expected = first.run(*statement, parameters);
  const auto reused = other.evaluator.select(*statement, inputs);
  REQUIRE(reused);
  CHECK(reused->rows == expected.rows);
}

}  // namespace halfwrite::sql::test
