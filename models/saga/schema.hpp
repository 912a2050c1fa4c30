// The tables that sagas add to the databases of services, and the SQL over them, read once per
// service and shared by all runs. `saga_instance`: where each saga stands, in its orchestrator's
// database. `saga_inbox`: which steps a participant has done, in the participant's: inbox and fence
// in one row per step. Bookkeeping, whose changes are no business effect. It runs nothing.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/service/program.hpp"

#include <memory>
#include <string>
#include <vector>

namespace halfwrite::saga {

inline constexpr const char* instance_table = "saga_instance";
inline constexpr const char* inbox_table = "saga_inbox";
inline constexpr const char* lease_table = "saga_lease";

// saga_instance (saga, id, state, version, arguments, due_at, saved_at): state as saga::to_text
// writes it, the earliest timer of it in due_at, both times in microseconds since 1970. An index
// holds what has a timer in the order in which they are due.
std::vector<std::string> instance_schema();
// saga_inbox (saga, step, kind, outcome): `done`; `refused <reason>`; and where the fence is on
// `undone`, or `blocked` by a compensation that came first.
std::vector<std::string> inbox_schema();
// saga_lease (saga, holder, term, until).
std::vector<std::string> lease_schema();

struct OrchestratorStatements {
  service::StatementReference insert;     // 0 rows: it is there already
  service::StatementReference load;       // state, version, arguments
  service::StatementReference save;       // of :version; 0 rows: somebody else was faster
  service::StatementReference overwrite;  // of whatever version
  service::StatementReference timers;     // id and due_at of all that wait for a timer
  service::StatementReference overdue;    // of those due by :due_at
};
struct LeaseStatements {
  service::StatementReference take;   // where it is free, over or already :holder's; RETURNING term
  service::StatementReference make;   // the first time
  service::StatementReference check;  // a row: :holder has it in :term, locked until the commit
};
struct ParticipantStatements {
  service::StatementReference insert;      // of :kind with :outcome; 0 rows: known already
  service::StatementReference find;        // outcome of :kind
  service::StatementReference mark_done;   // a refused action is done after all
  service::StatementReference undo_once;   // an action that is done is undone; 0 rows: it is not
  service::StatementReference undo_again;  // the same, also where it is undone already
  service::StatementReference block;       // a refused action will not be done any more
};

using OrchestratorReference = std::shared_ptr<const OrchestratorStatements>;
using LeaseReference = std::shared_ptr<const LeaseStatements>;
using ParticipantReference = std::shared_ptr<const ParticipantStatements>;

// Fail with PostgreSQL's error where the catalog lacks the tables.
sql::Expected<OrchestratorReference> read_orchestrator_statements(const std::string& database,
                                                                  const sql::Catalog& catalog);
sql::Expected<LeaseReference> read_lease_statements(const std::string& database,
                                                    const sql::Catalog& catalog);
sql::Expected<ParticipantReference> read_participant_statements(const std::string& database,
                                                                const sql::Catalog& catalog);

}  // namespace halfwrite::saga
