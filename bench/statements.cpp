#include "bench/statements.hpp"

#include <benchmark/benchmark.h>

#include "bench/statement_world.hpp"
#include <cstdint>
#include <string>
#include <vector>

namespace halfwrite::bench {

namespace {

using database::StatementReference;
using database::Transaction;

constexpr std::int64_t stored_rows = 1000;
constexpr std::int64_t statements_per_transaction = 500;

const std::vector<std::string> schema{
    "CREATE TABLE orders (id TEXT PRIMARY KEY, customer TEXT NOT NULL, amount INTEGER NOT NULL "
    "CHECK (amount <= 450), status TEXT NOT NULL)",
    "CREATE TABLE inbox (consumer TEXT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (consumer, "
    "event))",
};

struct Kind {
  const char* name;
  const char* text;
  std::int64_t first_number;  // of the orders it names; those up to `stored_rows` are there
  std::int64_t numbers;       // how many of them in turn
};

// What the strategies and the leading scenario do all day.
constexpr Kind kinds[] = {
    {"select by key", "SELECT customer, amount FROM orders WHERE id = :order", 0, stored_rows},
    {"checked insert", "INSERT INTO orders VALUES (:order, 'ada', :amount, 'PENDING')", stored_rows,
     statements_per_transaction},
    {"guarded update by key",
     "UPDATE orders SET status = 'PAID' WHERE id = :order AND status = 'PENDING'", 0,
     statements_per_transaction},
    {"delete by key", "DELETE FROM orders WHERE id = :order", 0, statements_per_transaction},
    {"insert, new for the inbox",
     "INSERT INTO inbox VALUES ('shipping', :order) ON CONFLICT DO NOTHING", 0,
     statements_per_transaction},
    {"first 20 in order of the key", "SELECT id FROM orders ORDER BY id LIMIT 20", 0, stored_rows},
};

sql::Parameters parameters_of(std::int64_t number) {
  sql::Parameters parameters;
  parameters.emplace("order", sql::Value::text("order-" + std::to_string(number)));
  parameters.emplace("amount", sql::Value::of(sql::TypeKind::integer, number % 400 + 1));
  return parameters;
}

void measure(benchmark::State& state, const Kind& kind) {
  StatementWorld world(schema);
  const StatementReference statement = world.read(kind.text);
  std::vector<sql::Parameters> parameters;
  for (std::int64_t i = 0; i < kind.numbers; ++i) {
    parameters.push_back(parameters_of(kind.first_number + i));
  }
  const StatementReference insert = world.read(kinds[1].text);
  world.commit([&](Transaction& transaction) {
    for (std::int64_t number = 0; number < stored_rows; ++number) {
      world.run(transaction, insert, parameters_of(number));
    }
  });
  world.on_fiber([&] {
    for (auto _ : state) {
      state.PauseTiming();
      Transaction& transaction = world.begin();
      state.ResumeTiming();
      for (std::int64_t i = 0; i < statements_per_transaction; ++i) {
        world.run(transaction, statement, parameters[static_cast<std::size_t>(i % kind.numbers)]);
      }
      state.PauseTiming();
      world.abort(transaction);
      state.ResumeTiming();
    }
  });
  state.SetItemsProcessed(state.iterations() * statements_per_transaction);
}

}  // namespace

void register_statements() {
  for (const Kind& kind : kinds) {
    benchmark::RegisterBenchmark((std::string("sql/") + kind.name).c_str(),
                                 [&kind](benchmark::State& state) { measure(state, kind); });
  }
}

}  // namespace halfwrite::bench
