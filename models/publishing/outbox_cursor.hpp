// The outbox read by a cursor: no row is marked, the relay keeps how far it has come as a row of
// the service's own database (`outbox_position`), as Watermill's and Axon's do. Kafka Connect's
// JDBC source keeps it in Kafka; here it goes down, comes back and fails over together with the
// rows. Each poll reads the position and what lies behind it in one statement.
//
// By id (id_cursor): ids are drawn before the commit, so a row that is committed late lies behind
// the position already; `on_gap` says what becomes of the hole that it leaves. Remembered gaps are
// rows of `outbox_gaps`, written before the position moves over them (Axon, GapAwareTrackingToken),
// or a crash would forget them. By transaction id and id (xid_cursor), below the oldest transaction
// that runs: nothing can come behind the position any more, and every transaction that has written
// and is open holds all younger rows back, whatever it writes.
//
// The position moves when a row was sent, or with mark before_publish before it is; with several
// rows at once when all of a batch were. It never moves back: a relay that was overtaken repeats.
#pragma once

#include "models/publishing/loop.hpp"
#include "models/publishing/outbox_gaps.hpp"
#include "models/publishing/statements.hpp"
#include "models/publishing/unread_events.hpp"
#include "models/service/instance.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace halfwrite::publishing {

class OutboxCursor : public Source {
 public:
  OutboxCursor(service::Instance& instance, const OutboxStatements& statements,
               UnreadEvents& unread);

  // At the points "read" and "remember".
  sim::Expected<std::vector<Item>, StepFailure> look() override;
  bool marks_in_order() const override { return true; }
  // At the point "mark": the position moves, or the gap that the row came from is forgotten.
  bool mark(const Item& item) override;

 private:
  std::optional<StepFailure> execute(const StatementReference& statement,
                                     const sql::Parameters& variables, sim::Name step);
  void hold_back(std::vector<Item>& items, std::uint64_t stored);
  std::optional<StepFailure> remember_gaps(const std::vector<Item>& items, std::uint64_t stored);
  std::optional<StepFailure> remember(const Gap& gap);

  service::Instance& instance_;
  const OutboxStatements& statements_;
  UnreadEvents& unread_;
  sim::Name read_step_;
  sim::Name remember_step_;
  sim::Name mark_step_;
  GapWait wait_;
  // Of the batch that was read last.
  std::map<std::uint64_t, sql::Value> xids_;  // by position
  std::set<std::uint64_t> were_missing_;      // rows that were remembered as gaps
  std::uint64_t last_ = 0;                    // position of its last row
};

}  // namespace halfwrite::publishing
