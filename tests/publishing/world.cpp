#include "tests/publishing/world.hpp"

#include "models/broker/cluster.hpp"
#include "models/database/server.hpp"
#include "models/database/sql/statement.hpp"
#include "models/history/fault_recorder.hpp"
#include "models/publishing/attach.hpp"
#include "models/publishing/refusals.hpp"
#include "models/publishing/schema.hpp"
#include "models/service/deployment.hpp"
#include "models/service/workload.hpp"
#include "sim/fault_injection.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <set>

namespace halfwrite::publishing_tests {
namespace {

using sim::Duration;

class Facts : public history::FactListener {
 public:
  explicit Facts(const sim::Names& names) : names_(names) {}

  void on_fact(const history::Fact& fact) override {
    if (const auto* handled = std::get_if<history::Handled>(&fact.content)) {
      static constexpr const char* words[] = {"done", "repeated", "refused", "failed"};
      ending.handled.push_back(handled->event_id + " " +
                               words[static_cast<std::size_t>(handled->outcome)]);
    } else if (const auto* parked = std::get_if<history::Parked>(&fact.content)) {
      ending.parked.push_back(parked->event_id);
    } else if (std::holds_alternative<history::Delivered>(fact.content)) {
      ++ending.deliveries;
    } else if (const auto* answered = std::get_if<history::RequestAnswered>(&fact.content)) {
      static constexpr const char* words[] = {"ok", "fail", "unknown"};
      ending.answers.push_back(sim::to_text(names_, answered->request) + " " +
                               words[static_cast<std::size_t>(answered->answer)]);
    }
  }
  Ending ending;

 private:
  const sim::Names& names_;
};

service::Operation operation(const std::string& name, const Texts& steps,
                             const std::string& database, const sql::Catalog& catalog) {
  service::Operation made;
  made.name = name;
  sql::ReadOptions options;
  options.parameter_types["now"] = sql::Type{sql::TypeKind::timestamptz};
  for (const std::string& text : steps) {
    service::Step step;
    step.name = std::to_string(made.steps.size() + 1);
    if (text.starts_with("emit ")) {
      service::EmitStep emit;
      emit.event = text.substr(5);
      step.verb = emit;
    } else if (text.starts_with("fail ")) {
      step.verb = service::FailStep{text.substr(5)};
    } else {
      const auto statement = sql::read_statement(text, {{database, &catalog}}, options);
      INFO(text);
      INFO((statement.has_value() ? std::string() : statement.error().message));
      REQUIRE(statement.has_value());
      service::SqlStep sql_step;
      sql_step.statement = *statement;
      step.verb = sql_step;
    }
    made.steps.push_back(std::move(step));
  }
  return made;
}

// One service with its database and what it publishes with.
struct Room {
  Room(service::Settings service, database::Settings database, Texts schema,
       const std::map<std::string, Texts>& operations)
      : settings(std::move(service)), database_settings(std::move(database)) {
    if (publishing::needs_outbox(settings))
      append(schema, publishing::outbox_schema(settings.outbox));
    if (publishing::needs_inbox(settings)) append(schema, publishing::inbox_schema());
    auto built = sql::Catalog::build(schema);
    INFO((built.error ? built.error->error.message : std::string()));
    REQUIRE(built.has_value());
    const auto catalog = std::make_shared<const sql::Catalog>(std::move(built.catalog));
    database_settings.catalog = catalog;
    database_settings.bookkeeping_tables = publishing::outbox_tables(settings.outbox);
    database_settings.bookkeeping_tables.emplace_back(publishing::inbox_table);
    for (const auto& [name, steps] : operations) {
      settings.operations[name] = operation(name, steps, database_settings.name, *catalog);
    }
    auto read = publishing::read_statements(settings, *catalog);
    REQUIRE(read.has_value());
    statements = *read;
  }
  static void append(Texts& schema, const Texts& more) {
    schema.insert(schema.end(), more.begin(), more.end());
  }

