#include "models/database/transaction.hpp"

#include "sim/assert.hpp"

#include <algorithm>

namespace halfwrite::database {

std::string to_text(const SnapshotText& snapshot) {
  std::string text = std::to_string(snapshot.xmin) + ":" + std::to_string(snapshot.xmax) + ":";
  for (std::size_t i = 0; i < snapshot.running.size(); ++i) {
    if (i != 0) text += ",";
    text += std::to_string(snapshot.running[i]);
  }
  return text;
}

Transaction& Transactions::begin() {
  if (free_.empty()) {
    all_.push_back(std::make_unique<Transaction>());
    free_.push_back(all_.back().get());
  }
  Transaction& transaction = *free_.back();
  free_.pop_back();
  transaction.number = next_number_++;
  live_.push_back(&transaction);
  return transaction;
}

std::uint64_t Transactions::assign_xid(Transaction& transaction) {
  if (transaction.xid == 0) {
    transaction.xid = next_xid_++;
    with_xid_.emplace_hint(with_xid_.end(), transaction.xid, &transaction);
  }
  return transaction.xid;
}

void Transactions::adopt_xid(Transaction& transaction, std::uint64_t xid) {
  transaction.xid = xid;
  with_xid_.emplace(xid, &transaction);
  next_xid_ = std::max(next_xid_, xid + 1);
}

void Transactions::follow(std::uint64_t next_xid, const std::vector<std::uint64_t>& running) {
  next_xid_ = std::max(next_xid_, next_xid);
  latest_completed_xid_ = next_xid_ - 1;
  followed_running_ = running;
}

std::vector<std::uint64_t> Transactions::running_xids() const {
  std::vector<std::uint64_t> running = followed_running_;
  for (const auto& [xid, transaction] : with_xid_) running.push_back(xid);
  std::sort(running.begin(), running.end());
  running.erase(std::unique(running.begin(), running.end()), running.end());
  return running;
}

void Transactions::complete_xid(Transaction& transaction) {
  if (transaction.xid == 0) return;
  with_xid_.erase(transaction.xid);
  latest_completed_xid_ = std::max(latest_completed_xid_, transaction.xid);
}

void Transactions::forget(Transaction& transaction) {
  HALFWRITE_ASSERT(transaction.awaited_by.empty(), "a transaction was forgotten that is awaited");
  HALFWRITE_ASSERT(transaction.locks.empty(), "a transaction was forgotten that holds row locks");
  HALFWRITE_ASSERT(transaction.advisory == nullptr,
                   "a transaction was forgotten that may hold advisory locks");
  const auto position = std::find(live_.begin(), live_.end(), &transaction);
  HALFWRITE_ASSERT(position != live_.end(), "a transaction was forgotten twice");
  *position = live_.back();
  live_.pop_back();
  HALFWRITE_ASSERT(transaction.serializable == nullptr,
                   "a transaction was forgotten whose conflicts still count");
  transaction.token = {};
  transaction.read_only = false;
  transaction.state = TransactionState::active;
  transaction.synchronous_commit = SynchronousCommit::on;
  transaction.wrote_log = false;
  transaction.xid = 0;
  transaction.position = 0;
  transaction.gid.reset();
  transaction.command = 0;
  transaction.writes.clear();
  transaction.changes.clear();
  transaction.savepoints.clear();
  transaction.notifications.clear();
  transaction.horizon.reset();
  transaction.waiting = nullptr;
  free_.push_back(&transaction);
}

void Transactions::restart(std::uint64_t next_xid) {
  std::vector<Transaction*> prepared;
  for (Transaction* transaction : live_) {
    if (transaction->state == TransactionState::prepared) {
      prepared.push_back(transaction);
      continue;
    }
    *transaction = Transaction{};
    free_.push_back(transaction);
  }
  live_ = std::move(prepared);
  with_xid_.clear();
  followed_running_.clear();
  for (Transaction* transaction : live_) with_xid_.emplace(transaction->xid, transaction);
  held_.clear();
  next_xid_ = next_xid;
  latest_completed_xid_ = next_xid - 1;
}

SnapshotText Transactions::snapshot(const Transaction* own) const {
  SnapshotText text;
  text.xmax = latest_completed_xid_ + 1;
  text.xmin = text.xmax;
  if (!followed_running_.empty()) {
    text.running = running_xids();
    std::erase_if(text.running, [&](std::uint64_t xid) { return xid >= text.xmax; });
    if (!text.running.empty()) text.xmin = text.running.front();
    return text;
  }
  for (const auto& [xid, transaction] : with_xid_) {
    if (xid >= text.xmax) break;
    text.xmin = std::min(text.xmin, xid);
    if (transaction != own) text.running.push_back(xid);
  }
  return text;
}

bool Transactions::others_have_ids(const Transaction& own) const {
  return with_xid_.size() > (own.xid == 0 ? 0u : 1u);
}

std::vector<Transaction*> Transactions::running() const {
  std::vector<Transaction*> sorted = live_;
  std::sort(sorted.begin(), sorted.end(),
            [](const Transaction* a, const Transaction* b) { return a->number < b->number; });
  return sorted;
}

void Transactions::release_horizon(std::uint64_t horizon) {
  const auto held = held_.find(horizon);
  HALFWRITE_ASSERT(held != held_.end(), "a snapshot was released that nobody holds");
  if (--held->second == 0) held_.erase(held);
}

}  // namespace halfwrite::database
