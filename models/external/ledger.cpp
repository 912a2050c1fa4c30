#include "models/external/ledger.hpp"

namespace halfwrite::external {

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
