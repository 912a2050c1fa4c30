// What belongs to one violation: its intents, its events, the transactions that touched them, the
// statements that name them and the faults that struck their messages. It chooses facts for a
// story and says how much each one weighs there; it words nothing.
#pragma once

#include "models/history/facts.hpp"
#include "models/invariants/invariant.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace halfwrite::reports {

// What a story can do without, the least first.
enum class Weight : std::uint8_t {
  elsewhere,  // of a consumer that the violation is not about
  detail,     // a statement, an answer
  link,       // of its way: handed out, worked on, rolled back
  decisive,   // never left out: a fault, an effect that counts, what the violation names
};

class Relation {
 public:
  Relation(const std::vector<history::Fact>& facts, const invariants::Violation& violation,
           const sim::Names& names);
  bool holds(const history::Fact& fact) const;
  // Of a fact it holds.
  Weight weight(const history::Fact& fact) const;

 private:
  bool is_intent(const history::Identity& identity) const;
  std::optional<Weight> weight_in_saga(const history::Fact& fact) const;
  void relate_requests(const std::vector<history::Fact>& facts,
                       const std::vector<std::string>& subjects);
  void relate_event(const history::Fact& fact, const invariants::Violation& violation,
                    bool by_subject, const sim::Names& names);
  void relate_transaction(const history::Fact& fact);
  bool has(history::TransactionToken token) const { return tokens_.contains(token.value); }
  bool has_event(const std::string& event_id) const { return event_ids_.contains(event_id); }
  bool names_event(const std::string& statement) const;
  // The consumer whose work it is, or nothing.
  history::Name consumer_of(const history::Fact& fact) const;

  std::vector<history::Identity> intents_;
  std::set<std::string> event_ids_;
  std::set<std::uint64_t> tokens_;
  std::map<std::uint64_t, history::Name> consumers_;  // by the transaction in which they work
  std::vector<std::string> intent_addresses_;
  std::uint64_t fact_number_ = 0;  // that the violation names
  std::string consumer_;           // that suffers
  bool is_saga_ = false;           // an intent of it began one
  const sim::Names& names_;
};

}  // namespace halfwrite::reports
