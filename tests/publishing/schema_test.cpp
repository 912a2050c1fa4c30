#include "models/publishing/schema.hpp"

#include "models/publishing/refusals.hpp"
#include "models/publishing/statements.hpp"
#include "models/publishing/subscription.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;

namespace {

sql::Catalog catalog_of(std::vector<std::string> ddl) {
  auto built = sql::Catalog::build(ddl);
  REQUIRE(built.has_value());
  return std::move(built.catalog);
}

service::Settings with_outbox() {
  service::Settings settings;
  settings.name = "order";
  settings.database = "order_db";
  settings.broker = "kafka";
  settings.publishing = service::Publishing::outbox;
  return settings;
}

service::Subscription subscription(std::string name, std::string event) {
  service::Subscription made;
  made.name = std::move(name);
  made.event = std::move(event);
  return made;
}

const service::EventTypes events{
    {"OrderCreated", {"OrderCreated", "orders", "order", {"order"}, 1}},
    {"OrderCancelled", {"OrderCancelled", "orders", "order", {"order"}, 1}},
    {"Paid", {"Paid", "payments", "order", {"order"}, 1}},
};

}  // namespace

TEST_CASE("the outbox and the inbox are tables PostgreSQL's grammar reads") {
  const sql::Catalog outbox = catalog_of(publishing::outbox_schema({}));
  const sql::Table* table = outbox.find_table("outbox");
  REQUIRE(table != nullptr);
  CHECK(table->columns.size() == 8);
  const sql::Catalog inbox = catalog_of(publishing::inbox_schema());
  REQUIRE(inbox.find_table("inbox") != nullptr);
  CHECK(inbox.find_table("inbox")->primary_key().has_value());
}

TEST_CASE("what a relay keeps beside the outbox are tables of their own, and bookkeeping") {
  struct Case {
    void (*set)(service::Outbox&);
    std::vector<std::string> tables;
    std::size_t columns;  // of the outbox
  };
  const Case cases[] = {
      {[](service::Outbox&) {}, {"outbox"}, 8},
      {[](service::Outbox& o) { o.order_by = service::OrderBy::xid; }, {"outbox"}, 9},
      {[](service::Outbox& o) { o.read = service::Read::id_cursor; },
       {"outbox", "outbox_position"},
       8},
      {[](service::Outbox& o) { o.read = service::Read::xid_cursor; },
       {"outbox", "outbox_position"},
       9},
      {[](service::Outbox& o) {
         o.read = service::Read::id_cursor;
         o.on_gap = service::OnGap::remember;
       },
       {"outbox", "outbox_position", "outbox_gaps"},
       8},
      {[](service::Outbox& o) {
         o.relay = service::Relay::cdc;
         o.read = service::Read::xid_cursor;  // of another variant: not read
         o.heartbeat = sim::Duration::seconds(1);
       },
       {"outbox", "outbox_heartbeat"},
       8},
  };
  for (const Case& one : cases) {
    service::Settings settings = with_outbox();
    one.set(settings.outbox);
    CHECK(publishing::outbox_tables(settings.outbox) == one.tables);
    const sql::Catalog catalog = catalog_of(publishing::outbox_schema(settings.outbox));
    for (const std::string& table : one.tables) CHECK(catalog.find_table(table) != nullptr);
    CHECK(catalog.tables().size() == one.tables.size());
    CHECK(catalog.find_table("outbox")->columns.size() == one.columns);
    const auto statements = publishing::read_statements(settings, catalog);
    INFO((statements.has_value() ? "" : statements.error().message));
    CHECK(statements.has_value());
  }
}

TEST_CASE("where a relay marks rows an index has those that are not marked, in the relay's order") {
  const auto index_of = [](const service::Outbox& outbox) {
    const sql::Catalog catalog = catalog_of(publishing::outbox_schema(outbox));
    const sql::Table& table = *catalog.find_table("outbox");
    std::vector<std::string> columns;
    for (const sql::Key& key : table.keys) {
      if (!key.condition) continue;
      for (const sql::ColumnId column : key.columns) columns.push_back(table.columns[column].name);
    }
    return columns;
  };
  service::Outbox outbox;
  CHECK(index_of(outbox) == std::vector<std::string>{"position"});
  outbox.order_by = service::OrderBy::xid;
  CHECK(index_of(outbox) == std::vector<std::string>{"xid", "position"});
  outbox.order_by = service::OrderBy::created_at;
  CHECK(index_of(outbox) == std::vector<std::string>{"created_at", "position"});
  outbox.read = service::Read::id_cursor;
  CHECK(index_of(outbox).empty());
  outbox = {};
  outbox.relay = service::Relay::cdc;
  CHECK(index_of(outbox).empty());
}

