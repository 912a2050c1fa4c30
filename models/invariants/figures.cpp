#include "models/invariants/figures.hpp"

#include "models/invariants/class_reading.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

void append(std::vector<std::int64_t>& into, const std::vector<std::int64_t>& from) {
  into.insert(into.end(), from.begin(), from.end());
}

bool was_handed_out(const Ledger& ledger, const EventClass& event_class) {
  for (const std::uint32_t index : event_class.members) {
    if (!ledger.record(index).handlings.empty()) return true;
  }
  return false;
}

void measure_publications(const Ledger& ledger, const EventClass& event_class,
                          EventFigures& figures) {
  for (const std::uint32_t index : event_class.members) {
    const std::uint64_t appended = ledger.record(index).publications.size();
    figures.publications += appended;
    if (appended > 1) figures.repeats += appended - 1;
  }
}

void measure_class(const Ledger& ledger, std::uint32_t index, EventFigures& figures) {
  const ClassReading reading(ledger, index);
  measure_publications(ledger, reading.event_class(), figures);
  const std::optional<Moment> published = reading.first_published();
  if (!reading.is_owed()) {
    if (published || was_handed_out(ledger, reading.event_class())) ++figures.invented;
    return;
  }
  ++figures.owed;
  if (!published) {
    ++figures.lost;
    return;
  }
  if (const std::optional<Moment> visible = reading.first_visible()) {
    figures.publish_delays_nanoseconds.push_back((published->at - visible->at).in_nanoseconds());
  }
}

void measure_request(const Request& request, OperationFigures& figures) {
  ++figures.requests;
  if (request.final_answer != history::Answer::ok) return;
  ++figures.requests_ok;
  figures.latencies_nanoseconds.push_back(
      (request.first_ok.at - request.invoked.at).in_nanoseconds());
}

}  // namespace

void merge(Figures& into, const Figures& from) {
  into.requests += from.requests;
  into.requests_ok += from.requests_ok;
  into.statements += from.statements;
  into.events_owed += from.events_owed;
  into.events_lost += from.events_lost;
  into.events_invented += from.events_invented;
  into.repeats += from.repeats;
  into.publications += from.publications;
  append(into.publish_delays_nanoseconds, from.publish_delays_nanoseconds);
  append(into.latencies_nanoseconds, from.latencies_nanoseconds);
  into.virtual_nanoseconds += from.virtual_nanoseconds;
  for (const auto& [event, figures] : from.by_event) {
    EventFigures& merged = into.by_event[event];
    merged.owed += figures.owed;
    merged.lost += figures.lost;
    merged.invented += figures.invented;
    merged.publications += figures.publications;
    merged.repeats += figures.repeats;
    append(merged.publish_delays_nanoseconds, figures.publish_delays_nanoseconds);
  }
  for (const auto& [operation, figures] : from.by_operation) {
    OperationFigures& merged = into.by_operation[operation];
    merged.requests += figures.requests;
    merged.requests_ok += figures.requests_ok;
    merged.statements += figures.statements;
    append(merged.latencies_nanoseconds, figures.latencies_nanoseconds);
  }
  for (const auto& [database, count] : from.statements_by_database) {
    into.statements_by_database[database] += count;
  }
  for (const auto& [saga, durations] : from.saga_durations_nanoseconds)
    append(into.saga_durations_nanoseconds[saga], durations);
  for (const auto& [service, workers] : from.workers_by_service) {
    WorkerFigures& merged = into.workers_by_service[service];
    merged.busy_nanoseconds += workers.busy_nanoseconds;
    merged.all_nanoseconds += workers.all_nanoseconds;
  }
}

FigureCollector::FigureCollector(const sim::Names& names, std::shared_ptr<Ledger> ledger)
    : names_(names), ledger_(ledger ? std::move(ledger) : std::make_shared<Ledger>()) {}

