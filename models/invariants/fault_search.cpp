#include "models/invariants/fault_search.hpp"

#include "models/invariants/fault_reading.hpp"

#include <algorithm>
#include <limits>

namespace halfwrite::invariants {

using history::Fact;
using history::Name;

namespace {

constexpr std::uint64_t no_number = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::optional<std::uint64_t> FaultSearch::breaker(const LineageStep& missing,
                                                  std::uint64_t after) const {
  const bool lost_again = missing.state == StageState::broken;
  // What was lost again was lost by who kept it; what never came, by who was to do it.
  const std::vector<Name> actors = actors_at_work(lost_again);
  const Fact* const last = fact_of(after);
  const std::uint64_t given_up = lost_again ? missing.fact_number : given_up_after(after);
  const Passing passing = lost_again ? Passing{} : passing_of(missing.stage, after);
  for (const Fact& fact : facts_) {
    if (fact.number >= given_up) break;
    const auto* const struck = std::get_if<history::FaultStruck>(&fact.content);
    if (struck == nullptr) continue;
    const bool in_force = fact.number > after || outlasts(fact, *struck, last);
    const bool own_message = fact.number > after && strikes_own_message(struck->fault);
    if (own_message || (in_force && strikes_in_time(fact, *struck, actors, passing))) {
      return fact.number;
    }
  }
  if (lost_again) return std::nullopt;
  return absent_server(last, given_up, passing.of_anyone());
}

std::optional<std::uint64_t> FaultSearch::repeater(Stage stage, std::uint64_t first,
                                                   Name consumer) const {
  const std::vector<Name> actors = actors_at_work(false);
  for (const Fact& fact : facts_) {
    if (fact.number <= first) continue;
    if (comes_again(fact, stage, consumer)) return std::nullopt;
    const auto* const struck = std::get_if<history::FaultStruck>(&fact.content);
    if (struck == nullptr) continue;
    if (strikes_own_message(struck->fault) || strikes_process(struck->fault, actors)) {
      return fact.number;
    }
  }
  return std::nullopt;
}

// Nobody at work was hit: then the last server that was away while they waited for it.
std::optional<std::uint64_t> FaultSearch::absent_server(const Fact* last, std::uint64_t given_up,
                                                        std::uint64_t passed) const {
  if (given_up == no_number || last == nullptr) return std::nullopt;
  const std::vector<Name> servers = all_servers();
  std::optional<std::uint64_t> found;
  for (const Fact& fact : facts_) {
    if (fact.number >= std::min(given_up, passed)) return found;
    const auto* const struck = std::get_if<history::FaultStruck>(&fact.content);
    if (struck == nullptr || !strikes_process(struck->fault, servers)) continue;
    if (fact.number > last->number || outlasts(fact, *struck, last)) found = fact.number;
  }
  return found;
}

bool FaultSearch::comes_again(const Fact& fact, Stage stage, Name consumer) const {
  if (const auto* const published = std::get_if<history::Published>(&fact.content)) {
    return stage == Stage::publish && is_member(published->event_id);
  }
  const auto* const delivered = std::get_if<history::Delivered>(&fact.content);
  return delivered != nullptr && stage == Stage::deliver && is_member(delivered->event_id) &&
         delivered->consumer == consumer;
}

Passing FaultSearch::passing_of(Stage missing, std::uint64_t after) const {
  std::vector<std::string> event_ids;
  for (const EventRecord* member : members_) event_ids.push_back(member->event_id);
  if (missing == Stage::publish) {
    return Passing::by_publication(facts_, event_ids, violation_.intent, after);
  }
  if (missing == Stage::deliver || missing == Stage::effect) {
    return Passing::by_delivery(facts_, event_ids, violation_.consumer, names_);
  }
  return {};
}

bool FaultSearch::strikes_in_time(const Fact& fact, const history::FaultStruck& struck,
                                  const std::vector<Name>& actors, const Passing& passing) const {
  return std::any_of(actors.begin(), actors.end(), [&](Name actor) {
    return fact.number < passing.of(actor) && strikes_node(struck.fault, names_.text(actor));
  });
}

std::uint64_t FaultSearch::given_up_after(std::uint64_t after) const {
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

const Fact* FaultSearch::fact_of(std::uint64_t number) const {
  for (const Fact& fact : facts_) {
    if (fact.number == number) return &fact;
  }
  return nullptr;
}

bool FaultSearch::outlasts(const Fact& fact, const history::FaultStruck& struck, const Fact* last) {
  return last != nullptr && fact.number < last->number &&
         last->at < fact.at + struck.fault.fault.lasting;
}

bool FaultSearch::strikes_own_message(const sim::LandedFault& fault) const {
  const std::string intent = sim::to_text(names_, violation_.intent);
  if (!violation_.intent.empty() && contains_name(fault.address, "of " + intent)) return true;
  return std::any_of(members_.begin(), members_.end(), [&fault](const EventRecord* member) {
    return contains_name(fault.address, "of " + member->event_id);
  });
}

bool FaultSearch::strikes_process(const sim::LandedFault& fault,
                                  const std::vector<Name>& actors) const {
  return std::any_of(actors.begin(), actors.end(), [this, &fault](Name actor) {
    return strikes_node(fault, names_.text(actor));
  });
}

std::vector<Name> FaultSearch::all_servers() const {
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

std::vector<Name> FaultSearch::actors_at_work(bool servers) const {
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

bool FaultSearch::concerns_transaction(const history::CommitLogged& logged) const {
  if (logged.intent == violation_.intent) return true;
  const auto index = ledger_.find_transaction(logged.database, logged.transaction);
  for (const EventRecord* member : members_) {
    for (const Handling& handling : member->handlings) {
      if (index && std::find(handling.transactions.begin(), handling.transactions.end(), *index) !=
                       handling.transactions.end()) {
        return true;
      }
    }
  }
  return false;
}

bool FaultSearch::is_member(const std::string& event_id) const {
  return std::any_of(members_.begin(), members_.end(), [&event_id](const EventRecord* member) {
    return member->event_id == event_id;
  });
}

}  // namespace halfwrite::invariants
