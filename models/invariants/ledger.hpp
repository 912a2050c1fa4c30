// The ledger: the shared reading of a run's facts. It joins them into transactions with their
// fates, events with their publications, hand-outs and effects, and classes of events that mean the
// same (semantics.md, I1: equal intent, type, key and content, since a client's retry may publish a
// second member). It keeps what was so and judges nothing; it never infers a fate from an answer
// (U1): a transaction survives by what its database recorded. Payloads are kept as hashes.
#pragma once

#include "models/history/facts.hpp"
#include "models/history/recorder.hpp"
#include "models/invariants/moment.hpp"
#include "models/invariants/saga_ledger.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace halfwrite::invariants {

struct Transaction {
  Name database;
  Name operation;
  Identity intent;
  std::uint32_t attempt = 1;
  std::uint64_t position = 0;
  std::uint64_t rows_changed = 0;
  Moment logged;
  Moment visible;
  Moment aborted;
  Moment lost;
  bool lost_by_config = false;
  std::optional<history::Answer> answer;
  Moment answered;

  // Is it in the surviving timeline (so far)? Once the run is over this is its fate (U1, U3).
  bool survives() const { return logged.happened() && !lost.happened() && !aborted.happened(); }
  bool acknowledged() const { return answer == history::Answer::ok; }
  // It only read: its COMMIT was answered, and there was nothing to log, nor to lose.
  bool only_read() const {
    return acknowledged() && !logged.happened() && !lost.happened() && !aborted.happened();
  }
  // Is what it emitted owed?
  bool owes() const { return survives() || only_read(); }
};

struct Emission {
  std::uint32_t transaction = 0;
  std::uint32_t ordinal = 1;
  Moment moment;
};

struct Publication {
  Name topic;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  Moment appended;
  Moment lost;
  bool lost_by_config = false;
  bool survives() const { return !lost.happened(); }
};

// One hand-out of an event to a member of a group, and what came of it.
struct Handling {
  Name consumer;
  Name instance;
  bool delivered_from_place = false;  // are the next three known?
  Name topic;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  Moment delivered;
  std::vector<std::uint32_t> transactions;  // that it worked in, in order
  std::optional<history::HandlingOutcome> outcome;
  bool abandoned = false;  // the next hand-out to the same member came before an outcome
  bool open() const { return !outcome && !abandoned; }
};

struct Parking {
  Name consumer;
  std::string reason;
  Moment moment;
};

// One event id with one content.
struct EventRecord {
  std::string event_id;
  std::uint32_t event_class = 0;
  std::vector<Emission> emissions;
  std::vector<Publication> publications;
  std::vector<Handling> handlings;
  std::vector<Parking> parkings;
};

// All events with the same intent, type, key and content.
struct EventClass {
  Identity intent;
  Name event;
  std::string key;
  std::uint64_t content = 0;  // hash of the payload
  std::vector<std::uint32_t> members;
};

struct Request {
  Identity identity;
  Name run;
  std::uint32_t attempts = 0;
  Moment invoked;
  std::optional<history::Answer> final_answer;  // the last one given
  Moment first_ok;
  Moment final_moment;
};

// An effect on the ledger of a system outside.
struct OutsideRecord {
  Name system;
  Name operation;
  std::vector<history::Argument> arguments;
  Identity intent;
  Moment moment;
};

class Ledger final : public history::FactListener {
 public:
  // Facts in order. A fact already seen is ignored, so that several readers may share one ledger
  // and each hand it the stream.
  void on_fact(const history::Fact& fact) override {
    if (fact.number > last_number_) take(fact);
  }

  // In order of first appearance.
  const std::deque<Transaction>& transactions() const { return transactions_; }
  const std::deque<EventRecord>& records() const { return records_; }
  const std::deque<EventClass>& classes() const { return classes_; }
  const std::deque<Request>& requests() const { return requests_; }
  const std::vector<SagaRecord>& sagas() const { return sagas_.sagas(); }
  // What systems outside did (repeats and declines left out), in order.
  const std::deque<OutsideRecord>& outside() const { return outside_; }
  const Transaction& transaction(std::uint32_t index) const { return transactions_[index]; }
  const EventRecord& record(std::uint32_t index) const { return records_[index]; }
  std::optional<std::uint32_t> find_transaction(Name database, TransactionToken token) const;
  // Is it so for good? What was only in memory is as good as its process.
  bool survives(const InTransaction& where) const;
  std::optional<std::uint32_t> find_request(const Identity& identity) const;
  Instant last_instant() const { return last_instant_; }

