// The search for the fault that broke the lineage of one event, or made a link of it come twice.
// It names a fault only where the facts place it between what still happened and what did not, on
// a message of this event or a process that had not gone past it yet; otherwise it says nothing.
#pragma once

#include "models/invariants/ledger.hpp"
#include "models/invariants/lineage.hpp"
#include "models/invariants/passing.hpp"

namespace halfwrite::invariants {

// Refers to what it is given; make it where it is asked.
class FaultSearch {
 public:
  FaultSearch(const std::vector<history::Fact>& facts, const Violation& violation,
              const sim::Names& names, const Ledger& ledger,
              const std::vector<const EventRecord*>& members)
      : facts_(facts), violation_(violation), names_(names), ledger_(ledger), members_(members) {}

  // Why `missing` did not happen, or was lost again; `after` is the last fact that still happened.
  std::optional<std::uint64_t> breaker(const LineageStep& missing, std::uint64_t after) const;
  // The fault after fact `first`, which did it the first time, and before the second. Of a
  // delivery: to this consumer.
  std::optional<std::uint64_t> repeater(Stage stage, std::uint64_t first,
                                        history::Name consumer) const;

 private:
  bool comes_again(const history::Fact& fact, Stage stage, history::Name consumer) const;
  std::optional<std::uint64_t> absent_server(const history::Fact* last, std::uint64_t given_up,
                                             std::uint64_t passed) const;
  Passing passing_of(Stage missing, std::uint64_t after) const;
  // Who had gone past the event before was through with it: another fault broke it, or none.
  bool strikes_in_time(const history::Fact& fact, const history::FaultStruck& struck,
                       const std::vector<history::Name>& actors, const Passing& passing) const;
  // Who asked was told that it did not work: what struck later did not break it. Without such an
  // answer others still had it in their hands.
  std::uint64_t given_up_after(std::uint64_t after) const;
  const history::Fact* fact_of(std::uint64_t number) const;
  // It began earlier and was still in force at that fact.
  static bool outlasts(const history::Fact& fact, const history::FaultStruck& struck,
                       const history::Fact* last);
  bool strikes_own_message(const sim::LandedFault& fault) const;
  bool strikes_process(const sim::LandedFault& fault,
                       const std::vector<history::Name>& actors) const;
  std::vector<history::Name> all_servers() const;
  // The processes that emitted, committed, published or were handed a member, or with `servers` the
  // databases and brokers that kept it for them.
  std::vector<history::Name> actors_at_work(bool servers) const;
  // The transactions that owe it, and those in which it was to have its effect.
  bool concerns_transaction(const history::CommitLogged& logged) const;
  bool is_member(const std::string& event_id) const;

  const std::vector<history::Fact>& facts_;
  const Violation& violation_;
  const sim::Names& names_;
  const Ledger& ledger_;
  const std::vector<const EventRecord*>& members_;
};

}  // namespace halfwrite::invariants
