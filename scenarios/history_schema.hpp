// The schema `history` that authors' SQL may read beside the databases: ground truth as tables.
// Here stand its tables and columns only; the run fills them from the fact stream.
#pragma once

#include "models/database/sql/catalog.hpp"

#include <memory>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

// Its name in SQL: `history.requests`.
inline constexpr const char* history_schema_name = "history";

// CREATE TABLE statements of all tables this version records: requests, commits, emitted,
// published, delivered, applied, parked, jobs, faults. Instants are milliseconds of virtual time.
std::vector<std::string> history_ddl();

// The catalog of those tables; a new value at each call, equal to every other.
std::shared_ptr<const sql::Catalog> history_catalog();

}  // namespace halfwrite::scenarios
