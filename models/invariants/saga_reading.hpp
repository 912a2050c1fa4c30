// Questions about one saga, answered from the ledgers and the contract: what was decided, which
// steps took effect and which were taken back, what it waits for. The clauses of semantics.md,
// section H, are written once here, and the invariants are sentences over them. It owns nothing.
#pragma once

#include "models/contract/contract.hpp"
#include "models/invariants/ledger.hpp"
#include "models/invariants/saga_ledger.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace halfwrite::invariants {

enum class SagaDecisionKind : std::uint8_t { none, commit, abort };

// A surviving change of state on behalf of a step.
struct StepEffect {
  Moment moment;      // its commit, or the entry in a ledger outside
  std::string where;  // "inventory", or "card_network"
  bool outside = false;
};

class SagaReading {
 public:
  SagaReading(const Ledger& ledger, const SagaRecord& record, const contract::Saga* definition,
              const contract::Contract& contract, const sim::Names& names)
      : ledger_(ledger),
        record_(record),
        definition_(definition),
        contract_(contract),
        names_(names) {}

  const SagaRecord& record() const { return record_; }
  // The steps in the order of the contract; empty where the contract does not know the saga.
  std::span<const contract::SagaStep> steps() const;
  contract::CompensationOrder compensation_order() const;
  // What a person knows it by: the value of its first argument, else its intent.
  std::string subject() const;
  // "saga place_order of order-17"
  std::string title() const;

  bool survives(const InTransaction& where) const { return ledger_.survives(where); }
  // Dec(s): commit when that survives; abort when a durable decision says so, or one in memory that
  // nothing contradicts.
  SagaDecisionKind decision() const;
  std::optional<Moment> committed() const;  // when the commit decision was in the log
  // An abort that cannot be taken back: durable, or already acted upon by a compensation.
  const SagaDecision* firm_abort() const;
  std::string reason_of_abort() const;  // ": CardDeclined", or nothing
  const SagaEnding* ending() const;     // the last that survives
  bool was_begun() const;  // its start survives, or something was done for it all the same

  // Surviving changes of state, in order; what a step did in rows, and what was done outside.
  std::vector<StepEffect> effects(const std::string& step, history::StepKind kind) const;
  // The same without what systems outside did.
  std::vector<StepEffect> changes(const std::string& step, history::StepKind kind) const;
  // Did any of it take place and survive, whether it changed rows or not?
  bool took_place(const std::string& step, history::StepKind kind) const;
  // How the last try of it ended, where that was no success and nobody asked for it again since:
  // refused or failed. What it did outside before that may stand all the same.
  std::optional<history::StepOutcome> failed_at_last(const std::string& step,
                                                     history::StepKind kind) const;
  // The first time its compensation is known to have been through, empty ones too.
  std::optional<Moment> first_compensation(const std::string& step) const;
  // Operations outside that were done for this step, taken back less often than done: "charge".
  struct Standing {
    std::string system;
    std::string operation;
    std::string inverse;
    Moment moment;
  };
  std::vector<Standing> standing_outside(const std::string& step) const;
  // Over all steps: was it taken back as often as it was done?
  bool is_taken_back(const Standing& standing) const;
  // "reserve (inventory)"; without a place where it is not known.
  std::string named(const std::string& step) const;
  // "the compensation of reserve (inventory)"
  std::string named(const std::string& step, history::StepKind kind) const;
  // What the saga waits for, as the end of a sentence: "it waits for reserve (inventory), asked for
  // at 4.120 s".
  std::string waits_for() const;

  const SagaStepRecord* find(const std::string& step) const;
  std::string text(Name name) const { return std::string(names_.text(name)); }
  // The operation that takes this one back; empty: none.
  std::string inverse_of(const std::string& system, const std::string& operation) const;
  // Does it take another one back?
  bool is_inverse(const std::string& system, const std::string& operation) const;

 private:
  std::string waits_for_nobody() const;
  const Transaction* transaction(const InTransaction& where) const;
  std::string service_of(const Transaction& transaction) const;

  const Ledger& ledger_;
  const SagaRecord& record_;
  const contract::Saga* definition_;
  const contract::Contract& contract_;
  const sim::Names& names_;
};

}  // namespace halfwrite::invariants
