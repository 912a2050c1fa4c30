#include "scenarios/history_tables.hpp"

#include "sim/address.hpp"
#include "sim/fault.hpp"

#include <fmt/format.h>

namespace halfwrite::scenarios {

using namespace history;

namespace {

sql::Value milliseconds(Instant instant) {
  return sql::Value::bigint(instant.since_start().in_nanoseconds() / 1'000'000);
}
sql::Value number(std::uint64_t value) {
  return sql::Value::bigint(static_cast<std::int64_t>(value));
}
sql::Value token_text(TransactionToken token) {
  return sql::Value::text(fmt::format("{:016x}", token.value));
}

}  // namespace

class HistoryTables::Writer {
 public:
  Writer(const sql::Table& table, sql::Row& row) : table_(table), row_(row) {}
  Writer& set(std::string_view column, const sql::Value& value) {
    const auto id = table_.find_column(column);
    if (!id) return *this;
    auto converted = sql::convert(value, table_.columns[*id].type);
    if (converted) row_[*id] = std::move(*converted);
    return *this;
  }

 private:
  const sql::Table& table_;
  sql::Row& row_;
};

HistoryTables::HistoryTables(std::shared_ptr<const sql::Catalog> catalog, const sim::Names& names)
    : catalog_(std::move(catalog)), names_(names) {
  for (const sql::Table& table : catalog_->tables()) tables_[table.name].table = &table;
}

HistoryTables::Writer HistoryTables::add(std::string_view table) {
  const auto found = tables_.find(table);
  HALFWRITE_ASSERT(found != tables_.end(),
                   "the schema history lacks a table that facts are written to");
  Filling& filling = found->second;
  sql::Row row;
  for (const sql::Column& column : filling.table->columns)
    row.push_back(sql::Value::null(column.type.kind));
  filling.rows.push_back(std::move(row));
  return {*filling.table, filling.rows.back()};
}

HistoryTables::Writer HistoryTables::at(std::string_view table, std::size_t index) {
  Filling& filling = tables_.find(table)->second;
  return {*filling.table, filling.rows[index]};
}

std::size_t HistoryTables::rows_of(std::string_view table) {
  return tables_.find(table)->second.rows.size();
}

sql::Value HistoryTables::text(sim::Name name) const {
  return sql::Value::text(std::string(names_.text(name)));
}

void HistoryTables::on_fact(const Fact& fact) {
  const auto fate = [&](TransactionToken token, const char* word) {
    if (const auto row = commit_rows_.find(token.value); row != commit_rows_.end())
      at("commits", row->second).set("fate", sql::Value::text(word));
  };
  if (const auto* f = std::get_if<RequestInvoked>(&fact.content)) return record_request(fact, *f);
  if (const auto* f = std::get_if<RequestAnswered>(&fact.content)) return record_answer(fact, *f);
  if (const auto* f = std::get_if<CommitLogged>(&fact.content)) return record_commit(fact, *f);
  if (const auto* f = std::get_if<Emitted>(&fact.content)) return record_emitted(*f);
  if (const auto* f = std::get_if<Published>(&fact.content)) return record_published(fact, *f);
  if (const auto* f = std::get_if<PublishLost>(&fact.content)) return record_publish_lost(*f);
  if (const auto* f = std::get_if<Delivered>(&fact.content)) return record_delivered(fact, *f);
  if (const auto* f = std::get_if<Applied>(&fact.content)) return record_applied(fact, *f);
  if (const auto* f = std::get_if<Parked>(&fact.content)) return record_parked(fact, *f);
  if (const auto* f = std::get_if<ExternalEffect>(&fact.content)) return record_external(fact, *f);
  if (const auto* f = std::get_if<JobRan>(&fact.content)) return record_job(fact, *f);
  if (const auto* f = std::get_if<FaultStruck>(&fact.content)) return record_fault(fact, *f);
  if (const auto* f = std::get_if<CommitLost>(&fact.content))
    return fate(f->transaction, "not_applied");
  if (const auto* f = std::get_if<TransactionAborted>(&fact.content))
    return fate(f->transaction, "not_applied");
  if (const auto* f = std::get_if<CommitVisible>(&fact.content)) {
    if (const auto row = commit_rows_.find(f->transaction.value); row != commit_rows_.end())
      at("commits", row->second).set("visible_at", milliseconds(fact.at));
  } else if (const auto* answered = std::get_if<CommitAnswered>(&fact.content)) {
    if (const auto row = commit_rows_.find(answered->transaction.value); row != commit_rows_.end())
      at("commits", row->second)
          .set("answered_at", milliseconds(fact.at))
          .set("answer", sql::Value::text(to_text(answered->answer)));
  }
}

void HistoryTables::record_request(const Fact& fact, const RequestInvoked& f) {
  const std::string id = sim::to_text(names_, f.request);
  if (!request_rows_.try_emplace(id, rows_of("requests")).second)
    return;  // a client's retry is the same request
  add("requests")
      .set("id", sql::Value::text(id))
      .set("workload", text(f.request.source))
      .set("run", text(f.run))
      .set("arguments", sql::Value::text(f.arguments))
      .set("invoked_at", milliseconds(fact.at))
      .set("answer", sql::Value::text("unknown"))
      .set("fate", sql::Value::text("not_applied"));
}

void HistoryTables::record_answer(const Fact& fact, const RequestAnswered& f) {
  const auto row = request_rows_.find(sim::to_text(names_, f.request));
  if (row == request_rows_.end()) return;
  at("requests", row->second)
      .set("answered_at", milliseconds(fact.at))
      .set("answer", sql::Value::text(to_text(f.answer)))
      .set("reply", sql::Value::text(f.reason));
}

void HistoryTables::record_commit(const Fact& fact, const CommitLogged& f) {
  const std::string operation(names_.text(f.operation));
  commit_rows_[f.transaction.value] = rows_of("commits");
  add("commits")
      .set("tx", token_text(f.transaction))
      .set("database", text(f.database))
      .set("service", sql::Value::text(operation.substr(0, operation.find('.'))))
      .set("instance", text(f.actor))
      .set("operation", sql::Value::text(operation))
      .set("request", sql::Value::text(sim::to_text(names_, f.intent)))
      .set("position", number(f.position))
      .set("logged_at", milliseconds(fact.at))
      .set("fate", sql::Value::text("applied"));
  if (const auto row = request_rows_.find(sim::to_text(names_, f.intent));
      row != request_rows_.end() && f.rows_changed > 0)
    at("requests", row->second).set("fate", sql::Value::text("applied"));
  for (const std::size_t index : applied_rows_[f.transaction.value])
    at("applied", index).set("changed", sql::Value::boolean(f.rows_changed > 0));
}

void HistoryTables::record_emitted(const Emitted& f) {
  add("emitted")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("version", number(f.version))
      .set("key", sql::Value::text(f.key))
      .set("payload", sql::Value::text(f.payload))
      .set("tx", token_text(f.transaction))
      .set("request", sql::Value::text(sim::to_text(names_, f.intent)))
      .set("intent", sql::Value::text(sim::to_text(names_, f.intent)))
      .set("seq", number(++emitted_per_key_[f.key]));
}

void HistoryTables::record_published(const Fact& fact, const Published& f) {
  add("published")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("topic", text(f.topic))
      .set("partition", number(f.partition))
      .set("offset", number(f.offset))
      .set("key", sql::Value::text(f.key))
      .set("payload", sql::Value::text(f.payload))
      .set("at", milliseconds(fact.at))
      .set("survived", sql::Value::boolean(true));
}

void HistoryTables::record_publish_lost(const PublishLost& f) {
  Filling& published = tables_.find("published")->second;
  const auto topic = published.table->find_column("topic");
  const auto partition = published.table->find_column("partition");
  const auto offset = published.table->find_column("offset");
  if (!topic || !partition || !offset) return;
  const std::string topic_text(names_.text(f.topic));
  // From the end: offsets are used again after a truncation, and the last record there is the one
  // that went.
  for (std::size_t i = published.rows.size(); i-- > 0;) {
    const sql::Row& row = published.rows[i];
    if (sql::to_text(row[*topic]) == topic_text && row[*partition].integer() == f.partition &&
        row[*offset].integer() == static_cast<std::int64_t>(f.offset)) {
      at("published", i).set("survived", sql::Value::boolean(false));
      return;
    }
  }
}

void HistoryTables::record_delivered(const Fact& fact, const Delivered& f) {
  add("delivered")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("topic", text(f.topic))
      .set("consumer", text(f.consumer))
      .set("instance", text(f.instance))
      .set("attempt", number(f.attempt))
      .set("at", milliseconds(fact.at));
}

void HistoryTables::record_applied(const Fact& fact, const Applied& f) {
  applied_rows_[f.transaction.value].push_back(rows_of("applied"));
  add("applied")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("consumer", text(f.consumer))
      .set("tx", token_text(f.transaction))
      .set("changed", sql::Value::boolean(false))
      .set("at", milliseconds(fact.at));
}

void HistoryTables::record_parked(const Fact& fact, const Parked& f) {
  add("parked")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("consumer", text(f.consumer))
      .set("reason", sql::Value::text(f.reason))
      .set("at", milliseconds(fact.at));
}

void HistoryTables::record_external(const Fact& fact, const ExternalEffect& f) {
  add("external")
      .set("id", number(rows_of("external")))
      .set("system", text(f.system))
      .set("operation", text(f.operation))
      .set("key", f.key.empty() ? sql::Value() : sql::Value::text(f.key))
      .set("arguments", sql::Value::text(to_text(f.arguments)))
      .set("intent", sql::Value::text(sim::to_text(names_, f.intent)))
      .set("saga",
           f.step.empty() ? sql::Value() : sql::Value::text(sim::to_text(names_, f.step.saga)))
      .set("at", milliseconds(fact.at))
      .set("effect", sql::Value::boolean(f.effect));
}

void HistoryTables::record_job(const Fact& fact, const JobRan& f) {
  add("jobs")
      .set("service", text(f.service))
      .set("job", text(f.job))
      .set("instance", text(f.instance))
      .set("at", milliseconds(fact.at))
      .set("outcome", sql::Value::text(to_text(f.outcome)));
}

void HistoryTables::record_fault(const Fact& fact, const FaultStruck& f) {
  add("faults")
      .set("fault", sql::Value::text(sim::to_text(f.fault.fault.kind)))
      .set("target", sql::Value::text(f.fault.target))
      .set("point", sql::Value::text(f.fault.address))
      .set("at", milliseconds(fact.at));
}

void HistoryTables::scan(sql::TableId table, std::vector<sql::StoredRow>& rows) const {
  const Filling& filling = tables_.find(catalog_->table(table).name)->second;
  for (std::size_t i = 0; i < filling.rows.size(); ++i)
    rows.push_back({static_cast<sql::RowId>(i + 1), &filling.rows[i]});
}

void HistoryTables::find(sql::TableId table, const sql::KeyRange&,
                         std::vector<sql::StoredRow>& rows) const {
  scan(table, rows);  // more than was asked for is allowed: the evaluator filters again
}

const sql::Row* HistoryTables::row(sql::TableId table, sql::RowId id) const {
  const Filling& filling = tables_.find(catalog_->table(table).name)->second;
  const auto index = static_cast<std::size_t>(id - 1);
  return index < filling.rows.size() ? &filling.rows[index] : nullptr;
}

}  // namespace halfwrite::scenarios