  // Has the group's committed offset passed the record this was a hand-out of? True where the place
  // is not known.
  bool is_acknowledged(const Handling& handling) const;
  // The lowest position from which the group is known to read this partition; nothing when it never
  // read it.
  std::optional<std::uint64_t> start_of(Name consumer, Name topic, std::uint32_t partition) const;
  // The records that carry this event id, in order of first appearance.
  const std::vector<std::uint32_t>& records_of(const std::string& event_id) const;

 private:
  void take(const history::Fact& fact);
  void fold(const history::RequestInvoked& fact, Moment moment);
  void fold(const history::RequestAnswered& fact, Moment moment);
  void fold(const history::CommitLogged& fact, Moment moment);
  void fold(const history::CommitVisible& fact, Moment moment);
  void fold(const history::CommitAnswered& fact, Moment moment);
  void fold(const history::TransactionAborted& fact, Moment moment);
  void fold(const history::CommitLost& fact, Moment moment);
  void fold(const history::Emitted& fact, Moment moment);
  void fold(const history::Published& fact, Moment moment);
  void fold(const history::PublishLost& fact, Moment moment);
  void fold(const history::Delivered& fact, Moment moment);
  void fold(const history::Applied& fact, Moment moment);
  void fold(const history::Handled& fact, Moment moment);
  void fold(const history::Acknowledged& fact, Moment moment);
  void fold(const history::Parked& fact, Moment moment);
  void fold(const history::ExternalEffect& fact, Moment moment);
  void fold(const history::SagaStarted& fact, Moment moment) { sagas_.fold(fact, moment); }
  void fold(const history::SagaStepAsked& fact, Moment moment) { sagas_.fold(fact, moment); }
  void fold(const history::SagaStepApplied& fact, Moment moment) { sagas_.fold(fact, moment); }
  void fold(const history::SagaStepEnded& fact, Moment moment) { sagas_.fold(fact, moment); }
  void fold(const history::SagaDecided& fact, Moment moment) { sagas_.fold(fact, moment); }
  void fold(const history::SagaEnded& fact, Moment moment) { sagas_.fold(fact, moment); }
  // The other kinds say nothing about fates.
  template <typename Other>
  void fold(const Other&, Moment) {}

  std::uint32_t index_of(Name database, TransactionToken token);
  std::uint32_t index_of_request(const Identity& identity);
  std::uint32_t class_of(const Identity& intent, Name event, const std::string& key,
                         std::uint64_t content);
  std::uint32_t record_of(const std::string& event_id, std::uint32_t event_class);
  std::uint32_t record_for_publication(const history::Published& fact);
  std::uint32_t record_for_delivery(const history::Delivered& fact);
  // The record of an id that is most likely meant when nothing else tells: the last one whose
  // transaction has not failed, else the last one; a new one when the id was never seen.
  std::uint32_t likely_record(const std::string& event_id, Name event, const std::string& key);
  Handling& open_handling(const std::string& event_id, Name event, const std::string& key,
                          Name consumer, Name instance, Moment moment);

  struct TransactionKey {
    std::uint32_t database;
    std::uint64_t token;
    bool operator==(const TransactionKey&) const = default;
  };
  struct HashOfTransactionKey {
    std::size_t operator()(const TransactionKey& key) const {
      return static_cast<std::size_t>(key.token ^ (key.database * 0x9e3779b97f4a7c15ull));
    }
  };
  struct Place {
    std::uint32_t record;
    std::uint32_t publication;
  };
  using Partition = std::pair<std::uint32_t, std::uint32_t>;  // topic, partition
  using Reading = std::pair<std::uint32_t, Partition>;        // consumer, and where
  struct Offsets {
    std::uint64_t least = 0;
    std::uint64_t acknowledged = 0;
  };
  void note_offset(Name consumer, Name topic, std::uint32_t partition, std::uint64_t offset);

  // They never move, and a long run has nothing in reserve.
  std::deque<Transaction> transactions_;
  std::deque<EventRecord> records_;
  std::deque<EventClass> classes_;
  std::deque<Request> requests_;
  std::deque<OutsideRecord> outside_;
  SagaLedger sagas_;
  std::vector<std::uint32_t> no_records_;
  // All of these are looked up and never iterated.
  std::unordered_map<TransactionKey, std::uint32_t, HashOfTransactionKey> transaction_by_key_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> records_by_id_;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> classes_by_hash_;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> requests_by_hash_;
  std::map<Partition, std::unordered_map<std::uint64_t, Place>> places_;
  std::map<Reading, Offsets> offsets_;
  std::uint64_t last_number_ = 0;
  Instant last_instant_;
};

}  // namespace halfwrite::invariants
