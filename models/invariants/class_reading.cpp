#include "models/invariants/class_reading.hpp"

#include <algorithm>
#include <map>

namespace halfwrite::invariants {
namespace {

using history::HandlingOutcome;

// U6: an effect is a surviving transaction that changed rows, not a handler that ran.
bool changed_state(const Transaction& transaction) {
  return transaction.survives() && transaction.rows_changed > 0;
}

void add_effects(const Ledger& ledger, std::uint32_t record, const Handling& handling,
                 std::vector<Effect>& effects) {
  std::optional<std::uint32_t> last;
  for (const std::uint32_t index : handling.transactions) {
    const Transaction& transaction = ledger.transaction(index);
    if (!changed_state(transaction)) continue;
    // U2: a handler that does not know whether it committed and begins anew acts twice if both
    // survive; one whose commits were answered is only at its next step.
    if (last && !ledger.transaction(*last).acknowledged()) {
      effects.push_back({record, *last, ledger.transaction(*last).logged});
    }
    last = index;
  }
  if (last) effects.push_back({record, *last, ledger.transaction(*last).logged});
}

bool is_without_change(const Ledger& ledger, const Handling& handling) {
  if (handling.outcome == HandlingOutcome::refused) return true;
  // A repeat changed nothing because an earlier hand-out is said to have done it. Whether that one
  // did is to be seen from its own facts.
  if (handling.outcome == HandlingOutcome::repeated) return false;
  bool left_something = false;
  for (const std::uint32_t index : handling.transactions) {
    const Transaction& transaction = ledger.transaction(index);
    if (transaction.survives() && transaction.rows_changed == 0) return true;
    left_something =
        left_something || transaction.logged.happened() || transaction.aborted.happened();
  }
  // It says it is done, and there was nothing to commit: a handler that only read.
  return handling.outcome == HandlingOutcome::done && !left_something;
}

}  // namespace

const std::string& ClassReading::first_event_id() const {
  // The id people will find in the surviving tables, where there is one.
  for (const std::uint32_t index : class_.members) {
    for (const Emission& emission : member(index).emissions) {
      if (ledger_.transaction(emission.transaction).owes()) return member(index).event_id;
    }
  }
  return member(class_.members.front()).event_id;
}

bool ClassReading::is_owed() const {
  return owed_at_once() > 0;
}

std::uint64_t ClassReading::owed_at_once() const {
  std::map<std::uint32_t, std::uint64_t> by_transaction;
  std::uint64_t most = 0;
  for (const std::uint32_t index : class_.members) {
    for (const Emission& emission : member(index).emissions) {
      if (!ledger_.transaction(emission.transaction).owes()) continue;
      most = std::max(most, ++by_transaction[emission.transaction]);
    }
  }
  return most;
}

std::optional<Moment> ClassReading::first_visible() const {
  std::optional<Moment> first;
  for (const std::uint32_t index : class_.members) {
    for (const Emission& emission : member(index).emissions) {
      const Transaction& transaction = ledger_.transaction(emission.transaction);
      if (!transaction.survives() || !transaction.visible.happened()) continue;
      if (!first || transaction.visible.number < first->number) first = transaction.visible;
    }
  }
  return first;
}

bool ClassReading::has_surviving_publication() const {
  return first_published().has_value();
}

std::optional<Moment> ClassReading::first_published() const {
  std::optional<Moment> first;
  for (const std::uint32_t index : class_.members) {
    for (const Publication& publication : member(index).publications) {
      if (!publication.survives()) continue;
      if (!first || publication.appended.number < first->number) first = publication.appended;
    }
  }
  return first;
}

bool ClassReading::was_appended() const {
  return std::any_of(class_.members.begin(), class_.members.end(),
                     [this](std::uint32_t index) { return !member(index).publications.empty(); });
}

bool ClassReading::lost_by_config() const {
  bool some = false;
  for (const std::uint32_t index : class_.members) {
    for (const Publication& publication : member(index).publications) {
      if (publication.survives() || !publication.lost_by_config) return false;
      some = true;
    }
  }
  return some;
}

bool ClassReading::was_delivered(Name consumer) const {
  for (const std::uint32_t index : class_.members) {
    for (const Handling& handling : member(index).handlings) {
      if (handling.consumer == consumer) return true;
    }
  }
  return false;
}

std::vector<Effect> ClassReading::effects(Name consumer) const {
  std::vector<Effect> found;
  for (const std::uint32_t index : class_.members) {
    for (const Handling& handling : member(index).handlings) {
      if (handling.consumer == consumer) add_effects(ledger_, index, handling, found);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Effect& a, const Effect& b) { return a.moment.number < b.moment.number; });
  return found;
}

bool ClassReading::was_handled_without_change(Name consumer) const {
  for (const std::uint32_t index : class_.members) {
    for (const Handling& handling : member(index).handlings) {
      if (handling.consumer == consumer && is_without_change(ledger_, handling) &&
          ledger_.is_acknowledged(handling)) {
        return true;
      }
    }
  }
  return false;
}

bool ClassReading::effect_lost_by_config(Name consumer) const {
  for (const std::uint32_t index : class_.members) {
    for (const Handling& handling : member(index).handlings) {
      if (handling.consumer != consumer) continue;
      for (const std::uint32_t transaction : handling.transactions) {
        if (ledger_.transaction(transaction).lost_by_config) return true;
      }
    }
  }
  return false;
}

const Parking* ClassReading::parking(Name consumer) const {
  for (const std::uint32_t index : class_.members) {
    for (const Parking& parking : member(index).parkings) {
      if (parking.consumer == consumer) return &parking;
    }
  }
  return nullptr;
}

bool ClassReading::lies_after_start_of(Name consumer) const {
  bool published = false;
  for (const std::uint32_t index : class_.members) {
    for (const Publication& publication : member(index).publications) {
      if (!publication.survives()) continue;
      published = true;
      const auto start = ledger_.start_of(consumer, publication.topic, publication.partition);
      if (start && publication.offset >= *start) return true;
    }
  }
  // What is in no partition cannot lie before the start of one.
  return !published;
}

}  // namespace halfwrite::invariants
