#include "tests/service/shop.hpp"

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/statement.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>

namespace halfwrite::test {

sim::SimulationOptions Shop::simulation_options(const ShopOptions& options) {
  sim::SimulationOptions made;
  made.seed = options.seed;
  made.plan = options.plan;
  return made;
}

Shop::Shop(ShopOptions options)
    : owned_(std::make_unique<sim::Simulation>(simulation_options(options))),
      simulation_(*owned_),
      recorder_(simulation_) {
  recorder_.listen(facts_);
  auto built = sql::Catalog::build(options.schema);
  if (built.error) FAIL(built.error->error.message);
  database_.name = "order_db";
  database_.catalog = std::make_shared<const sql::Catalog>(std::move(built.catalog));
  database_.data = options.data;
  settings.name = "order";
  settings.database = "order_db";
  if (options.with_broker) {
    broker_.name = "kafka";
    broker::TopicSettings topic;
    topic.name = "orders";
    broker_.topics.push_back(topic);
    settings.broker = "kafka";
  }
}

Shop::~Shop() = default;

service::StatementReference Shop::sql(const std::string& text) const {
  sql::ReadOptions options;
  const auto type = [](sql::TypeKind kind) {
    sql::Type made;
    made.kind = kind;
    return made;
  };
  options.parameter_types.emplace("now", type(sql::TypeKind::timestamptz));
  options.parameter_types.emplace("row_count", type(sql::TypeKind::bigint));
  options.parameter_types.emplace("instance", type(sql::TypeKind::bigint));
  const auto read = sql::read_statement(text, {{"order_db", database_.catalog.get()}}, options);
  if (!read) FAIL(text << ": " << read.error().message);
  return *read;
}

service::Step Shop::sql_step(const std::string& step_name, const std::string& text,
                             std::vector<std::string> into) const {
  service::SqlStep verb;
  verb.statement = sql(text);
  verb.into = std::move(into);
  return step(step_name, verb);
}

service::Operation& Shop::operation(const std::string& operation_name, service::Steps list) {
  service::Operation& made = settings.operations[operation_name];
  made.name = operation_name;
  made.steps = std::move(list);
  return made;
}

service::Load& Shop::load(const std::string& load_name, const std::string& run_name) {
  service::Load made;
  made.name = load_name;
  made.run = run_name;
  loads_.reserve(8);
  loads_.push_back(std::move(made));
  return loads_.back();
}

service::EventType& Shop::event(const std::string& event_name, const std::string& key,
                                std::vector<std::string> payload) {
  service::EventType& made = events_[event_name];
  made.name = event_name;
  made.topic = "orders";
  made.key = key;
  made.payload = std::move(payload);
  return made;
}

sim::RunEnd Shop::run() {
  runtime_ = std::make_unique<service::Runtime>(simulation_, recorder_, evaluator_, events_);
  server_ = std::make_unique<database::Server>(simulation_, recorder_, database_, evaluator_);
  if (server_->data_error()) FAIL(server_->data_error()->error.message);
  if (!broker_.name.empty()) {
    cluster_ = std::make_unique<broker::Cluster>(simulation_, recorder_, broker_);
    runtime_->brokers.emplace("kafka", &broker_);
  }
  deployment_ = std::make_unique<service::Deployment>(*runtime_, settings);
  if (publisher) deployment_->publish_with(publisher);
  for (const service::Companion& companion : companions) deployment_->add_companion(companion);
  deployment_->add_nodes();
  workload_ = std::make_unique<service::Workload>(
      *runtime_, loads_,
      std::map<std::string, const service::Settings*, std::less<>>{{"order", &settings}});
  workload_->add_nodes();
  return simulation_.run();
}

std::vector<std::string> Shop::rows(const std::string& table) const {
  for (const sql::Table& candidate : database_.catalog->tables()) {
    if (candidate.name != table) continue;
    std::vector<sql::StoredRow> stored;
    server_->committed_view().scan(candidate.id, stored);
    std::vector<std::string> texts;
    for (const sql::StoredRow& row : stored) {
      std::string text;
      for (std::size_t column = 0; column < row.values->size(); ++column) {
        if (column > 0) text += ',';
        text += sql::to_text((*row.values)[column]);
      }
      texts.push_back(text);
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }
  FAIL("no table " << table);
  return {};
}

std::vector<std::string> Shop::answers() const {
  std::vector<std::string> texts;
  for (const history::RequestAnswered& answered : facts_.all<history::RequestAnswered>()) {
    std::string text = history::to_text(answered.answer);
    if (!answered.reason.empty()) text += ": " + answered.reason;
    texts.push_back(text);
  }
  return texts;
}

sim::Fault crash_here(sim::When when, const std::string& operation, const std::string& step_name,
                      sim::Duration down) {
  sim::Fault fault;
  fault.kind = sim::FaultKind::crash;
  fault.anchor.when = when;
  fault.anchor.point.subject = operation;
  fault.anchor.point.step = step_name;
  fault.targets = {"here"};
  fault.lasting = down;
  return fault;
}

}  // namespace halfwrite::test
