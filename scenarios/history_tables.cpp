#include "scenarios/history_tables.hpp"

#include "sim/address.hpp"
#include "sim/fault.hpp"

#include <fmt/format.h>

namespace halfwrite::scenarios {

using namespace history;

namespace {

sql::Value token_text(TransactionToken token) {
  return sql::Value::text(fmt::format("{:016x}", token.value));
}

}  // namespace

HistoryTables::HistoryTables(std::shared_ptr<const sql::Catalog> catalog, const sim::Names& names)
    : rows_(std::move(catalog)),
      names_(names),
      sagas_(rows_, names),
      published_{rows_.column("published", "topic"), rows_.column("published", "partition"),
                 rows_.column("published", "offset")} {}

sql::Value HistoryTables::text(sim::Name name) const {
  return sql::Value::text(std::string(names_.text(name)));
}

void HistoryTables::on_fact(const Fact& fact) {
  sagas_.on_fact(fact);
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
  if (const auto* f = std::get_if<CommitLost>(&fact.content)) return settle(f->transaction, false);
  if (const auto* f = std::get_if<TransactionAborted>(&fact.content))
    return settle(f->transaction, false);
  if (const auto* f = std::get_if<CommitVisible>(&fact.content)) {
    settle(f->transaction, true);  // also of one that was lost with a disk a standby had copied
    if (const auto row = commit_rows_.find(f->transaction.value); row != commit_rows_.end())
      rows_.at("commits", row->second).set("visible_at", HistoryRows::milliseconds(fact.at));
  } else if (const auto* answered = std::get_if<CommitAnswered>(&fact.content)) {
    if (const auto row = commit_rows_.find(answered->transaction.value); row != commit_rows_.end())
      rows_.at("commits", row->second)
          .set("answered_at", HistoryRows::milliseconds(fact.at))
          .set("answer", sql::Value::text(to_text(answered->answer)));
  }
}

void HistoryTables::record_request(const Fact& fact, const RequestInvoked& f) {
  const std::string id = sim::to_text(names_, f.request);
  if (!request_rows_.try_emplace(id, rows_.count("requests")).second)
    return;  // a client's retry is the same request
  rows_.add("requests")
      .set("id", sql::Value::text(id))
      .set("workload", text(f.request.source))
      .set("run", text(f.run))
      .set("arguments", sql::Value::text(f.arguments))
      .set("invoked_at", HistoryRows::milliseconds(fact.at))
      .set("answer", sql::Value::text("unknown"))
      .set("fate", sql::Value::text("not_applied"));
}

void HistoryTables::record_answer(const Fact& fact, const RequestAnswered& f) {
  const auto row = request_rows_.find(sim::to_text(names_, f.request));
  if (row == request_rows_.end()) return;
  rows_.at("requests", row->second)
      .set("answered_at", HistoryRows::milliseconds(fact.at))
      .set("answer", sql::Value::text(to_text(f.answer)))
      .set("reply", sql::Value::text(f.reason));
}

void HistoryTables::record_commit(const Fact& fact, const CommitLogged& f) {
  const std::string operation(names_.text(f.operation));
  commit_rows_[f.transaction.value] = rows_.count("commits");
  rows_.add("commits")
      .set("tx", token_text(f.transaction))
      .set("database", text(f.database))
      .set("service", sql::Value::text(operation.substr(0, operation.find('.'))))
      .set("instance", text(f.actor))
      .set("operation", sql::Value::text(operation))
      .set("request", sql::Value::text(sim::to_text(names_, f.intent)))
      .set("position", HistoryRows::number(f.position))
      .set("logged_at", HistoryRows::milliseconds(fact.at))
      .set("fate", sql::Value::text("applied"));
  if (const auto row = request_rows_.find(sim::to_text(names_, f.intent));
      row != request_rows_.end() && f.rows_changed > 0) {
    request_of_[f.transaction.value] = row->second;
    settle(f.transaction, true);
  }
  for (const std::size_t index : applied_rows_[f.transaction.value])
    rows_.at("applied", index).set("changed", sql::Value::boolean(f.rows_changed > 0));
}

// A request is applied as long as one transaction that changed rows for it survives.
void HistoryTables::settle(TransactionToken transaction, bool survives) {
  const auto word = [](bool applied) {
    return sql::Value::text(applied ? "applied" : "not_applied");
  };
  if (const auto row = commit_rows_.find(transaction.value); row != commit_rows_.end())
    rows_.at("commits", row->second).set("fate", word(survives));
  const auto request = request_of_.find(transaction.value);
  if (request == request_of_.end()) return;
  std::set<std::uint64_t>& surviving = surviving_[request->second];
  if (survives) {
    surviving.insert(transaction.value);
  } else {
    surviving.erase(transaction.value);
  }
  rows_.at("requests", request->second).set("fate", word(!surviving.empty()));
}

void HistoryTables::record_emitted(const Emitted& f) {
  rows_.add("emitted")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("version", HistoryRows::number(f.version))
      .set("key", sql::Value::text(f.key))
      .set("payload", sql::Value::text(f.payload))
      .set("tx", token_text(f.transaction))
      .set("request", sql::Value::text(sim::to_text(names_, f.intent)))
      .set("intent", sql::Value::text(sim::to_text(names_, f.intent)))
      .set("seq", HistoryRows::number(++emitted_per_key_[f.key]));
}

void HistoryTables::record_published(const Fact& fact, const Published& f) {
  rows_.add("published")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("topic", text(f.topic))
      .set("partition", HistoryRows::number(f.partition))
      .set("offset", HistoryRows::number(f.offset))
      .set("key", sql::Value::text(f.key))
      .set("payload", sql::Value::text(f.payload))
      .set("at", HistoryRows::milliseconds(fact.at))
      .set("survived", sql::Value::boolean(true));
}

void HistoryTables::record_publish_lost(const PublishLost& f) {
  const std::string topic(names_.text(f.topic));
  // From the end: offsets are used again after a truncation, and the last record there is the one
  // that went.
  for (std::size_t i = rows_.count("published"); i-- > 0;) {
    const sql::Row& row = rows_.values("published", i);
    if (sql::to_text(row[published_.topic]) == topic &&
        row[published_.partition].integer() == f.partition &&
        row[published_.offset].integer() == static_cast<std::int64_t>(f.offset)) {
      rows_.at("published", i).set("survived", sql::Value::boolean(false));
      return;
    }
  }
}

void HistoryTables::record_delivered(const Fact& fact, const Delivered& f) {
  rows_.add("delivered")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("topic", text(f.topic))
      .set("consumer", text(f.consumer))
      .set("instance", text(f.instance))
      .set("attempt", HistoryRows::number(f.attempt))
      .set("at", HistoryRows::milliseconds(fact.at));
}

void HistoryTables::record_applied(const Fact& fact, const Applied& f) {
  applied_rows_[f.transaction.value].push_back(rows_.count("applied"));
  rows_.add("applied")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("consumer", text(f.consumer))
      .set("tx", token_text(f.transaction))
      .set("changed", sql::Value::boolean(false))
      .set("at", HistoryRows::milliseconds(fact.at));
}

void HistoryTables::record_parked(const Fact& fact, const Parked& f) {
  rows_.add("parked")
      .set("event_id", sql::Value::text(f.event_id))
      .set("event", text(f.event))
      .set("consumer", text(f.consumer))
      .set("reason", sql::Value::text(f.reason))
      .set("at", HistoryRows::milliseconds(fact.at));
}

void HistoryTables::record_external(const Fact& fact, const ExternalEffect& f) {
  rows_.add("external")
      .set("id", HistoryRows::number(rows_.count("external")))
      .set("system", text(f.system))
      .set("operation", text(f.operation))
      .set("key", f.key.empty() ? sql::Value() : sql::Value::text(f.key))
      .set("arguments", sql::Value::text(to_text(f.arguments)))
      .set("intent", sql::Value::text(sim::to_text(names_, f.intent)))
      .set("saga",
           f.step.empty() ? sql::Value() : sql::Value::text(sim::to_text(names_, f.step.saga)))
      .set("at", HistoryRows::milliseconds(fact.at))
      .set("effect", sql::Value::boolean(f.effect));
}

void HistoryTables::record_job(const Fact& fact, const JobRan& f) {
  rows_.add("jobs")
      .set("service", text(f.service))
      .set("job", text(f.job))
      .set("instance", text(f.instance))
      .set("at", HistoryRows::milliseconds(fact.at))
      .set("outcome", sql::Value::text(to_text(f.outcome)));
}

void HistoryTables::record_fault(const Fact& fact, const FaultStruck& f) {
  rows_.add("faults")
      .set("fault", sql::Value::text(sim::to_text(f.fault.fault.kind)))
      .set("target", sql::Value::text(f.fault.target))
      .set("point", sql::Value::text(f.fault.address))
      .set("at", HistoryRows::milliseconds(fact.at));
}

}  // namespace halfwrite::scenarios