TEST_CASE("a further column of the outbox has the type of the expression that fills it") {
  service::Outbox outbox;
  outbox.columns = {{"xid", "pg_current_xact_id()"}, {"twice", "2 * 21"}, {"who", ":customer"}};
  const sql::Catalog catalog = catalog_of(publishing::outbox_schema(outbox));
  const sql::Table* table = catalog.find_table("outbox");
  const auto kind = [table](std::string_view column) {
    return table->columns[*table->find_column(column)].type.kind;
  };
  CHECK(kind("xid") == sql::TypeKind::xid8);
  CHECK(kind("twice") == sql::TypeKind::integer);
  CHECK(kind("who") == sql::TypeKind::text);
}

TEST_CASE("a wrong expression of a further column is reported where the statements are read") {
  service::Settings settings = with_outbox();
  settings.outbox.columns = {{"xid", "pg_current_xact()"}};
  const sql::Catalog catalog = catalog_of(publishing::outbox_schema(settings.outbox));
  const auto statements = publishing::read_statements(settings, catalog);
  REQUIRE_FALSE(statements.has_value());
  CHECK(statements.error().sqlstate == "42883");
}

TEST_CASE("only services that need a table read its statements") {
  service::Settings settings = with_outbox();
  const sql::Catalog catalog = catalog_of(publishing::outbox_schema(settings.outbox));
  const auto statements = publishing::read_statements(settings, catalog);
  REQUIRE(statements.has_value());
  CHECK(statements.value()->outbox.has_value());
  CHECK_FALSE(statements.value()->inbox.has_value());
}

TEST_CASE("subscriptions of one group and topic are one member of the group") {
  service::Settings settings = with_outbox();
  settings.subscriptions = {subscription("prepare", "OrderCreated"),
                            subscription("take_back", "OrderCancelled"),
                            subscription("book", "Paid")};
  const auto groups = publishing::groups_of(settings, events);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].group == "order");
  CHECK(groups[0].topic == "orders");
  CHECK(groups[0].subscriptions.size() == 2);
  CHECK(groups[1].topic == "payments");
  CHECK(publishing::refusals(settings, events).empty());
}

TEST_CASE("what the room does not do is refused with the place and a sentence") {
  struct Case {
    std::string path;
    void (*spoil)(service::Settings&);
  };
  const Case cases[] = {
      {"publishing", [](service::Settings& s) { s.broker.clear(); }},
      {"publishing", [](service::Settings& s) { s.database.clear(); }},
      {"outbox.batch", [](service::Settings& s) { s.outbox.batch = 0; }},
      {"outbox.instances", [](service::Settings& s) { s.outbox.instances = 0; }},
      {"outbox.instances",
       [](service::Settings& s) {
         s.outbox.relay = service::Relay::cdc;
         s.outbox.instances = 2;
       }},
      {"outbox.every", [](service::Settings& s) { s.outbox.every = {}; }},
      {"outbox.mark",
       [](service::Settings& s) {
         s.outbox.read = service::Read::id_cursor;
         s.outbox.mark = service::Mark::erase;
       }},
      {"outbox.concurrency",
       [](service::Settings& s) {
         s.outbox.read = service::Read::xid_cursor;
         s.outbox.mark = service::Mark::before_publish;
         s.outbox.concurrency = 2;
       }},
      {"outbox.gap_timeout",
       [](service::Settings& s) {
         s.outbox.read = service::Read::id_cursor;
         s.outbox.on_gap = service::OnGap::wait;
         s.outbox.gap_timeout = sim::Duration{};
       }},
      {"outbox.columns.xid",
       [](service::Settings& s) {
         s.outbox.order_by = service::OrderBy::xid;
         s.outbox.columns = {{"xid", "7"}};
       }},
      {"outbox.heartbeat",
       [](service::Settings& s) {
         s.outbox.relay = service::Relay::cdc;
         s.outbox.heartbeat = sim::Duration{};
       }},
      {"subscriptions.prepare.when_waiting",
       [](service::Settings& s) {
         s.subscriptions = {subscription("prepare", "OrderCreated")};
         s.subscriptions[0].when_waiting = service::WhenWaiting::hold_key;
       }},
      {"subscriptions.prepare.inbox.when",
       [](service::Settings& s) {
         s.operations["prepare"].transaction = false;
         s.subscriptions = {subscription("prepare", "OrderCreated")};
         s.subscriptions[0].deduplicate = service::Deduplicate::inbox;
       }},
      {"subscriptions.again.group",
       [](service::Settings& s) {
         s.subscriptions = {subscription("prepare", "OrderCreated"),
                            subscription("again", "OrderCreated")};
       }},
      {"subscriptions.take_back",
       [](service::Settings& s) {
         s.subscriptions = {subscription("prepare", "OrderCreated"),
                            subscription("take_back", "OrderCancelled")};
         s.subscriptions[1].consumer.prefetch = 1;
       }},
  };
  for (const Case& one : cases) {
    service::Settings settings = with_outbox();
    CHECK(publishing::refusals(settings, events).empty());
    one.spoil(settings);
    const auto refusals = publishing::refusals(settings, events);
    INFO(one.path);
    REQUIRE_FALSE(refusals.empty());
    CHECK(refusals.front().path == one.path);
    CHECK_FALSE(refusals.front().sentence.empty());
  }
}
