#include "scenarios/scenario_reader.hpp"

#include "models/publishing/refusals.hpp"
#include "models/publishing/schema.hpp"
#include "models/publishing/statements.hpp"
#include "models/saga/vocabulary.hpp"
#include "scenarios/external_reader.hpp"
#include "scenarios/field_reader.hpp"
#include "scenarios/flow_checks.hpp"
#include "scenarios/invariant_reader.hpp"
#include "scenarios/name_table.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/operation_reader.hpp"
#include "scenarios/plan_reader.hpp"
#include "scenarios/points.hpp"
#include "scenarios/saga_reader.hpp"
#include "scenarios/service_reader.hpp"
#include "scenarios/settings_reader.hpp"
#include "scenarios/sql_reader.hpp"
#include "scenarios/value_reader.hpp"
#include "scenarios/value_text.hpp"
#include "scenarios/workload_reader.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace halfwrite::scenarios {

namespace {

class ScenarioReader {
 public:
  ScenarioReader(const Json& tree, SharedReadings& shared, Findings& findings)
      : tree_(tree),
        findings_(findings),
        names_(tree),
        sql_(findings, shared),
        sagas_(tree, scenario_, names_, sql_, findings) {
    scenario_.history = shared.history();
  }

  Scenario read() {
    read_head();
    read_brokers();
    read_events();
    for (const Member& member : object_at(tree_, "services").members) {
      scenario_.services.push_back(read_service(member, scenario_, names_, findings_));
    }
    sagas_.read_definitions();
    read_databases();
    read_publishing_statements();
    for (const Member& member : object_at(tree_, "externals").members) {
      scenario_.externals.push_back(read_external(member, sql_, findings_));
    }
    read_operations();
    sagas_.extend_services();
    scenario_.workload = read_workload(object_at(tree_, "workload"), sql_, findings_);
    sagas_.resolve_loads();
    derive_contract();
    derive_reply_obligations();
    if (const Json* list = tree_.find("invariants")) {
      scenario_.invariants = read_invariants(*list, scenario_, sql_, findings_);
    }
    scenario_.storm =
        read_storm(object_at(tree_, "faults"), findings_, end_of_workload(scenario_.workload));
    names_.check(findings_);
    check_flow(tree_, scenario_, findings_);
    check_links();
    check_refusals();
    return std::move(scenario_);
  }

 private:
  void read_head() {
    scenario_.name = text_at(tree_, "name");
    scenario_.about = text_at(tree_, "about");
    take(tree_, "seeds", scenario_.seeds);
    take(tree_, "settle_at_most", scenario_.settle_at_most);
    const Json& network = object_at(tree_, "network");
    take(network, "latency", scenario_.latency);
    take(network, "keepalive", scenario_.keepalive);
    for (const Member& member : object_at(network, "links").members) {
      const std::size_t arrow = member.key.find(" -> ");
      if (arrow == std::string::npos) continue;
      Link link{member.key.substr(0, arrow), member.key.substr(arrow + 4), scenario_.latency};
      take(network.find("links") == nullptr ? network : *network.find("links"), member.key,
           link.latency);
      scenario_.links.push_back(std::move(link));
    }
  }

  void read_brokers() {
    for (const Member& member : object_at(tree_, "brokers").members) {
      broker::Settings broker = read_broker(member.key, member.value);
      if (broker.min_insync_replicas > broker.replicas) {
        const Member* asked = member.value.find_member("min_insync_replicas");
        findings_.add(
            asked != nullptr ? asked->value.span : member.key_span, member.value.path, "condition",
            "`min_insync_replicas` asks for " + std::to_string(broker.min_insync_replicas) +
                " replicas, and the broker has " + std::to_string(broker.replicas),
            "raise `replicas`");
      }
      scenario_.brokers.push_back(std::move(broker));
    }
  }

  void read_events() {
    std::vector<std::string> topics;
    for (const broker::Settings& broker : scenario_.brokers) {
      for (const broker::TopicSettings& topic : broker.topics) topics.push_back(topic.name);
    }
    for (const Member& member : object_at(tree_, "events").members) {
      service::EventType event;
      event.name = member.key;
      event.topic = text_at(member.value, "topic");
      event.key = text_at(member.value, "key");
      take(member.value, "payload", event.payload);
      if (const Json* topic = member.value.find("topic");
          topic != nullptr &&
          std::find(topics.begin(), topics.end(), event.topic) == topics.end()) {
        findings_.add(*topic, "unknown-name", "no broker has a topic " + in_quotes(event.topic),
                      did_you_mean(event.topic, topics), "topics: " + listed(topics));
      }
      if (const Json* key = member.value.find("key");
          key != nullptr && !event.payload.empty() &&
          std::find(event.payload.begin(), event.payload.end(), event.key) == event.payload.end()) {
        findings_.add(*key, "emit",
                      "the key " + in_quotes(event.key) + " is not in the payload of " + event.name,
                      did_you_mean(event.key, event.payload), "payload: " + listed(event.payload));
      }
      scenario_.contract.events.push_back(event.name);
      scenario_.events[event.name] = std::move(event);
    }
  }

