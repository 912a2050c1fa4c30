#include "models/invariants/lineage.hpp"

#include "models/invariants/class_reading.hpp"
#include "models/invariants/fault_reading.hpp"
#include "models/invariants/ledger.hpp"

#include <algorithm>
#include <limits>

namespace halfwrite::invariants {
namespace {

using history::Fact;

LineageStep step_at(Stage stage, StageState state, Moment moment, std::uint64_t times) {
  LineageStep step;
  step.stage = stage;
  step.state = state;
  step.at = moment.at;
  step.fact_number = moment.number;
  step.times = times;
  return step;
}

LineageStep happened(Stage stage, Moment first, std::uint64_t times) {
  return step_at(stage, times > 1 ? StageState::repeated : StageState::happened, first, times);
}

LineageStep never(Stage stage, std::string note = {}) {
  LineageStep step;
  step.stage = stage;
  step.note = std::move(note);
  return step;
}

void keep_earlier(Moment& first, Moment other) {
  if (!first.happened() || other.number < first.number) first = other;
}

// Reads one lineage from a ledger of the whole run.
class Reader {
 public:
  Reader(const std::vector<Fact>& facts, const Violation& violation, const sim::Names& names)
      : facts_(facts), violation_(violation), names_(names) {
    for (const Fact& fact : facts_) ledger_.on_fact(fact);
    find_class();
  }

  Lineage read() {
    Lineage lineage;
    lineage.subject = violation_.subject;
    lineage.event_id = violation_.event_id;
    lineage.intent = violation_.intent;
    for (std::size_t index = 0; index < lineage.steps.size(); ++index) {
      lineage.steps[index].stage = static_cast<Stage>(index);
    }
    lineage.steps[0] = intent();
    lineage.steps[1] = commit();
    if (class_) {
      lineage.steps[2] = publish();
      lineage.steps[3] = deliver();
      lineage.steps[4] = effect();
      lineage.steps[5] = acknowledge();
      find_break(lineage);
    } else if (lineage.steps[1].state != StageState::happened) {
      lineage.broken_after = Stage::intent;
      find_culprit(lineage);
    }
    return lineage;
  }

 private:
  void find_class() {
    const std::vector<std::uint32_t>& records = ledger_.records_of(violation_.event_id);
    if (!records.empty()) class_ = ledger_.record(records.front()).event_class;
    for (const std::uint32_t index : records) {
      const EventClass& candidate = ledger_.classes()[ledger_.record(index).event_class];
      if (candidate.key == violation_.subject) class_ = ledger_.record(index).event_class;
    }
    if (!class_) return;
    for (const std::uint32_t index : ledger_.classes()[*class_].members) {
      members_.push_back(&ledger_.record(index));
      for (const Emission& emission : members_.back()->emissions) {
        transactions_.push_back(emission.transaction);
      }
    }
    std::sort(transactions_.begin(), transactions_.end());
    transactions_.erase(std::unique(transactions_.begin(), transactions_.end()),
                        transactions_.end());
  }

  bool concerns(Name consumer) const {
    return violation_.consumer.empty() || names_.text(consumer) == violation_.consumer;
  }

  LineageStep intent() const {
    if (const auto index = ledger_.find_request(violation_.intent)) {
      const Request& request = ledger_.requests()[*index];
      return happened(Stage::intent, request.invoked, std::max(request.attempts, 1u));
    }
    // Work of a job, or of the system itself: its first sign is the event.
    Moment first;
    for (const EventRecord* member : members_) {
      for (const Emission& emission : member->emissions) keep_earlier(first, emission.moment);
    }
    return first.happened() ? happened(Stage::intent, first, 1) : never(Stage::intent);
  }

  LineageStep commit() {
    if (transactions_.empty() && !class_) collect_by_intent();
    if (transactions_.empty()) return never(Stage::commit, "no transaction owed it");
    Moment logged;
    Moment lost;
    std::uint64_t survivors = 0;
    bool unknown_to_client = false;
    bool undecided = false;
    for (const std::uint32_t index : transactions_) {
      const Transaction& transaction = ledger_.transaction(index);
      if (transaction.survives()) {
        ++survivors;
        keep_earlier(logged, transaction.logged);
        unknown_to_client = unknown_to_client || !transaction.acknowledged();
      } else if (transaction.lost.happened()) {
        keep_earlier(lost, transaction.lost);
      } else {
        undecided = undecided || !transaction.aborted.happened();
      }
    }
    if (survivors > 0) {
      LineageStep step = happened(Stage::commit, logged, survivors);
      step.unknown_to_client = unknown_to_client;
      return step;
    }
    if (lost.happened()) return step_at(Stage::commit, StageState::broken, lost, 1);
    if (undecided) return step_at(Stage::commit, StageState::unknown, {}, 0);
    return never(Stage::commit, "rolled back" + abort_reason());
  }

