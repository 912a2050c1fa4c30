#include "models/history/recorder.hpp"
#include "sim/draw.hpp"

#include <type_traits>

namespace halfwrite::history {
namespace {

// Folds the fields of one fact, in order of declaration. A Name goes in by the hash of its text:
// its number is an order of first use.
class Fold {
 public:
  explicit Fold(const sim::Names& names, std::uint64_t kind) : names_(names), key_(kind) {}

  template <typename... Fields>
  Fold& with(const Fields&... fields) {
    (add(fields), ...);
    return *this;
  }
  std::uint64_t value() const { return key_.value(); }

 private:
  template <typename Number>
  requires(std::is_integral_v<Number> || std::is_enum_v<Number>) void add(Number number) {
    key_ = key_.with(static_cast<std::uint64_t>(number));
  }
  void add(const std::string& text) { key_ = key_.with(sim::Key::hash_text(text)); }
  void add(Name name) { key_ = key_.with(names_.hash(name)); }
  void add(const Identity& identity) { with(identity.source, identity.number); }
  void add(TransactionToken token) { add(token.value); }
  void add(const SagaStep& step) { with(step.saga, step.type, step.step, step.kind, step.attempt); }
  void add(sim::Duration duration) { add(duration.in_nanoseconds()); }
  void add(Instant instant) { add(instant.since_start()); }
  template <typename Element>
  void add(const std::vector<Element>& elements) {
    add(elements.size());
    for (const Element& element : elements) add(element);
  }
  void add(const Argument& argument) { with(argument.name, argument.value); }
  void add(const sim::Point& point) {
    with(point.subject, point.number.has_value(), point.number.value_or(0), point.step,
         point.moment, point.nth, point.attempt.has_value(), point.attempt.value_or(0));
  }
  void add(const sim::Fault& fault) {
    with(fault.kind, fault.anchor.when, fault.anchor.at, fault.anchor.point, fault.targets,
         fault.groups, fault.lasting, fault.for_ever, fault.by, fault.machine, fault.disk_lost,
         fault.one_way, fault.blocking, fault.error, fault.times);
    if (!fault.fenced) add(fault.fenced);
  }

  const sim::Names& names_;
  sim::Key key_;
};

void fold(Fold& into, const RequestInvoked& f) {
  into.with(f.request, f.attempt, f.client, f.run, f.arguments);
}
void fold(Fold& into, const RequestAnswered& f) {
  into.with(f.request, f.attempt, f.answer, f.reason);
}
// Without `text`: see fingerprint's contract.
void fold(Fold& into, const StatementExecuted& f) {
  into.with(f.database, f.owner, f.actor, f.intent, f.transaction, f.rows, f.error);
}
void fold(Fold& into, const CommitLogged& f) {
  into.with(f.database, f.transaction, f.xid, f.position, f.actor, f.operation, f.intent, f.attempt,
            f.rows_changed);
}
void fold(Fold& into, const CommitFlushed& f) {
  into.with(f.database, f.transaction);
}
void fold(Fold& into, const CommitVisible& f) {
  into.with(f.database, f.transaction);
}
void fold(Fold& into, const CommitAnswered& f) {
  into.with(f.database, f.transaction, f.answer);
}
void fold(Fold& into, const TransactionAborted& f) {
  into.with(f.database, f.transaction, f.reason);
}
void fold(Fold& into, const CommitLost& f) {
  into.with(f.database, f.transaction, f.allowed_by_config);
}
void fold(Fold& into, const Promoted& f) {
  into.with(f.database, f.from, f.to, f.position, f.fenced);
}
void fold(Fold& into, const SlotLost& f) {
  into.with(f.database, f.slot, f.bytes_behind);
}
void fold(Fold& into, const Emitted& f) {
  into.with(f.event_id, f.event, f.version, f.key, f.payload, f.database, f.transaction, f.intent,
            f.attempt, f.ordinal, f.service);
}
void fold(Fold& into, const Published& f) {
  into.with(f.event_id, f.event, f.intent, f.key, f.payload, f.broker, f.topic, f.partition,
            f.offset, f.producer);
}
void fold(Fold& into, const BecameReadable& f) {
  into.with(f.broker, f.topic, f.partition, f.offset);
}
void fold(Fold& into, const PublishLost& f) {
  into.with(f.event_id, f.broker, f.topic, f.partition, f.offset, f.acknowledged,
            f.allowed_by_config);
}
void fold(Fold& into, const Delivered& f) {
  into.with(f.event_id, f.event, f.topic, f.partition, f.offset, f.consumer, f.instance, f.attempt);
}
void fold(Fold& into, const Applied& f) {
  into.with(f.event_id, f.event, f.key, f.consumer, f.instance, f.database, f.transaction);
}
void fold(Fold& into, const Handled& f) {
  into.with(f.event_id, f.event, f.consumer, f.instance, f.attempt, f.outcome, f.reason);
}
void fold(Fold& into, const Acknowledged& f) {
  into.with(f.consumer, f.broker, f.topic, f.partition, f.next_offset);
}
void fold(Fold& into, const Parked& f) {
  into.with(f.event_id, f.event, f.consumer, f.reason);
}
void fold(Fold& into, const FaultStruck& f) {
  into.with(f.fault.fault, f.fault.at, f.fault.target, f.fault.address);
}
void fold(Fold& into, const JobRan& f) {
  into.with(f.service, f.job, f.instance, f.outcome);
}
void fold(Fold& into, const SagaStarted& f) {
  into.with(f.saga, f.type, f.intent, f.arguments, f.database, f.transaction);
}
void fold(Fold& into, const SagaStepAsked& f) {
  into.with(f.step, f.service, f.database, f.transaction);
}
void fold(Fold& into, const SagaStepApplied& f) {
  into.with(f.step, f.database, f.transaction, f.empty);
}
void fold(Fold& into, const SagaStepEnded& f) {
  into.with(f.step, f.outcome, f.reason);
}
void fold(Fold& into, const SagaDecided& f) {
  into.with(f.saga, f.type, f.commit, f.database, f.transaction, f.reason);
}
void fold(Fold& into, const SagaEnded& f) {
  into.with(f.saga, f.type, f.state, f.database, f.transaction, f.reason);
}
void fold(Fold& into, const ExternalEffect& f) {
  into.with(f.system, f.operation, f.key, f.arguments, f.intent, f.step, f.effect, f.answer,
            f.irreversible);
}

}  // namespace

std::uint64_t fingerprint(const FactContent& content, const sim::Names& names) {
  Fold into(names, content.index());
  std::visit([&into](const auto& fact) { fold(into, fact); }, content);
  return into.value();
}

}  // namespace halfwrite::history
