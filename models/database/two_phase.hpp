// A transaction in doubt: prepared by PREPARE TRANSACTION, it belongs to no session any more and
// keeps what it wrote and locked, over crashes, until COMMIT PREPARED or ROLLBACK PREPARED
// (PostgreSQL, twophase.c). The engine owns them; its side of the protocol is in two_phase.cpp.
#pragma once

#include "models/database/transaction.hpp"
#include "sim/quiescence.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace halfwrite::database {

// max_prepared_transactions. PostgreSQL's default is 0: they are switched off.
constexpr std::size_t kMaxPreparedTransactions = 100;

struct PreparedTransaction {
  Transaction* transaction = nullptr;
  std::uint64_t prepared_at = 0;  // where its record lies in the log
  bool is_valid = false;          // the record is flushed: others may finish it
  std::uint64_t finished_at = 0;  // where the record lies that ends it, once somebody does
  bool commits = false;
  sim::OpenThing in_doubt;
};

using PreparedTransactions = std::map<std::string, PreparedTransaction, std::less<>>;  // by gid

}  // namespace halfwrite::database
