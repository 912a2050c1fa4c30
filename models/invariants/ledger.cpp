#include "models/invariants/ledger.hpp"

#include "sim/draw.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

std::uint64_t hash_of(const Identity& identity) {
  return sim::Key(identity.number).with(std::uint64_t{identity.source.index()}).value();
}

}  // namespace

void Ledger::take(const history::Fact& fact) {
  last_number_ = fact.number;
  last_instant_ = fact.at;
  const Moment moment{fact.at, fact.number};
  std::visit([this, moment](const auto& content) { fold(content, moment); }, fact.content);
}

// --- Requests

void Ledger::fold(const history::RequestInvoked& fact, Moment moment) {
  Request& request = requests_[index_of_request(fact.request)];
  if (!request.invoked.happened()) request.invoked = moment;
  request.run = fact.run;
  request.attempts = std::max(request.attempts, fact.attempt);
}

void Ledger::fold(const history::RequestAnswered& fact, Moment moment) {
  Request& request = requests_[index_of_request(fact.request)];
  request.final_answer = fact.answer;
  request.final_moment = moment;
  if (fact.answer == history::Answer::ok && !request.first_ok.happened()) {
    request.first_ok = moment;
  }
}

std::optional<std::uint32_t> Ledger::find_request(const Identity& identity) const {
  const auto candidates = requests_by_hash_.find(hash_of(identity));
  if (candidates == requests_by_hash_.end()) return std::nullopt;
  for (const std::uint32_t index : candidates->second) {
    if (requests_[index].identity == identity) return index;
  }
  return std::nullopt;
}

std::uint32_t Ledger::index_of_request(const Identity& identity) {
  if (const std::optional<std::uint32_t> known = find_request(identity)) return *known;
  const auto index = static_cast<std::uint32_t>(requests_.size());
  requests_by_hash_[hash_of(identity)].push_back(index);
  requests_.emplace_back().identity = identity;
  return index;
}

// --- Transactions

std::uint32_t Ledger::index_of(Name database, TransactionToken token) {
  const TransactionKey key{database.index(), token.value};
  const auto [entry, is_new] =
      transaction_by_key_.try_emplace(key, static_cast<std::uint32_t>(transactions_.size()));
  if (is_new) transactions_.emplace_back().database = database;
  return entry->second;
}

std::optional<std::uint32_t> Ledger::find_transaction(Name database, TransactionToken token) const {
  const auto entry = transaction_by_key_.find({database.index(), token.value});
  if (entry == transaction_by_key_.end()) return std::nullopt;
  return entry->second;
}

bool Ledger::survives(const InTransaction& where) const {
  if (where.in_memory()) return true;
  const auto index = find_transaction(where.database, where.token);
  return index && transaction(*index).survives();
}

void Ledger::fold(const history::CommitLogged& fact, Moment moment) {
  Transaction& transaction = transactions_[index_of(fact.database, fact.transaction)];
  transaction.logged = moment;
  transaction.position = fact.position;
  transaction.rows_changed = fact.rows_changed;
  transaction.operation = fact.operation;
  transaction.intent = fact.intent;
  transaction.attempt = fact.attempt;
}

void Ledger::fold(const history::CommitVisible& fact, Moment moment) {
  Transaction& transaction = transactions_[index_of(fact.database, fact.transaction)];
  // Recovery may make it visible a second time; consumers could read it from the first on.
  if (!transaction.visible.happened()) transaction.visible = moment;
  // The primary's disk was lost, and a standby that has the commit took over.
  transaction.lost = {};
  transaction.lost_by_config = false;
}

void Ledger::fold(const history::CommitAnswered& fact, Moment moment) {
  Transaction& transaction = transactions_[index_of(fact.database, fact.transaction)];
  transaction.answer = fact.answer;
  transaction.answered = moment;
}

void Ledger::fold(const history::TransactionAborted& fact, Moment moment) {
  transactions_[index_of(fact.database, fact.transaction)].aborted = moment;
}

void Ledger::fold(const history::CommitLost& fact, Moment moment) {
  Transaction& transaction = transactions_[index_of(fact.database, fact.transaction)];
  transaction.lost = moment;
  transaction.lost_by_config = fact.allowed_by_config;
}

void Ledger::fold(const history::ExternalEffect& fact, Moment moment) {
  sagas_.fold(fact, moment);
  if (fact.effect)
    outside_.push_back({fact.system, fact.operation, fact.arguments, fact.intent, moment});
}

// --- Events

