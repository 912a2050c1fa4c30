#include "bench/large_table.hpp"

#include "bench/child_process.hpp"
#include "bench/statement_world.hpp"
#include <algorithm>
#include <ctime>

namespace halfwrite::bench {

namespace {

constexpr std::int64_t rows_per_transaction = 500;
constexpr std::int64_t unpublished = 300;

const std::vector<std::string> schema{
    "CREATE TABLE outbox (id BIGINT PRIMARY KEY, aggregate TEXT NOT NULL, payload JSONB NOT NULL, "
    "created_at TIMESTAMPTZ NOT NULL DEFAULT now(), published_at TIMESTAMPTZ)",
    "CREATE INDEX ON outbox (aggregate, id)",
    "CREATE INDEX ON outbox (id) WHERE published_at IS NULL",
};

struct Question {
  const char* what;
  const char* text;
  std::int64_t times;
};

constexpr Question questions[] = {
    {"select by key", "SELECT payload FROM outbox WHERE id = :id", 20'000},
    {"select by a composite index", "SELECT id FROM outbox WHERE aggregate = :aggregate", 2'000},
    {"last of an aggregate",
     "SELECT id FROM outbox WHERE aggregate = :aggregate ORDER BY id DESC LIMIT 1", 2'000},
    {"poll of 100 unpublished",
     "SELECT id, payload FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 100", 500},
    {"claim of 100 unpublished, SKIP LOCKED",
     "SELECT id, payload FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 100 FOR UPDATE "
     "SKIP LOCKED",
     200},
    {"first 20 in order of the key", "SELECT id FROM outbox ORDER BY id LIMIT 20", 2'000},
    {"update by key",
     "UPDATE outbox SET published_at = now() WHERE id = :id AND published_at IS NOT NULL", 5'000},
    {"count of all", "SELECT count(*) FROM outbox", 1},
};

double processor_microseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

sql::Parameters parameters_of(std::int64_t id) {
  sql::Parameters parameters;
  parameters.emplace("id", sql::Value::bigint(id));
  parameters.emplace("aggregate", sql::Value::text("order-" + std::to_string(id / 8)));
  parameters.emplace("payload", sql::Value::text("{\"order\": " + std::to_string(id) +
                                                 ", \"customer\": \"ada\", \"amount\": 40}"));
  return parameters;
}

// What it took, in microseconds.
double fill(StatementWorld& world, std::int64_t rows) {
  const auto published = world.read(
      "INSERT INTO outbox (id, aggregate, payload, published_at) VALUES (:id, :aggregate, "
      ":payload::jsonb, now())");
  const auto open = world.read(
      "INSERT INTO outbox (id, aggregate, payload) VALUES (:id, :aggregate, :payload::jsonb)");
  const double began = processor_microseconds();
  for (std::int64_t first = 0; first < rows; first += rows_per_transaction) {
    world.commit([&](database::Transaction& transaction) {
      for (std::int64_t id = first; id < std::min(rows, first + rows_per_transaction); ++id)
        world.run(transaction, id < rows - unpublished ? published : open, parameters_of(id));
    });
  }
  return processor_microseconds() - began;
}

double ask(StatementWorld& world, const Question& question, std::int64_t rows) {
  const auto statement = world.read(question.text);
  double took = 0;
  world.on_fiber([&] {
    const double began = processor_microseconds();
    // Far from one another, none of the unpublished ones.
    std::int64_t id = 1;
    for (std::int64_t i = 0; i < question.times; ++i) {
      database::Transaction& transaction = world.begin();
      id = (id * 7'919 + 104'729) % (rows - unpublished);
      world.run(transaction, statement, parameters_of(id));
      world.abort(transaction);
    }
    took = processor_microseconds() - began;
  });
  return took / static_cast<double>(question.times);
}

// A child tells whole numbers: thousandths of a microsecond.
std::uint64_t told(double microseconds) {
  return static_cast<std::uint64_t>(microseconds * 1e3);
}

}  // namespace

std::optional<LargeTable> measure_large_table(std::int64_t rows) {
  const auto empty =
      in_child_process([] { return told(fill(*std::make_unique<StatementWorld>(schema), 500)); });
  const auto filled = in_child_process(
      [rows] { return told(fill(*std::make_unique<StatementWorld>(schema), rows)); });
  if (!empty || !filled) return std::nullopt;
  LargeTable table;
  const auto count = static_cast<double>(rows);
  table.insert_microseconds = static_cast<double>(filled->result) / 1e3 / count;
  table.bytes_each =
      (static_cast<double>(filled->peak_bytes) - static_cast<double>(empty->peak_bytes)) / count;
  for (const Question& question : questions) {
    const auto asked = in_child_process([&question, rows] {
      StatementWorld world(schema);
      fill(world, rows);
      return told(ask(world, question, rows));
    });
    if (!asked) return std::nullopt;
    table.asked.push_back({question.what, static_cast<double>(asked->result) / 1e3});
  }
  return table;
}

}  // namespace halfwrite::bench
