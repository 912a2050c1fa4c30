#include "bench/statements.hpp"

#include "models/database/statement_execution.hpp"
#include "models/history/recorder.hpp"
#include "sim/simulation.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::bench {

namespace {

using database::Engine;
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

[[noreturn]] void give_up(const std::string& sentence) {
  std::fprintf(stderr, "bench: %s\n", sentence.c_str());
  std::exit(2);
}

// A database whose statements are given to its engine directly.
class StatementWorld {
 public:
  StatementWorld() : simulation_({}), recorder_(simulation_) {
    sql::Catalog::BuildResult built = sql::Catalog::build(schema);
    if (!built.has_value()) give_up(built.error->error.message);
    settings_.name = "order_db";
    settings_.catalog = std::make_shared<const sql::Catalog>(std::move(built.catalog));
    engine_.emplace(simulation_, recorder_, settings_, evaluator_);
    session_.emplace(settings_);
    environment_.emplace(*engine_, *session_);
  }

  StatementReference read(const char* text) const {
    auto statement = sql::read_statement(text, {{settings_.name, settings_.catalog.get()}});
    if (!statement) give_up(statement.error().message);
    return *statement;
  }

  // Runs `work` on a fiber of a client, in virtual time that does not pass.
  void on_fiber(std::function<void()> work) {
    sim::NodeOptions options;
    options.name = options.group = "client";
    options.main = [work = std::move(work)](sim::Process&) { work(); };
    simulation_.add_node(std::move(options));
    simulation_.run();
  }

  Transaction& begin() {
    return engine_->begin({1}, engine_->name(), database::Isolation::read_committed, true);
  }
  void abort(Transaction& transaction) { engine_->abort(transaction, "measured"); }

  void run(Transaction& transaction, const StatementReference& statement,
           const sql::Parameters& parameters) {
    ++transaction.command;
    environment_->begin_statement(transaction, sim::Key(transaction.command));
    database::StatementExecution execution(*engine_, transaction, *environment_,
                                           database::WaitLimits{}, sim::Duration{});
    const auto result = execution.run(statement, parameters);
    if (!result) give_up(statement->text + ": " + result.error().message);
  }

  // Orders 0 to `stored_rows`, committed.
  void fill() {
    const StatementReference insert = read(kinds[1].text);
    Transaction& transaction = begin();
    for (std::int64_t number = 0; number < stored_rows; ++number) {
      run(transaction, insert, parameters_of(number));
    }
    engine_->commit_before_start(transaction);
  }

  static sql::Parameters parameters_of(std::int64_t number) {
    sql::Parameters parameters;
    parameters.emplace("order", sql::Value::text("order-" + std::to_string(number)));
    parameters.emplace("amount", sql::Value::of(sql::TypeKind::integer, number % 400 + 1));
    return parameters;
  }

 private:
  sim::Simulation simulation_;
  history::Recorder recorder_;
  database::Settings settings_;
  sql::Evaluator evaluator_;
  std::optional<Engine> engine_;
  std::optional<database::SessionSettings> session_;
  std::optional<database::SessionEnvironment> environment_;
};

void measure(benchmark::State& state, const Kind& kind) {
  StatementWorld world;
  const StatementReference statement = world.read(kind.text);
  std::vector<sql::Parameters> parameters;
  for (std::int64_t i = 0; i < kind.numbers; ++i) {
    parameters.push_back(StatementWorld::parameters_of(kind.first_number + i));
  }
  world.fill();
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