std::uint32_t Ledger::class_of(const Identity& intent, Name event, const std::string& key,
                               std::uint64_t content) {
  const std::uint64_t hash = sim::Key(hash_of(intent))
                                 .with(std::uint64_t{event.index()})
                                 .with(std::string_view(key))
                                 .with(content)
                                 .value();
  std::vector<std::uint32_t>& candidates = classes_by_hash_[hash];
  for (const std::uint32_t index : candidates) {
    const EventClass& known = classes_[index];
    if (known.intent == intent && known.event == event && known.key == key &&
        known.content == content) {
      return index;
    }
  }
  const auto index = static_cast<std::uint32_t>(classes_.size());
  candidates.push_back(index);
  classes_.push_back({intent, event, key, content, {}});
  return index;
}

std::uint32_t Ledger::record_of(const std::string& event_id, std::uint32_t event_class) {
  std::vector<std::uint32_t>& same_id = records_by_id_[event_id];
  for (const std::uint32_t index : same_id) {
    if (records_[index].event_class == event_class) return index;
  }
  const auto index = static_cast<std::uint32_t>(records_.size());
  EventRecord& record = records_.emplace_back();
  record.event_id = event_id;
  record.event_class = event_class;
  same_id.push_back(index);
  classes_[event_class].members.push_back(index);
  return index;
}

const std::vector<std::uint32_t>& Ledger::records_of(const std::string& event_id) const {
  const auto entry = records_by_id_.find(event_id);
  return entry == records_by_id_.end() ? no_records_ : entry->second;
}

void Ledger::fold(const history::Emitted& fact, Moment moment) {
  const std::uint64_t content = sim::Key::hash_text(fact.payload);
  // A record published before it was emitted under the same id and content was sent for this
  // intent, whatever scope it was sent in.
  std::optional<std::uint32_t> sent_before;
  for (const std::uint32_t index : records_of(fact.event_id)) {
    const EventClass& known = classes_[records_[index].event_class];
    if (records_[index].emissions.empty() && known.event == fact.event && known.key == fact.key &&
        known.content == content) {
      sent_before = index;
      break;
    }
  }
  const std::uint32_t event_class = class_of(fact.intent, fact.event, fact.key, content);
  if (sent_before && records_[*sent_before].event_class != event_class) {
    std::erase(classes_[records_[*sent_before].event_class].members, *sent_before);
    records_[*sent_before].event_class = event_class;
    classes_[event_class].members.push_back(*sent_before);
  }
  const std::uint32_t record = record_of(fact.event_id, event_class);
  const std::uint32_t transaction = index_of(fact.database, fact.transaction);
  if (transactions_[transaction].intent.empty()) {
    transactions_[transaction].intent = fact.intent;
    transactions_[transaction].attempt = fact.attempt;
  }
  records_[record].emissions.push_back({transaction, fact.ordinal, moment});
}

std::uint32_t Ledger::likely_record(const std::string& event_id, Name event,
                                    const std::string& key) {
  const std::vector<std::uint32_t>& same_id = records_of(event_id);
  for (auto index = same_id.rbegin(); index != same_id.rend(); ++index) {
    for (const Emission& emission : records_[*index].emissions) {
      const Transaction& owing = transactions_[emission.transaction];
      if (!owing.aborted.happened() && !owing.lost.happened()) return *index;
    }
  }
  if (!same_id.empty()) return same_id.back();
  return record_of(event_id, class_of({}, event, key, 0));
}

// A message with the id of an emitted event fulfils that event, even if its text differs (a payload
// that went through a JSONB column comes back in another order); with the id of two emitted
// contents it is the one whose content it has.
std::uint32_t Ledger::record_for_publication(const history::Published& fact) {
  const std::uint64_t content = sim::Key::hash_text(fact.payload);
  bool was_emitted = false;
  for (const std::uint32_t index : records_of(fact.event_id)) {
    const EventClass& known = classes_[records_[index].event_class];
    if (known.event == fact.event && known.key == fact.key && known.content == content) {
      return index;
    }
    was_emitted = was_emitted || !records_[index].emissions.empty();
  }
  if (was_emitted) return likely_record(fact.event_id, fact.event, fact.key);
  return record_of(fact.event_id, class_of(fact.intent, fact.event, fact.key, content));
}

void Ledger::fold(const history::Published& fact, Moment moment) {
  const std::uint32_t record = record_for_publication(fact);
  Publication publication;
  publication.topic = fact.topic;
  publication.partition = fact.partition;
  publication.offset = fact.offset;
  publication.appended = moment;
  std::vector<Publication>& publications = records_[record].publications;
  // An offset is used again after a truncation: the newest record is the one that can be read
  // there.
  places_[{fact.topic.index(), fact.partition}].insert_or_assign(
      fact.offset, Place{record, static_cast<std::uint32_t>(publications.size())});
  publications.push_back(publication);
}

