// What the variants of a file have alike and is read once for all of them: catalogs by their DDL,
// statements by catalog and text. Lives as long as the loading of the file; what it hands out is
// immutable and outlives it. It never keeps what was refused: each variant reports its own.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/saga/schema.hpp"
#include "models/service/program.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::scenarios {

class SharedReadings {
 public:
  struct BuiltCatalog {
    std::shared_ptr<const sql::Catalog> catalog;  // null with an error
    std::optional<sql::Catalog::BuildError> error;
  };
  BuiltCatalog catalog(const std::vector<std::string>& ddl);
  // Of what an author's SQL may read of a run.
  const std::shared_ptr<const sql::Catalog>& history();

  // The catalogs are those handed out above.
  service::StatementReference find_statement(const std::string& text, const std::string& database,
                                             const sql::Catalog& catalog) const;
  void keep_statement(const std::string& text, const std::string& database,
                      const sql::Catalog& catalog, service::StatementReference statement);

  sql::Expected<saga::OrchestratorReference> orchestrator(const std::string& database,
                                                          const sql::Catalog& catalog);
  sql::Expected<saga::LeaseReference> lease(const std::string& database,
                                            const sql::Catalog& catalog);
  sql::Expected<saga::ParticipantReference> participant(const std::string& database,
                                                        const sql::Catalog& catalog);

 private:
  using Schema = std::pair<const sql::Catalog*, std::string>;  // and the name of the database

  std::map<std::vector<std::string>, std::shared_ptr<const sql::Catalog>> catalogs_;
  std::shared_ptr<const sql::Catalog> history_;
  std::map<std::pair<Schema, std::string>, service::StatementReference> statements_;
  std::map<Schema, saga::OrchestratorReference> orchestrators_;
  std::map<Schema, saga::LeaseReference> leases_;
  std::map<Schema, saga::ParticipantReference> participants_;
};

}  // namespace halfwrite::scenarios
