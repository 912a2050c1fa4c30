#include "bench/statement_world.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace halfwrite::bench {

namespace {

[[noreturn]] void give_up(const std::string& sentence) {
  std::fprintf(stderr, "bench: %s\n", sentence.c_str());
  std::exit(2);
}

}  // namespace

StatementWorld::StatementWorld(const std::vector<std::string>& schema)
    : simulation_({}), recorder_(simulation_) {
  sql::Catalog::BuildResult built = sql::Catalog::build(schema);
  if (!built.has_value()) give_up(built.error->error.message);
  settings_.name = "order_db";
  settings_.catalog = std::make_shared<const sql::Catalog>(std::move(built.catalog));
  cluster_.emplace(simulation_, recorder_, settings_, evaluator_);
  session_.emplace(settings_);
  environment_.emplace(cluster_->primary(), *session_);
}

database::StatementReference StatementWorld::read(const std::string& text) const {
  auto statement = sql::read_statement(text, {{settings_.name, settings_.catalog.get()}});
  if (!statement) give_up(statement.error().message);
  return *statement;
}

void StatementWorld::on_fiber(std::function<void()> work) {
  sim::NodeOptions options;
  options.name = options.group = "client";
  options.main = [work = std::move(work)](sim::Process&) { work(); };
  simulation_.add_node(std::move(options));
  simulation_.run();
}

database::Transaction& StatementWorld::begin() {
  database::Engine& engine = cluster_->primary();
  return engine.begin({1}, engine.name(), database::Isolation::read_committed,
                      database::SynchronousCommit::on);
}

void StatementWorld::commit(const std::function<void(database::Transaction&)>& work) {
  database::Transaction& transaction = begin();
  work(transaction);
  cluster_->primary().commit_before_start(transaction);
}

std::int64_t StatementWorld::run(database::Transaction& transaction,
                                 const database::StatementReference& statement,
                                 const sql::Parameters& parameters) {
  ++transaction.command;
  environment_->begin_statement(transaction, sim::Key(transaction.command));
  database::StatementExecution execution(cluster_->primary(), transaction, *environment_,
                                         database::WaitLimits{}, sim::Duration{});
  const auto result = execution.run(statement, parameters);
  if (!result) give_up(statement->text + ": " + result.error().message);
  return result->row_count;
}

}  // namespace halfwrite::bench
