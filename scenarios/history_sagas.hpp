// The sagas of a run as tables of schema `history`: `sagas` and `saga_steps`. What was written in a
// transaction shows when that is visible to readers, and not at all when it does not survive; what
// somebody had in memory alone shows at once. It reads facts only.
#pragma once

#include "models/history/recorder.hpp"
#include "scenarios/history_rows.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace halfwrite::scenarios {

class HistorySagas : public history::FactListener {
 public:
  // Both must outlive it.
  HistorySagas(HistoryRows& rows, const sim::Names& names) : rows_(rows), names_(names) {}

  void on_fact(const history::Fact& fact) override;

 private:
  // Of one transaction; it may still be undone.
  struct Written {
    std::vector<history::Fact> facts;
    bool changed_rows = false;
  };
  // What counts, with the transaction that it counts by: 0 for what was never in one.
  struct Known {
    history::Fact fact;
    history::TransactionToken transaction;
    bool changed_rows = false;
  };

  // What counts only with this transaction; none: counts as it is, or says nothing of a saga.
  static const history::TransactionToken* transaction_of(const history::FactContent& content);
  void learn(Known known);
  void became_visible(history::TransactionToken transaction);
  void was_lost(history::TransactionToken transaction);
  void show(const Known& known);
  HistoryRows::Writer saga(const sim::Identity& id, sim::Name type, sim::Instant at);
  HistoryRows::Writer step(const history::SagaStep& step, sim::Instant at);

  HistoryRows& rows_;
  const sim::Names& names_;
  std::map<history::TransactionToken, Written> written_;
  std::vector<Known> known_;  // in order
  std::map<std::string, std::size_t> saga_rows_;
  std::map<std::tuple<std::string, std::string, history::StepKind, std::uint32_t>, std::size_t>
      step_rows_;
};

}  // namespace halfwrite::scenarios