  void collect_by_intent() {
    for (std::uint32_t index = 0; index < ledger_.transactions().size(); ++index) {
      const Transaction& transaction = ledger_.transaction(index);
      if (transaction.intent == violation_.intent && transaction.lost.happened()) {
        transactions_.push_back(index);
      }
    }
  }

  std::string abort_reason() const {
    const std::uint64_t number = ledger_.transaction(transactions_.back()).aborted.number;
    for (const Fact& fact : facts_) {
      if (fact.number != number) continue;
      const auto* const aborted = std::get_if<history::TransactionAborted>(&fact.content);
      if (aborted != nullptr && !aborted->reason.empty()) return ": " + aborted->reason;
    }
    return {};
  }

  LineageStep publish() const {
    Moment first;
    Moment lost;
    std::uint64_t surviving = 0;
    for (const EventRecord* member : members_) {
      for (const Publication& publication : member->publications) {
        if (publication.survives()) {
          ++surviving;
          keep_earlier(first, publication.appended);
        } else {
          keep_earlier(lost, publication.lost);
        }
      }
    }
    if (surviving > 0) return happened(Stage::publish, first, surviving);
    if (lost.happened()) return step_at(Stage::publish, StageState::broken, lost, 1);
    return never(Stage::publish);
  }

  LineageStep deliver() const {
    Moment first;
    std::uint64_t times = 0;
    for (const EventRecord* member : members_) {
      for (const Handling& handling : member->handlings) {
        if (!concerns(handling.consumer)) continue;
        ++times;
        keep_earlier(first, handling.delivered);
      }
    }
    return times > 0 ? happened(Stage::deliver, first, times) : never(Stage::deliver);
  }

  LineageStep effect() const {
    const ClassReading reading(ledger_, *class_);
    Moment first;
    Moment lost;
    std::uint64_t times = 0;
    std::vector<Name> consumers;
    for (const EventRecord* member : members_) {
      for (const Handling& handling : member->handlings) {
        if (!concerns(handling.consumer)) continue;
        if (std::find(consumers.begin(), consumers.end(), handling.consumer) == consumers.end()) {
          consumers.push_back(handling.consumer);
        }
        for (const std::uint32_t index : handling.transactions) {
          const Transaction& transaction = ledger_.transaction(index);
          if (transaction.lost.happened()) keep_earlier(lost, transaction.lost);
        }
      }
    }
    bool without_change = false;
    for (const Name consumer : consumers) {
      const std::vector<Effect> effects = reading.effects(consumer);
      // Two consumers with one effect each are no repeat.
      times = std::max<std::uint64_t>(times, effects.size());
      for (const Effect& effect : effects) keep_earlier(first, effect.moment);
      without_change = without_change || reading.was_handled_without_change(consumer);
    }
    if (times > 0) return happened(Stage::effect, first, times);
    for (const EventRecord* member : members_) {
      for (const Parking& parking : member->parkings) {
        if (!concerns(parking.consumer)) continue;
        LineageStep step = step_at(Stage::effect, StageState::parked, parking.moment, 1);
        step.note = parking.reason;
        return step;
      }
    }
    if (lost.happened()) return step_at(Stage::effect, StageState::broken, lost, 1);
    return never(Stage::effect, without_change ? "handled without a change" : "");
  }

  LineageStep acknowledge() const {
    for (const Fact& fact : facts_) {
      const auto* const acknowledged = std::get_if<history::Acknowledged>(&fact.content);
      if (acknowledged == nullptr || !concerns(acknowledged->consumer)) continue;
      for (const EventRecord* member : members_) {
        for (const Publication& publication : member->publications) {
          if (covers(*acknowledged, publication) && publication.appended.number < fact.number) {
            return happened(Stage::acknowledge, {fact.at, fact.number}, 1);
          }
        }
      }
    }
    return never(Stage::acknowledge);
  }

  // By its place in the log, not by who was handed it: a group may acknowledge before it handles.
  static bool covers(const history::Acknowledged& acknowledged, const Publication& publication) {
    return publication.topic == acknowledged.topic &&
           publication.partition == acknowledged.partition &&
           publication.offset < acknowledged.next_offset;
  }