  const Json& json_of(const service::Settings& service) const {
    return object_at(object_at(tree_, "services"), service.name);
  }

  // What the strategies of its services and its sagas add to a database.
  std::vector<SqlReader::AddedTable> tables_added_to(const std::string& database,
                                                     const Json* schema) {
    std::vector<SqlReader::AddedTable> added;
    saga_tables_.clear();
    std::string owner;
    bool has_inbox = false;
    for (const service::Settings& service : scenario_.services) {
      if (service.database != database) continue;
      const Json& json = json_of(service);
      if (publishing::needs_outbox(service)) {
        const Member* asked_by = json.find_member("publishing");
        // A saga publishes by an outbox where its service does not.
        if (asked_by == nullptr) asked_by = &object_at(tree_, "sagas").members.front();
        if (!owner.empty()) {
          findings_.add(asked_by->key_span, asked_by->value.path, "condition",
                        "the services " + owner + " and " + service.name +
                            " would share one outbox in " + database,
                        "give each its own database");
          continue;
        }
        owner = service.name;
        added.push_back(
            {publishing::outbox_schema(service.outbox, authors_catalog(schema).get()), asked_by});
      }
      if (publishing::needs_inbox(service) && !std::exchange(has_inbox, true)) {
        saga_tables_.emplace_back(publishing::inbox_table);
        const Member* asked_by = json.find_member("subscriptions");
        if (asked_by == nullptr) asked_by = &object_at(tree_, "sagas").members.front();
        added.push_back({publishing::inbox_schema(), asked_by});
      }
      for (SqlReader::AddedTable& table : sagas_.tables_added_to(service, saga_tables_)) {
        added.push_back(std::move(table));
      }
    }
    return added;
  }

  // The author's tables alone, for the types of further outbox columns; null when they are wrong,
  // which is reported when all tables are read.
  std::shared_ptr<const sql::Catalog> authors_catalog(const Json* schema) {
    std::vector<std::string> ddl;
    if (schema != nullptr) {
      for (const Json& item : schema->items) ddl.push_back(SqlText(item).text());
    }
    return sql_.shared().catalog(ddl).catalog;
  }

  void read_databases() {
    for (const Member& member : object_at(tree_, "databases").members) {
      read_one_database(member.key, member.value);
    }
    for (const std::string& own : sagas_.own_databases()) {
      read_one_database(own, object_at(object_at(tree_, "databases"), own));
    }
    for (const service::Settings& service : scenario_.services) {
      if (!publishing::needs_outbox(service)) continue;
      for (const Member& column :
           object_at(object_at(json_of(service), "outbox"), "columns").members) {
        sql_.check_column(column.value, service.database);
      }
    }
  }
  void read_one_database(const std::string& name, const Json& json) {
    database::Settings database = read_database(name, json);
    check_standbys(database, json);
    const Json* schema = json.find("schema");
    const auto added = tables_added_to(name, schema);
    database.catalog = sql_.read_catalog(name, schema, added);
    database.data = sql_.read_data(name, json.find("data"));
    for (const std::string& table : saga_tables_) add_bookkeeping(database, table.c_str());
    for (const service::Settings& service : scenario_.services) {
      if (service.database != name) continue;
      if (!publishing::needs_outbox(service)) continue;
      for (const std::string& table : publishing::outbox_tables(service.outbox)) {
        add_bookkeeping(database, table.c_str());
      }
    }
    scenario_.contract.databases.push_back(name);
    scenario_.databases.push_back(std::move(database));
  }
  // Settings that only standbys give a meaning.
  void check_standbys(const database::Settings& database, const Json& json) {
    if (database.standbys > 0) return;
    for (const char* key : {"replication", "replication_delay", "failover"}) {
      const Member* member = json.find_member(key);
      const bool asks = member != nullptr && member->value.text != "async";
      if (!asks) continue;
      findings_.add(
          member->key_span, json.path, "condition",
          "`" + std::string(key) + "` needs a standby, and " + database.name + " has none",
          "add \"standbys\": 1");
    }
    for (const Member& slot : object_at(json, "slots").members) {
      for (const char* key : {"failover", "wait_for_standby"}) {
        const Member* member = slot.value.find_member(key);
        if (member == nullptr || member->value.text != "true") continue;
        findings_.add(member->key_span, slot.value.path, "condition",
                      "`" + std::string(key) + "` of a slot needs a standby, and " + database.name +
                          " has none",
                      "add \"standbys\": 1");
      }
    }
  }
  static void add_bookkeeping(database::Settings& database, const char* table) {
    auto& tables = database.bookkeeping_tables;
    if (std::find(tables.begin(), tables.end(), table) == tables.end()) tables.emplace_back(table);
  }

