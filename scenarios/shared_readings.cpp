#include "scenarios/shared_readings.hpp"

#include "scenarios/history_schema.hpp"

namespace halfwrite::scenarios {

namespace {

template <class Known, class Reference>
sql::Expected<Reference> once(Known& known, const std::string& database,
                              const sql::Catalog& catalog,
                              sql::Expected<Reference> (*read)(const std::string&,
                                                               const sql::Catalog&)) {
  const auto found = known.find({&catalog, database});
  if (found != known.end()) return found->second;
  sql::Expected<Reference> result = read(database, catalog);
  if (result) known.emplace(std::pair(&catalog, database), result.value());
  return result;
}

}  // namespace

SharedReadings::BuiltCatalog SharedReadings::catalog(const std::vector<std::string>& ddl) {
  const auto found = catalogs_.find(ddl);
  if (found != catalogs_.end()) return {found->second, std::nullopt};
  auto result = sql::Catalog::build(ddl);
  if (!result.has_value()) return {nullptr, std::move(result.error)};
  const auto catalog = std::make_shared<const sql::Catalog>(std::move(result.catalog));
  catalogs_.emplace(ddl, catalog);
  return {catalog, std::nullopt};
}

const std::shared_ptr<const sql::Catalog>& SharedReadings::history() {
  if (history_ == nullptr) history_ = history_catalog();
  return history_;
}

service::StatementReference SharedReadings::find_statement(const std::string& text,
                                                           const std::string& database,
                                                           const sql::Catalog& catalog) const {
  const auto found = statements_.find({{&catalog, database}, text});
  return found == statements_.end() ? nullptr : found->second;
}

void SharedReadings::keep_statement(const std::string& text, const std::string& database,
                                    const sql::Catalog& catalog,
                                    service::StatementReference statement) {
  statements_.emplace(std::pair(Schema(&catalog, database), text), std::move(statement));
}

sql::Expected<saga::OrchestratorReference> SharedReadings::orchestrator(
    const std::string& database, const sql::Catalog& catalog) {
  return once(orchestrators_, database, catalog, saga::read_orchestrator_statements);
}

sql::Expected<saga::LeaseReference> SharedReadings::lease(const std::string& database,
                                                          const sql::Catalog& catalog) {
  return once(leases_, database, catalog, saga::read_lease_statements);
}

sql::Expected<saga::ParticipantReference> SharedReadings::participant(const std::string& database,
                                                                      const sql::Catalog& catalog) {
  return once(participants_, database, catalog, saga::read_participant_statements);
}

}  // namespace halfwrite::scenarios