  // Handled without a change is the end of a chain that is whole.
  static bool is_missing(const LineageStep& step) {
    if (step.stage == Stage::effect && !step.note.empty() && step.state == StageState::never) {
      return false;
    }
    return step.state != StageState::happened && step.state != StageState::repeated;
  }

  void find_break(Lineage& lineage) const {
    for (std::size_t index = 1; index < lineage.steps.size(); ++index) {
      if (!is_missing(lineage.steps[index])) continue;
      lineage.broken_after = lineage.steps[index - 1].stage;
      find_culprit(lineage);
      return;
    }
    find_repeater(lineage);
  }

  // A whole chain with a link twice: the fault between the first time and the second.
  void find_repeater(Lineage& lineage) const {
    for (const Stage stage : {Stage::publish, Stage::deliver}) {
      const LineageStep& step = lineage.steps[static_cast<std::size_t>(stage)];
      if (step.state != StageState::repeated) continue;
      const std::vector<Name> actors = actors_at_work(false);
      for (const Fact& fact : facts_) {
        if (fact.number <= step.fact_number) continue;
        if (comes_again(fact, stage)) return;
        const auto* const struck = std::get_if<history::FaultStruck>(&fact.content);
        if (struck == nullptr) continue;
        if (!strikes_own_message(struck->fault) && !strikes_process(struck->fault, actors))
          continue;
        lineage.broken_by = fact.number;
        return;
      }
    }
  }

  bool comes_again(const Fact& fact, Stage stage) const {
    if (const auto* const published = std::get_if<history::Published>(&fact.content)) {
      return stage == Stage::publish && is_member(published->event_id);
    }
    const auto* const delivered = std::get_if<history::Delivered>(&fact.content);
    return delivered != nullptr && stage == Stage::deliver && is_member(delivered->event_id) &&
           concerns(delivered->consumer);
  }

  void find_culprit(Lineage& lineage) const {
    std::uint64_t after = 0;
    for (const LineageStep& step : lineage.steps) {
      after = std::max(after, step.state == StageState::never ? 0 : step.fact_number);
      if (step.stage == *lineage.broken_after) break;
    }
    const LineageStep& missing = lineage.steps[static_cast<std::size_t>(*lineage.broken_after) + 1];
    // What was lost again was lost by who kept it; what never came, by who was to do it.
    const std::vector<Name> actors = actors_at_work(missing.state == StageState::broken);
    const Fact* const last = fact_of(after);
    const std::uint64_t given_up =
        missing.state == StageState::broken ? missing.fact_number : given_up_after(after);
    for (const Fact& fact : facts_) {
      if (fact.number >= given_up) break;
      const auto* const struck = std::get_if<history::FaultStruck>(&fact.content);
      if (struck == nullptr) continue;
      const bool in_force = fact.number > after || outlasts(fact, *struck, last);
      const bool own_message = fact.number > after && strikes_own_message(struck->fault);
      if (own_message || (in_force && strikes_process(struck->fault, actors))) {
        lineage.broken_by = fact.number;
        return;
      }
    }
    if (missing.state != StageState::broken) find_absent_server(lineage, last, given_up);
  }

  // Nobody at work was hit: then the last server that was away while they waited for it.
  void find_absent_server(Lineage& lineage, const Fact* last, std::uint64_t given_up) const {
    if (given_up == no_number || last == nullptr) return;
    const std::vector<Name> servers = all_servers();
    for (const Fact& fact : facts_) {
      if (fact.number >= given_up) return;
      const auto* const struck = std::get_if<history::FaultStruck>(&fact.content);
      if (struck == nullptr || !strikes_process(struck->fault, servers)) continue;
      if (fact.number > last->number || outlasts(fact, *struck, last)) {
        lineage.broken_by = fact.number;
      }
    }
  }

  // Who asked was told that it did not work: what struck later did not break it. Without such an
  // answer others still had it in their hands.
  std::uint64_t given_up_after(std::uint64_t after) const {
    std::uint64_t number = no_number;
    for (const Fact& fact : facts_) {
      const auto* const answered = std::get_if<history::RequestAnswered>(&fact.content);
      if (answered == nullptr || answered->request != violation_.intent || fact.number <= after) {
        continue;
      }
      if (answered->answer == history::Answer::ok) return no_number;
      number = fact.number;
    }
    return number;
  }

  const Fact* fact_of(std::uint64_t number) const {
    for (const Fact& fact : facts_) {
      if (fact.number == number) return &fact;
    }
    return nullptr;
  }