  service::Settings settings;
  database::Settings database_settings;
  std::shared_ptr<const publishing::Statements> statements;
};

Texts column_of(const database::Server& server, const char* table, const char* column) {
  Texts texts;
  const sql::Table* found = server.catalog().find_table(table);
  if (found == nullptr) return texts;
  std::vector<sql::StoredRow> rows;
  server.committed_view().scan(found->id, rows);
  for (const sql::StoredRow& row : rows) {
    texts.push_back(sql::to_text((*row.values)[*found->find_column(column)]));
  }
  return texts;
}

void collect(Ending& ending, const broker::Cluster& cluster) {
  const broker::TopicSettings& topic = cluster.settings().topics.front();
  for (std::uint32_t partition = 0; partition < topic.partitions; ++partition) {
    for (const std::string& id : cluster.event_ids(topic.name, partition)) {
      ending.published.push_back(id);
    }
    ending.committed.push_back(cluster.committed("shipping", topic.name, partition).value_or(0));
  }
}

}  // namespace

Flow::Flow() {
  events["OrderCreated"] = {"OrderCreated", "orders", "order", {"order", "amount"}, 1};
  kafka.name = "kafka";
  kafka.topics = {{"orders", 1, {}}};
  order_db.name = "order_db";
  order_schema = {"CREATE TABLE orders (id TEXT PRIMARY KEY, amount INTEGER NOT NULL)"};
  order_steps["place"] = {"INSERT INTO orders VALUES (:order, :amount)", "emit OrderCreated"};
  shipping_db.name = "shipping_db";
  shipping_schema = {"CREATE TABLE parcels (order_id TEXT NOT NULL, amount INTEGER NOT NULL)"};
  shipping_steps["prepare"] = {"INSERT INTO parcels VALUES (:order, :amount)"};

  order.name = "order";
  order.database = "order_db";
  order.broker = "kafka";
  order.outbox.every = Duration::milliseconds(100);
  order.outbox.retry.attempts = std::nullopt;
  order.producer.delivery_timeout = Duration::milliseconds(500);
  order.producer.request_timeout = Duration::milliseconds(200);

  shipping.name = "shipping";
  shipping.database = "shipping_db";
  shipping.broker = "kafka";
  service::Subscription prepare;
  prepare.name = "prepare";
  prepare.event = "OrderCreated";
  prepare.topic = "orders";
  prepare.consumer.group = "shipping";
  prepare.retry.attempts = 10;
  prepare.retry.multiplier = {2, 1};
  prepare.retry.then = service::Retry::Then::dead_letter;
  shipping.subscriptions = {prepare};

  load.name = "orders";
  load.run = "order.place";
  load.arguments = {{"order", service::Sequence{"order-"}}, {"amount", sql::Value::bigint(100)}};
  load.at = Duration::seconds(1);
  load.count = 5;
  load.interval = Duration::milliseconds(300);
}

Flow& Flow::publish(service::Publishing publishing) {
  order.publishing = publishing;
  return *this;
}

Flow& Flow::relay(service::Relay relay) {
  order.publishing = service::Publishing::outbox;
  order.outbox.relay = relay;
  return *this;
}

Flow& Flow::crash(sim::When when, const std::string& point) {
  const auto parsed = sim::parse_point(point);
  REQUIRE(parsed.has_value());
  sim::Fault fault;
  fault.kind = sim::FaultKind::crash;
  fault.anchor = {when, {}, *parsed};
  fault.targets = {"here"};
  fault.lasting = Duration::milliseconds(200);
  plan.faults.push_back(fault);
  return *this;
}

Flow& Flow::partition(Duration at, Texts first, Texts second, Duration lasting) {
  sim::Fault fault;
  fault.kind = sim::FaultKind::partition;
  fault.anchor.when = sim::When::at;
  fault.anchor.at = sim::Instant::at(at);
  fault.groups = {std::move(first), std::move(second)};
  fault.lasting = lasting;
  plan.faults.push_back(fault);
  return *this;
}

std::vector<sim::NodeName> Flow::nodes() const {
  std::vector<sim::NodeName> names{{"order_db", "order_db"}, {"shipping_db", "shipping_db"}};
  const auto add = [&names](const std::string& group, std::uint32_t count) {
    for (std::uint32_t number = 1; number <= count; ++number) {
      names.push_back({group + "." + std::to_string(number), group});
    }
  };
  add("order", order.instances);
  add("shipping", shipping.instances);
  add("kafka", kafka.replicas);
  const bool polls_apart = order.outbox.relay == service::Relay::polling && order.outbox.own_node;
  const bool has_node = polls_apart || order.outbox.relay == service::Relay::cdc;
  if (order.publishing == service::Publishing::outbox && has_node) {
    names.push_back({"order.relay", "order.relay"});
  }
  return names;
}

Flow& Flow::storm_over(std::uint64_t with_seed) {
  seed = with_seed;
  storm.until = sim::Instant::at(Duration::seconds(5));
  sim::StormRule crash;
  crash.kind = sim::FaultKind::crash;
  crash.every = sim::DurationRange{Duration::milliseconds(300), Duration::seconds(3)};
  crash.lasting = {Duration::milliseconds(50), Duration::milliseconds(400)};
  storm.rules = {crash};
  plan.faults = sim::draw_rhythms(storm, nodes(), sim::Draws(seed).key());
  for (const sim::FaultKind kind :
       {sim::FaultKind::lose_request, sim::FaultKind::lose_reply, sim::FaultKind::reset}) {
    sim::StormRule rule;
    rule.kind = kind;
    rule.chance = {1, 50};
    storm.rules.push_back(rule);
  }
  return *this;
}

Ending run(const Flow& flow) {
  const Room order(flow.order, flow.order_db, flow.order_schema, flow.order_steps);
  const Room shipping(flow.shipping, flow.shipping_db, flow.shipping_schema, flow.shipping_steps);
  for (const service::Settings* settings : {&order.settings, &shipping.settings}) {
    REQUIRE(publishing::refusals(*settings, flow.events).empty());
  }
  sim::SimulationOptions options;
  options.seed = flow.seed;
  options.plan = flow.plan;
  options.storm = flow.storm;
  sim::Simulation simulation(options);
  history::Recorder recorder(simulation);
  Facts facts(simulation.names());
  recorder.listen(facts);
  history::FaultRecorder faults(recorder);
  simulation.faults().listen(&faults);
  sql::Evaluator evaluator;
  service::Runtime runtime(simulation, recorder, evaluator, flow.events);
  runtime.brokers["kafka"] = &flow.kafka;

  database::Server order_db(simulation, recorder, order.database_settings, evaluator);
  database::Server shipping_db(simulation, recorder, shipping.database_settings, evaluator);
  for (const std::string& slot : publishing::slots_of(order.settings)) order_db.create_slot(slot);
  broker::Cluster cluster(simulation, recorder, flow.kafka);
  service::Deployment ordering(runtime, order.settings);
  service::Deployment handling(runtime, shipping.settings);
  publishing::attach(ordering, order.statements);
  publishing::attach(handling, shipping.statements);
  ordering.add_nodes();
  handling.add_nodes();
  service::Workload workload(runtime, {flow.load},
                             {{"order", &order.settings}, {"shipping", &shipping.settings}});
  workload.add_nodes();

  const sim::RunEnd end = simulation.run();
  Ending ending = std::move(facts.ending);
  ending.end = end;
  for (const std::string& sentence : end.waiting) UNSCOPED_INFO(sentence);
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  ending.trace_hash = simulation.trace().hash();
  ending.orders = column_of(order_db, "orders", "id");
  ending.parcels = column_of(shipping_db, "parcels", "order_id");
  ending.outbox = column_of(order_db, "outbox", "event_id");
  ending.windows = simulation.windows().hits();
  ending.landed_plan = simulation.faults().landed_plan();
  ending.landed = simulation.faults().landed().size();
  collect(ending, cluster);
  return ending;
}

Texts distinct(const Texts& texts) {
  const std::set<std::string> seen(texts.begin(), texts.end());
  return Texts(seen.begin(), seen.end());
}

std::size_t count(const Texts& texts, const std::string& text) {
  return static_cast<std::size_t>(std::count(texts.begin(), texts.end(), text));
}

}  // namespace halfwrite::publishing_tests