void FigureCollector::on_fact(const history::Fact& fact) {
  ledger_->on_fact(fact);
  if (std::holds_alternative<history::RequestInvoked>(fact.content)) {
    if (!first_request_) first_request_ = fact.at;
    last_request_ = fact.at;
    for (WorkerCount& known : workers_) known.busy_until_last_request = known.busy_nanoseconds;
    return;
  }
  const auto* const statement = std::get_if<history::StatementExecuted>(&fact.content);
  if (statement == nullptr) return;
  for (StatementCount& known : statements_) {
    if (known.database == statement->database && known.owner == statement->owner) {
      ++known.count;
      return;
    }
  }
  statements_.push_back({statement->database, statement->owner, 1});
}

void FigureCollector::on_work(const history::Work& work) {
  for (WorkerCount& known : workers_) {
    if (known.service != work.service) continue;
    known.busy_nanoseconds += work.busy.in_nanoseconds();
    return;
  }
  workers_.push_back({work.service, work.workers, work.busy.in_nanoseconds(), 0});
}

// What is still under way when the last request comes is left out: little, where there are many.
void FigureCollector::measure_workers(Figures& figures) const {
  if (!first_request_) return;
  const std::int64_t span = (last_request_ - *first_request_).in_nanoseconds();
  for (const WorkerCount& known : workers_) {
    WorkerFigures& measured = figures.workers_by_service[std::string(names_.text(known.service))];
    measured.busy_nanoseconds = known.busy_until_last_request;
    measured.all_nanoseconds = span * known.workers;
  }
}

// From when its client first asked, or from the first start that survives, to the last end that
// does: what waits for a worker has begun for whoever waits for it.
void FigureCollector::measure_sagas(Figures& figures) const {
  for (const SagaRecord& saga : ledger_->sagas()) {
    std::optional<history::Instant> started, ended;
    for (const SagaStart& start : saga.starts)
      if (!started && ledger_->survives(start.where)) started = start.moment.at;
    for (const SagaEnding& ending : saga.endings)
      if (ledger_->survives(ending.where)) ended = ending.moment.at;
    if (!started || !ended) continue;
    if (const auto request = ledger_->find_request(saga.saga))
      started = std::min(*started, ledger_->requests()[*request].invoked.at);
    figures.saga_durations_nanoseconds[std::string(names_.text(saga.type))].push_back(
        (*ended - *started).in_nanoseconds());
  }
}

Figures FigureCollector::finish() {
  Figures figures;
  measure_workers(figures);
  measure_sagas(figures);
  for (const StatementCount& counted : statements_) {
    figures.statements += counted.count;
    figures.statements_by_database[std::string(names_.text(counted.database))] += counted.count;
    figures.by_operation[std::string(names_.text(counted.owner))].statements += counted.count;
  }
  for (const Request& request : ledger_->requests()) {
    measure_request(request, figures.by_operation[std::string(names_.text(request.run))]);
  }
  for (std::uint32_t index = 0; index < ledger_->classes().size(); ++index) {
    const Name event = ledger_->classes()[index].event;
    measure_class(*ledger_, index, figures.by_event[std::string(names_.text(event))]);
  }
  for (const auto& [operation, measured] : figures.by_operation) {
    figures.requests += measured.requests;
    figures.requests_ok += measured.requests_ok;
    append(figures.latencies_nanoseconds, measured.latencies_nanoseconds);
  }
  for (const auto& [event, measured] : figures.by_event) {
    figures.events_owed += measured.owed;
    figures.events_lost += measured.lost;
    figures.events_invented += measured.invented;
    figures.publications += measured.publications;
    figures.repeats += measured.repeats;
    append(figures.publish_delays_nanoseconds, measured.publish_delays_nanoseconds);
  }
  figures.virtual_nanoseconds = ledger_->last_instant().since_start().in_nanoseconds();
  return figures;
}

}  // namespace halfwrite::invariants
