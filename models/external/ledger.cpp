#include "models/external/ledger.hpp"

#include "models/database/sql/value.hpp"

#include <algorithm>

namespace halfwrite::external {

namespace {

bool equal(const sql::Value& one, const sql::Value& other) {
  if (one.is_null() || other.is_null()) return one.is_null() && other.is_null();
  return sql::to_text(one) == sql::to_text(other);  // 5 is 5, whatever type a service gave it
}

// Is the request of an inverse about this? By the argument that the operation says, else by all
// that both have; where they have none in common it names nothing.
bool names(const sql::Parameters& asked, const Operation& done, const sql::Parameters& arguments) {
  bool in_common = false;
  for (const auto& [name, value] : arguments) {
    if (!done.per.empty() && name != done.per) continue;
    const auto given = asked.find(name);
    if (given == asked.end()) continue;
    if (!equal(given->second, value)) return false;
    in_common = true;
  }
  return in_common;
}

}  // namespace

const Ledger::Known* Ledger::find(std::string_view operation, std::string_view key,
                                  sim::Instant now) const {
  if (!settings_.idempotency || key.empty()) return nullptr;
  const auto found = known_.find({std::string(operation), std::string(key)});
  if (found == known_.end()) return nullptr;
  const bool pruned = now - found->second.at >= settings_.idempotency->retention;
  return pruned ? nullptr : &found->second;
}

void Ledger::remember(std::string_view operation, std::string_view key, Known known) {
  if (!settings_.idempotency || key.empty()) return;
  known_.insert_or_assign({std::string(operation), std::string(key)}, std::move(known));
}

std::vector<Ledger::Standing>::const_iterator Ledger::find_standing(
    const Operation& inverse, const sql::Parameters& arguments) const {
  return std::find_if(standing_.begin(), standing_.end(), [&](const Standing& standing) {
    return standing.operation->inverse == inverse.name &&
           names(arguments, *standing.operation, standing.arguments);
  });
}

bool Ledger::can_be_done(const Operation& operation, const sql::Parameters& arguments) const {
  return !settings_.is_inverse(operation) || find_standing(operation, arguments) != standing_.end();
}

void Ledger::note_effect(const Operation& operation, const sql::Parameters& arguments) {
  if (settings_.is_inverse(operation)) {
    const auto taken_back = find_standing(operation, arguments);
    if (taken_back != standing_.end()) standing_.erase(taken_back);
  }
  if (!operation.inverse.empty()) standing_.push_back({&operation, arguments});
}

Ledger::CallbackId Ledger::owe(OwedCallback callback) {
  const CallbackId id = next_callback_++;
  callbacks_.emplace(id, std::move(callback));
  return id;
}

OwedCallback* Ledger::find_callback(CallbackId id) {
  const auto found = callbacks_.find(id);
  return found == callbacks_.end() ? nullptr : &found->second;
}

}  // namespace halfwrite::external
