#include "models/invariants/lineage.hpp"

#include "models/invariants/class_reading.hpp"
#include "models/invariants/fault_search.hpp"
#include "models/invariants/ledger.hpp"

#include <algorithm>

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
      } else if (transaction.only_read()) {
        ++survivors;
        keep_earlier(logged, transaction.answered);
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

  struct HandOuts {
    Name consumer;
    Moment first;
    std::uint64_t times = 0;
  };

  // Of the consumer that got it most often: two consumers that got it once each are no repeat.
  HandOuts most_hand_outs() const {
    std::vector<HandOuts> all;
    for (const EventRecord* member : members_) {
      for (const Handling& handling : member->handlings) {
        if (!concerns(handling.consumer)) continue;
        auto one = std::find_if(all.begin(), all.end(), [&handling](const HandOuts& known) {
          return known.consumer == handling.consumer;
        });
        if (one == all.end()) one = all.insert(all.end(), HandOuts{handling.consumer, {}, 0});
        ++one->times;
        keep_earlier(one->first, handling.delivered);
      }
    }
    const auto most =
        std::max_element(all.begin(), all.end(), [](const HandOuts& a, const HandOuts& b) {
          return a.times < b.times || (a.times == b.times && a.first.number > b.first.number);
        });
    return most == all.end() ? HandOuts{} : *most;
  }

  LineageStep deliver() const {
    const HandOuts most = most_hand_outs();
    return most.times > 0 ? happened(Stage::deliver, most.first, most.times)
                          : never(Stage::deliver);
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
      lineage.broken_by = search().repeater(stage, step.fact_number, most_hand_outs().consumer);
      return;
    }
  }

  FaultSearch search() const { return {facts_, violation_, names_, ledger_, members_}; }

  void find_culprit(Lineage& lineage) const {
    std::uint64_t after = 0;
    for (const LineageStep& step : lineage.steps) {
      after = std::max(after, step.state == StageState::never ? 0 : step.fact_number);
      if (step.stage == *lineage.broken_after) break;
    }
    const auto missing = static_cast<std::size_t>(*lineage.broken_after) + 1;
    lineage.broken_by = search().breaker(lineage.steps[missing], after);
  }

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
