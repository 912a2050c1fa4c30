#include "reports/relation.hpp"

#include "models/invariants/fault_reading.hpp"

#include <algorithm>

namespace halfwrite::reports {

using namespace history;
using invariants::Violation;

namespace {

// The value of an argument is the subject: "order: order-1, shift: 1".
bool mentions(const std::string& arguments, const std::string& subject) {
  if (subject.empty()) return false;
  for (std::size_t at = arguments.find(subject); at != std::string::npos;
       at = arguments.find(subject, at + 1)) {
    const std::size_t end = at + subject.size();
    const bool begins = at == 0 || arguments[at - 1] == ' ';
    if (begins && (end == arguments.size() || arguments[end] == ',' || arguments[end] == ' '))
      return true;
  }
  return false;
}

// Whom the row of an author's query names.
std::vector<std::string> subjects_of(const Violation& violation) {
  std::vector<std::string> subjects = violation.other_subjects;
  if (!violation.subject.empty()) subjects.push_back(violation.subject);
  return subjects;
}

// The address ends there, or goes on with ", attempt 2".
bool ends_with_name(const std::string& address, const std::string& of) {
  const std::size_t at = address.find(of);
  if (at == std::string::npos) return false;
  const std::size_t end = at + of.size();
  return end == address.size() || address[end] == ',';
}

// It changes the lot of all that a database holds, whatever the story is about: a standby takes
// over, a slot is given up.
bool befell_server(const Fact& fact) {
  return std::holds_alternative<Promoted>(fact.content) ||
         std::holds_alternative<SlotLost>(fact.content);
}

}  // namespace

Relation::Relation(const std::vector<Fact>& facts, const Violation& violation,
                   const sim::Names& names)
    : fact_number_(violation.fact_number), consumer_(violation.consumer), names_(names) {
  if (!violation.event_id.empty()) event_ids_.insert(violation.event_id);
  if (!violation.other_event_id.empty()) event_ids_.insert(violation.other_event_id);
  if (!violation.intent.empty()) intents_.push_back(violation.intent);
  // The author's SQL knows rows, not intents: what names the values of the row belongs to it.
  const bool by_subject = event_ids_.empty() && intents_.empty();
  if (by_subject) relate_requests(facts, subjects_of(violation));
  for (const Fact& fact : facts) relate_event(fact, violation, by_subject, names);
  for (const Fact& fact : facts) relate_transaction(fact);
  for (const Identity& intent : intents_)
    intent_addresses_.push_back("of " + sim::to_text(names, intent));
  for (const std::string& event_id : event_ids_) intent_addresses_.push_back("of " + event_id);
}

void Relation::relate_event(const Fact& fact, const Violation& violation, bool by_subject,
                            const sim::Names& names) {
  const auto is_same_event = [&](Name event) {
    return violation.event.empty() || names.text(event) == violation.event;
  };
  if (const auto* emitted = std::get_if<Emitted>(&fact.content)) {
    const bool owed = is_intent(emitted->intent) && is_same_event(emitted->event);
    const bool of_subject =
        by_subject && !violation.subject.empty() && emitted->key == violation.subject;
    if (!owed && !has_event(emitted->event_id) && !of_subject) return;
    event_ids_.insert(emitted->event_id);
    tokens_.insert(emitted->transaction.value);
    if (!is_intent(emitted->intent)) intents_.push_back(emitted->intent);
  } else if (const auto* started = std::get_if<SagaStarted>(&fact.content)) {
    if (is_intent(started->saga)) is_saga_ = true;
  } else if (const auto* published = std::get_if<Published>(&fact.content)) {
    if (is_intent(published->intent) && is_same_event(published->event))
      event_ids_.insert(published->event_id);
  }
}

// The requests with such an argument; where there is none, those of a statement with such a text.
void Relation::relate_requests(const std::vector<Fact>& facts,
                               const std::vector<std::string>& subjects) {
  for (const std::string& subject : subjects) {
    const std::size_t before = intents_.size();
    for (const Fact& fact : facts) {
      const auto* invoked = std::get_if<RequestInvoked>(&fact.content);
      if (invoked == nullptr) continue;
      if (mentions(invoked->arguments, subject) ||
          sim::to_text(names_, invoked->request) == subject)
        intents_.push_back(invoked->request);
    }
    if (intents_.size() > before) continue;
    for (const Fact& fact : facts) {
      const auto* executed = std::get_if<StatementExecuted>(&fact.content);
      const bool names = executed != nullptr && !executed->intent.empty() && !subject.empty() &&
                         executed->text.find("'" + subject + "'") != std::string::npos;
      if (names && !is_intent(executed->intent)) intents_.push_back(executed->intent);
    }
  }
}

bool Relation::is_intent(const Identity& identity) const {
  return !identity.empty() &&
         std::find(intents_.begin(), intents_.end(), identity) != intents_.end();
}

void Relation::relate_transaction(const Fact& fact) {
  if (const auto* logged = std::get_if<CommitLogged>(&fact.content)) {
    if (is_intent(logged->intent)) tokens_.insert(logged->transaction.value);
  } else if (const auto* applied = std::get_if<Applied>(&fact.content)) {
    if (!has_event(applied->event_id)) return;
    tokens_.insert(applied->transaction.value);
    consumers_.insert({applied->transaction.value, applied->consumer});
  }
}

// A hand-written relay reads and marks rows for no intent of the event's own.
bool Relation::names_event(const std::string& statement) const {
  return std::any_of(event_ids_.begin(), event_ids_.end(), [&statement](const std::string& id) {
    return !id.empty() && invariants::contains_name(statement, id);
  });
}

Name Relation::consumer_of(const Fact& fact) const {
  return std::visit(
      [this](const auto& content) -> Name {
        if constexpr (requires { content.consumer; }) {
          return content.consumer;
        } else if constexpr (requires { content.transaction; }) {
          const auto found = consumers_.find(content.transaction.value);
          return found == consumers_.end() ? Name{} : found->second;
        } else {
          return {};
        }
      },
      fact.content);
}

// The story of a saga is that of its steps; commits and messages are how they came about.
std::optional<Weight> Relation::weight_in_saga(const Fact& fact) const {
  if (!is_saga_) return std::nullopt;
  if (const auto* effect = std::get_if<ExternalEffect>(&fact.content))
    return effect->effect || effect->answer != "repeated" ? Weight::decisive : Weight::link;
  if (const auto* ended = std::get_if<SagaStepEnded>(&fact.content))
    return ended->outcome == StepOutcome::applied ? Weight::link : Weight::decisive;
  if (std::holds_alternative<SagaStepApplied>(fact.content) ||
      std::holds_alternative<SagaDecided>(fact.content) ||
      std::holds_alternative<SagaEnded>(fact.content))
    return Weight::decisive;
  if (std::holds_alternative<SagaStarted>(fact.content) ||
      std::holds_alternative<SagaStepAsked>(fact.content))
    return Weight::link;
  const bool is_way = std::holds_alternative<CommitLogged>(fact.content) ||
                      std::holds_alternative<Emitted>(fact.content) ||
                      std::holds_alternative<Published>(fact.content) ||
                      std::holds_alternative<Delivered>(fact.content) ||
                      std::holds_alternative<Handled>(fact.content);
  return is_way ? std::optional(Weight::detail) : std::nullopt;
}

Weight Relation::weight(const Fact& fact) const {
  if (std::holds_alternative<FaultStruck>(fact.content) || befell_server(fact))
    return Weight::decisive;
  if (fact_number_ != 0 && fact.number == fact_number_) return Weight::decisive;
  if (const auto weight = weight_in_saga(fact)) return *weight;
  const Name consumer = consumer_of(fact);
  if (!consumer_.empty() && !consumer.empty() && names_.text(consumer) != consumer_)
    return Weight::elsewhere;
  if (const auto* logged = std::get_if<CommitLogged>(&fact.content))
    return logged->rows_changed > 0 ? Weight::decisive : Weight::link;
  if (const auto* invoked = std::get_if<RequestInvoked>(&fact.content))
    return invoked->attempt == 1 ? Weight::decisive : Weight::link;  // a story begins with it
  if (std::holds_alternative<CommitLost>(fact.content) ||
      std::holds_alternative<PublishLost>(fact.content) ||
      std::holds_alternative<Parked>(fact.content))
    return Weight::decisive;
  const bool is_link = std::holds_alternative<Emitted>(fact.content) ||
                       std::holds_alternative<TransactionAborted>(fact.content) ||
                       std::holds_alternative<Published>(fact.content) ||
                       std::holds_alternative<Delivered>(fact.content) ||
                       std::holds_alternative<RequestAnswered>(fact.content) ||
                       std::holds_alternative<Handled>(fact.content);
  return is_link ? Weight::link : Weight::detail;
}

bool Relation::holds(const Fact& fact) const {
  if (befell_server(fact)) return true;
  if (const auto* struck = std::get_if<FaultStruck>(&fact.content)) {
    return std::any_of(
        intent_addresses_.begin(), intent_addresses_.end(),
        [struck](const std::string& of) { return ends_with_name(struck->fault.address, of); });
  }
  if (const auto* executed = std::get_if<StatementExecuted>(&fact.content)) {
    return is_intent(executed->intent) || has(executed->transaction) || names_event(executed->text);
  }
  return std::visit(
      [this](const auto& content) {
        if constexpr (requires { content.event_id; }) {
          return has_event(content.event_id);
        } else if constexpr (requires { content.step.saga; }) {
          if constexpr (requires { content.intent; }) {
            if (is_intent(content.intent)) return true;
          }
          return is_intent(content.step.saga);
        } else if constexpr (requires { content.saga; }) {
          return is_intent(content.saga);
        } else if constexpr (requires { content.transaction; }) {
          return has(content.transaction);
        } else if constexpr (requires { content.request; }) {
          return is_intent(content.request);
        } else {
          return false;
        }
      },
      fact.content);
}

}  // namespace halfwrite::reports
