#include "models/invariants/passing.hpp"

#include <algorithm>
#include <set>

namespace halfwrite::invariants {
namespace {

using history::Fact;
using history::Name;

bool is_one_of(const std::vector<std::string>& event_ids, const std::string& event_id) {
  return std::find(event_ids.begin(), event_ids.end(), event_id) != event_ids.end();
}

// The events that the database of these committed after that fact.
std::set<std::string> committed_later(const std::vector<Fact>& facts,
                                      const std::vector<std::string>& event_ids,
                                      std::uint64_t committed) {
  std::vector<const history::Emitted*> emissions;
  std::set<std::uint64_t> later;  // transactions
  Name database;
  for (const Fact& fact : facts) {
    if (const auto* const emitted = std::get_if<history::Emitted>(&fact.content)) {
      emissions.push_back(emitted);
      if (is_one_of(event_ids, emitted->event_id)) database = emitted->database;
    } else if (const auto* const logged = std::get_if<history::CommitLogged>(&fact.content)) {
      if (fact.number > committed) later.insert(logged->transaction.value);
    }
  }
  std::set<std::string> found;
  for (const history::Emitted* const emitted : emissions) {
    if (emitted->database == database && later.contains(emitted->transaction.value) &&
        !is_one_of(event_ids, emitted->event_id)) {
      found.insert(emitted->event_id);
    }
  }
  return found;
}

struct Place {
  Name topic;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
};

}  // namespace

Passing Passing::by_publication(const std::vector<Fact>& facts,
                                const std::vector<std::string>& event_ids,
                                const history::Identity& intent, std::uint64_t committed) {
  Passing passing;
  const std::set<std::string> later = committed_later(facts, event_ids, committed);
  for (const Fact& fact : facts) {
    if (fact.number <= committed) continue;
    if (const auto* const published = std::get_if<history::Published>(&fact.content)) {
      if (later.contains(published->event_id)) passing.pass(published->producer, fact.number);
    } else if (const auto* const answered = std::get_if<history::RequestAnswered>(&fact.content)) {
      const bool own = !intent.empty() && answered->request == intent;
      if (own && passing.not_before_ == 0) passing.not_before_ = fact.number;
    }
  }
  return passing;
}

Passing Passing::by_delivery(const std::vector<Fact>& facts,
                             const std::vector<std::string>& event_ids, std::string_view consumer,
                             const sim::Names& names) {
  const auto concerns = [&](Name name) { return consumer.empty() || names.text(name) == consumer; };
  Passing passing;
  std::vector<Place> places;
  for (const Fact& fact : facts) {
    if (const auto* const published = std::get_if<history::Published>(&fact.content)) {
      if (is_one_of(event_ids, published->event_id)) {
        places.push_back({published->topic, published->partition, published->offset});
      }
    } else if (const auto* const handled = std::get_if<history::Handled>(&fact.content)) {
      if (is_one_of(event_ids, handled->event_id) && concerns(handled->consumer)) {
        passing.not_before_ = fact.number;
      }
    } else if (const auto* const delivered = std::get_if<history::Delivered>(&fact.content)) {
      if (!concerns(delivered->consumer)) continue;
      if (is_one_of(event_ids, delivered->event_id)) {
        passing.first_of_all_ = never;  // it came again: they had not passed
        continue;
      }
      const bool further =
          std::any_of(places.begin(), places.end(), [delivered](const Place& place) {
            return place.topic == delivered->topic && place.partition == delivered->partition &&
                   place.offset < delivered->offset;
          });
      // A partition is one member's at a time: where one passed, all did.
      if (further) passing.pass({}, fact.number);
    }
  }
  return passing;
}

std::uint64_t Passing::of(Name actor) const {
  const auto found = std::find_if(first_.begin(), first_.end(),
                                  [actor](const auto& one) { return one.first == actor; });
  return found == first_.end() ? of_anyone() : std::max(found->second, not_before_);
}

std::uint64_t Passing::of_anyone() const {
  return std::max(first_of_all_, not_before_);
}

void Passing::pass(Name actor, std::uint64_t number) {
  first_of_all_ = std::min(first_of_all_, number);
  const bool known = std::any_of(first_.begin(), first_.end(),
                                 [actor](const auto& one) { return one.first == actor; });
  if (!known && !actor.empty()) first_.emplace_back(actor, number);
}

}  // namespace halfwrite::invariants