  // It began earlier and was still in force at that fact.
  static bool outlasts(const Fact& fact, const history::FaultStruck& struck, const Fact* last) {
    return last != nullptr && fact.number < last->number &&
           last->at < fact.at + struck.fault.fault.lasting;
  }

  bool strikes_own_message(const sim::LandedFault& fault) const {
    const std::string intent = sim::to_text(names_, violation_.intent);
    if (!violation_.intent.empty() && contains_name(fault.address, "of " + intent)) return true;
    return std::any_of(members_.begin(), members_.end(), [&fault](const EventRecord* member) {
      return contains_name(fault.address, "of " + member->event_id);
    });
  }

  bool strikes_process(const sim::LandedFault& fault, const std::vector<Name>& actors) const {
    return std::any_of(actors.begin(), actors.end(), [this, &fault](Name actor) {
      return strikes_node(fault, names_.text(actor));
    });
  }

  std::vector<Name> all_servers() const {
    std::vector<Name> servers;
    for (const Fact& fact : facts_) {
      const bool serves = std::holds_alternative<history::Published>(fact.content) ||
                          std::holds_alternative<history::CommitLogged>(fact.content);
      if (serves && std::find(servers.begin(), servers.end(), fact.actor) == servers.end()) {
        servers.push_back(fact.actor);
      }
    }
    return servers;
  }

  // The processes that emitted, committed, published or were handed a member, or with `servers` the
  // databases and brokers that kept it for them.
  std::vector<Name> actors_at_work(bool servers) const {
    std::vector<Name> actors;
    const auto add = [&actors](Name actor) {
      if (!actor.empty() && std::find(actors.begin(), actors.end(), actor) == actors.end()) {
        actors.push_back(actor);
      }
    };
    for (const Fact& fact : facts_) {
      if (const auto* const emitted = std::get_if<history::Emitted>(&fact.content)) {
        if (is_member(emitted->event_id)) add(fact.actor);
      } else if (const auto* const published = std::get_if<history::Published>(&fact.content)) {
        if (is_member(published->event_id)) add(servers ? fact.actor : published->producer);
      } else if (const auto* const delivered = std::get_if<history::Delivered>(&fact.content)) {
        if (is_member(delivered->event_id)) add(delivered->instance);
      } else if (const auto* const logged = std::get_if<history::CommitLogged>(&fact.content)) {
        if (concerns_transaction(*logged)) add(servers ? fact.actor : logged->actor);
      }
    }
    return actors;
  }

  // The transactions that owe it, and those in which it was to have its effect.
  bool concerns_transaction(const history::CommitLogged& logged) const {
    if (logged.intent == violation_.intent) return true;
    const auto index = ledger_.find_transaction(logged.database, logged.transaction);
    for (const EventRecord* member : members_) {
      for (const Handling& handling : member->handlings) {
        if (index && std::find(handling.transactions.begin(), handling.transactions.end(),
                               *index) != handling.transactions.end()) {
          return true;
        }
      }
    }
    return false;
  }

  bool is_member(const std::string& event_id) const {
    return std::any_of(members_.begin(), members_.end(), [&event_id](const EventRecord* member) {
      return member->event_id == event_id;
    });
  }

  static constexpr std::uint64_t no_number = std::numeric_limits<std::uint64_t>::max();

  const std::vector<Fact>& facts_;
  const Violation& violation_;
  const sim::Names& names_;
  Ledger ledger_;
  std::optional<std::uint32_t> class_;
  std::vector<const EventRecord*> members_;
  std::vector<std::uint32_t> transactions_;  // that owe a member
};

}  // namespace

const char* to_text(Stage stage) {
  switch (stage) {
    case Stage::intent:
      return "intent";
    case Stage::commit:
      return "commit";
    case Stage::publish:
      return "publish";
    case Stage::deliver:
      return "deliver";
    case Stage::effect:
      return "effect";
    case Stage::acknowledge:
      return "acknowledge";
  }
  return "intent";
}

const char* to_text(StageState state) {
  switch (state) {
    case StageState::happened:
      return "happened";
    case StageState::repeated:
      return "repeated";
    case StageState::never:
      return "never";
    case StageState::broken:
      return "broken";
    case StageState::unknown:
      return "unknown";
    case StageState::parked:
      return "parked";
  }
  return "never";
}

Lineage lineage_of(const std::vector<history::Fact>& facts, const Violation& violation,
                   const sim::Names& names) {
  return Reader(facts, violation, names).read();
}

}  // namespace halfwrite::invariants