  // The strategies' own SQL; a wrong expression of an outbox column is reported by then.
  void read_publishing_statements() {
    for (const service::Settings& service : scenario_.services) {
      const sql::Catalog* catalog = sql_.find_catalog(service.database);
      if (catalog == nullptr) continue;
      auto statements = publishing::read_statements(service, *catalog);
      if (statements) {
        if (statements.value() != nullptr)
          scenario_.publishing_statements[service.name] = statements.value();
      } else if (findings_.is_empty()) {
        const Member* publishing = json_of(service).find_member("publishing");
        findings_.add(
            publishing == nullptr ? tree_.span : publishing->key_span, json_of(service).path, "sql",
            "the statements of this way to publish cannot be read: " + statements.error().message,
            statements.error().hint);
      }
    }
  }

  void read_operations() {
    for (service::Settings& service : scenario_.services) {
      std::set<std::string> topics;
      for (const broker::Settings& broker : scenario_.brokers) {
        if (broker.name != service.broker) continue;
        for (const broker::TopicSettings& topic : broker.topics) topics.insert(topic.name);
      }
      const std::vector<std::string> standbys = standbys_of(service.database);
      OperationReader reader(service, {scenario_.events, topics, scenario_.externals, standbys},
                             sql_, findings_);
      for (const Member& member : object_at(json_of(service), "operations").members) {
        service.operations[member.key] = reader.read(member.key, member.value);
      }
    }
  }

  std::vector<std::string> standbys_of(const std::string& database) const {
    std::vector<std::string> standbys;
    for (const database::Settings& settings : scenario_.databases) {
      for (std::uint32_t i = 1; settings.name == database && i <= settings.standbys; ++i) {
        standbys.push_back(database::standby_name(database, i));
      }
    }
    return standbys;
  }

  // Each service that subscribes to an event owes its effect, whatever the pattern.
  void derive_contract() {
    for (const external::Settings& system : scenario_.externals)
      for (const external::Operation& operation : system.operations)
        scenario_.contract.externals.push_back({system.name, operation.name, operation.inverse});
    for (const service::Settings& service : scenario_.services) {
      for (const service::Subscription& subscription : service.subscriptions) {
        if (subscription.event.empty()) continue;  // of an orchestrator: below
        const bool from_the_start =
            subscription.consumer.auto_offset_reset == broker::OffsetReset::earliest;
        scenario_.contract.obligations.push_back({subscription.event, subscription.consumer.group,
                                                  service.name + "." + subscription.name,
                                                  from_the_start});
      }
    }
  }

  // The orchestrator owes an effect for each reply.
  void derive_reply_obligations() {
    for (const Scenario::Saga& saga : scenario_.sagas) {
      const saga::Definition& definition = *saga.definition;
      if (saga.orchestrator == nullptr) continue;
      const std::string& service = definition.orchestrator.service;
      for (const service::EventType& type : saga::message_types(definition)) {
        if (type.topic != saga::reply_topic(definition)) continue;
        scenario_.contract.obligations.push_back({type.name, service + "." + definition.name,
                                                  service + "." + saga::reply_operation(definition),
                                                  true});
      }
    }
  }

  // Nodes that the network names.
  void check_links() {
    const Points points(scenario_);
    for (const Member& link : object_at(object_at(tree_, "network"), "links").members) {
      if (link.key.find(" -> ") == std::string::npos) continue;
      const auto miss = points.miss_target(link.key, {true, false});
      if (miss)
        findings_.add(link.key_span, link.value.path, "unknown-name", miss->message, miss->hint);
    }
  }

  // False: of a subscription that stands nowhere in the file.
  bool is_written(const service::Settings& service, const std::string& path) const {
    constexpr std::string_view section = "subscriptions.";
    if (!path.starts_with(section)) return true;
    const std::string rest = path.substr(section.size());
    const Json& subscriptions = object_at(json_of(service), "subscriptions");
    return subscriptions.find(rest.substr(0, rest.find('.'))) != nullptr;
  }

  // What the strategies themselves refuse, at the setting they name.
  void check_refusals() {
    for (const service::Settings& service : scenario_.services) {
      for (const publishing::Refusal& refusal : publishing::refusals(service, scenario_.events)) {
        // What a saga subscribes it to contradicts itself where the saga's events do: said there.
        if (sagas_.misleads(service.name) && !is_written(service, refusal.path)) continue;
        const Json* at = &json_of(service);
        Span span = at->span;
        std::string rest = refusal.path;
        while (!rest.empty()) {
          const std::size_t dot = rest.find('.');
          const Member* member = at->find_member(rest.substr(0, dot));
          if (member == nullptr) break;
          at = &member->value;
          span = member->key_span;
          rest = dot == std::string::npos ? "" : rest.substr(dot + 1);
        }
        if (at->path == json_of(service).path) span.length = 1;
        findings_.add(span, at->path, "condition", refusal.sentence);
      }
    }
  }

  const Json& tree_;
  Findings& findings_;
  NameTable names_;
  SqlReader sql_;
  Scenario scenario_;
  SagaReader sagas_;
  std::vector<std::string> saga_tables_;  // of the database being read
};

}  // namespace

Scenario read_scenario(const Json& tree, SharedReadings& shared, Findings& findings) {
  return ScenarioReader(tree, shared, findings).read();
}

}  // namespace halfwrite::scenarios