void Ledger::fold(const history::PublishLost& fact, Moment moment) {
  for (const std::uint32_t index : records_of(fact.event_id)) {
    for (Publication& publication : records_[index].publications) {
      if (publication.topic != fact.topic || publication.partition != fact.partition ||
          publication.offset != fact.offset || publication.lost.happened()) {
        continue;
      }
      publication.lost = moment;
      publication.lost_by_config = fact.allowed_by_config;
      return;
    }
  }
}

// --- Hand-outs and effects

std::uint32_t Ledger::record_for_delivery(const history::Delivered& fact) {
  const auto partition = places_.find({fact.topic.index(), fact.partition});
  if (partition != places_.end()) {
    const auto place = partition->second.find(fact.offset);
    if (place != partition->second.end() &&
        records_[place->second.record].event_id == fact.event_id) {
      return place->second.record;
    }
  }
  return likely_record(fact.event_id, fact.event, {});
}

void Ledger::note_offset(Name consumer, Name topic, std::uint32_t partition, std::uint64_t offset) {
  const Reading reading{consumer.index(), {topic.index(), partition}};
  const auto [entry, is_new] = offsets_.try_emplace(reading, Offsets{offset, 0});
  if (!is_new) entry->second.least = std::min(entry->second.least, offset);
}

void Ledger::fold(const history::Delivered& fact, Moment moment) {
  note_offset(fact.consumer, fact.topic, fact.partition, fact.offset);
  for (const std::uint32_t index : records_of(fact.event_id)) {
    for (Handling& earlier : records_[index].handlings) {
      if (earlier.consumer == fact.consumer && earlier.instance == fact.instance &&
          earlier.open()) {
        earlier.abandoned = true;
      }
    }
  }
  Handling handling;
  handling.consumer = fact.consumer;
  handling.instance = fact.instance;
  handling.delivered_from_place = true;
  handling.topic = fact.topic;
  handling.partition = fact.partition;
  handling.offset = fact.offset;
  handling.delivered = moment;
  records_[record_for_delivery(fact)].handlings.push_back(std::move(handling));
}

Handling& Ledger::open_handling(const std::string& event_id, Name event, const std::string& key,
                                Name consumer, Name instance, Moment moment) {
  for (const std::uint32_t index : records_of(event_id)) {
    std::vector<Handling>& handlings = records_[index].handlings;
    for (auto handling = handlings.rbegin(); handling != handlings.rend(); ++handling) {
      if (handling->consumer == consumer && handling->instance == instance && handling->open()) {
        return *handling;
      }
    }
  }
  Handling handling;
  handling.consumer = consumer;
  handling.instance = instance;
  handling.delivered = moment;
  std::vector<Handling>& handlings = records_[likely_record(event_id, event, key)].handlings;
  return handlings.emplace_back(std::move(handling));
}

void Ledger::fold(const history::Applied& fact, Moment moment) {
  Handling& handling =
      open_handling(fact.event_id, fact.event, fact.key, fact.consumer, fact.instance, moment);
  if (fact.database.empty()) return;  // a service without a database works in no transaction
  const std::uint32_t transaction = index_of(fact.database, fact.transaction);
  if (std::find(handling.transactions.begin(), handling.transactions.end(), transaction) ==
      handling.transactions.end()) {
    handling.transactions.push_back(transaction);
  }
}

void Ledger::fold(const history::Handled& fact, Moment moment) {
  open_handling(fact.event_id, fact.event, {}, fact.consumer, fact.instance, moment).outcome =
      fact.outcome;
}

void Ledger::fold(const history::Acknowledged& fact, Moment) {
  note_offset(fact.consumer, fact.topic, fact.partition, fact.next_offset);
  Offsets& offsets = offsets_[{fact.consumer.index(), {fact.topic.index(), fact.partition}}];
  offsets.acknowledged = std::max(offsets.acknowledged, fact.next_offset);
}

void Ledger::fold(const history::Parked& fact, Moment moment) {
  records_[likely_record(fact.event_id, fact.event, {})].parkings.push_back(
      {fact.consumer, fact.reason, moment});
}

bool Ledger::is_acknowledged(const Handling& handling) const {
  if (!handling.delivered_from_place) return true;
  const auto entry =
      offsets_.find({handling.consumer.index(), {handling.topic.index(), handling.partition}});
  return entry != offsets_.end() && entry->second.acknowledged > handling.offset;
}

std::optional<std::uint64_t> Ledger::start_of(Name consumer, Name topic,
                                              std::uint32_t partition) const {
  const auto entry = offsets_.find({consumer.index(), {topic.index(), partition}});
  if (entry == offsets_.end()) return std::nullopt;
  return entry->second.least;
}

}  // namespace halfwrite::invariants
