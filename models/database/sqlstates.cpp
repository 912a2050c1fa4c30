#include "models/database/sqlstates.hpp"

namespace halfwrite::database {

namespace {
constexpr const char* undone = "nothing of it stands; whoever tries again begins it anew";
constexpr const char* failed =
    "it is failed: nothing but ROLLBACK, or ROLLBACK TO a savepoint, is carried out";
}  // namespace

const std::vector<sim::Explanation>& sqlstates() {
  static const std::vector<sim::Explanation> table{
      {"08001",
       "No connection could be made: nobody listens, or nobody answers.",
       {{{"the transaction", "has not begun, so nothing was done"}}}},
      {"08006",
       "The connection broke while an answer was waited for.",
       {{{"the transaction",
          "is rolled back, unless it was COMMIT that was under way: then nobody "
          "on this side knows"}}}},
      {"22003", "A number does not fit its type.", {{{"the transaction", failed}}}},
      {"23502", "A column that must not be NULL would be.", {{{"the transaction", failed}}}},
      {"23503",
       "A foreign key would refer to a row that is not there.",
       {{{"the transaction", failed}}}},
      {"23505",
       "A unique key has this value already.",
       {{{"the transaction", failed},
         {"where it is wanted",
          "as the mark of a repeat: ON CONFLICT DO NOTHING says so without "
          "an error"},
         {"waits", "for the other transaction where that has the value and is still open"}}}},
      {"23514", "A CHECK does not hold of the row.", {{{"the transaction", failed}}}},
      {"25006",
       "A change was asked for where only reading is allowed: on a standby, or in a transaction "
       "that is READ ONLY.",
       {{{"the transaction", failed}}}},
      {"25P02",
       "An earlier statement of this transaction failed.",
       {{{"the transaction", failed}, {"what failed", "stands before it in the story"}}}},
      {"25P03",
       "A transaction was open and asked for nothing for too long "
       "(idle_in_transaction_session_timeout).",
       {{{"the transaction", undone}, {"the connection", "is ended by the server"}}}},
      {"40001",
       "Two transactions at once cannot be put one after the other.",
       {{{"at repeatable_read", "the row was changed since the snapshot was taken"},
         {"at serializable", "reads and writes of some transactions go round in a circle"},
         {"the transaction", undone},
         {"tried again", "only where a `retry` says so"}}}},
      {"40P01",
       "Transactions wait for each other in a circle, and this one was chosen to end.",
       {{{"seen", "by who has waited deadlock_timeout, a second unless set"},
         {"the transaction", undone},
         {"tried again", "only where a `retry` says so"},
         {"avoided", "by locking in one order everywhere"}}}},
      {"53100",
       "The disk is full where a row would be written.",
       {{{"the transaction", failed},
         {"what goes on", "reads, deletes and commits"},
         {"caused by", "the fault `disk_full`"}}}},
      {"53200",
       "More is asked for than the server may keep in memory.",
       {{{"the transaction", failed}}}},
      {"53300",
       "The server has as many connections as it may have (max_connections).",
       {{{"the transaction", "has not begun, so nothing was done"}}}},
      {"55000",
       "What is asked for is not in the state for it: a slot that was lost, a server in recovery.",
       {{{"of a connector", "`on_unknown_position` says what it does then"}}}},
      {"55006",
       "What is asked for is in use: a slot that another connection reads.",
       {{{"passes", "when the server has seen that the other one is gone"}}}},
      {"55P03",
       "A lock was not to be had at once (NOWAIT) or within lock_timeout.",
       {{{"the transaction", failed}}}},
      {"57014",
       "A statement was cancelled: by statement_timeout, or by the fault `cancel`.",
       {{{"the transaction", failed}}}},
      {"57P05",
       "A session asked for nothing for too long (idle_session_timeout).",
       {{{"the connection",
          "is ended by the server, which its client hears at its next question"}}}},
  };
  return table;
}

}  // namespace halfwrite::database
