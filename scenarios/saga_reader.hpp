// Reads the sagas of a scenario: definitions out of the tree, and what each adds to services,
// events, topics and databases. Reports steps that name nothing, and what a way to coordinate
// cannot do.
#pragma once

#include "models/saga/assembly.hpp"
#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/name_table.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/sql_reader.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

class SagaReader {
 public:
  SagaReader(const Json& tree, Scenario& scenario, const NameTable& names, SqlReader& sql,
             Findings& findings)
      : tree_(tree), scenario_(scenario), names_(names), sql_(sql), findings_(findings) {}

  // Once the services are read, before the databases are: definitions, services of their own for
  // orchestrators, topics and events.
  void read_definitions();
  // The tables that sagas add to the database of this service, and their names.
  std::vector<SqlReader::AddedTable> tables_added_to(const service::Settings& service,
                                                     std::vector<std::string>& names) const;
  // Databases of orchestrators that have a service of their own; no file has a section for them.
  std::vector<std::string> own_databases() const;
  // Once the operations are read: inputs, and the operations and subscriptions of each service.
  void extend_services();
  // Loads that run a saga ask for the operation that begins it.
  void resolve_loads();
  // Does the service take part in a saga whose events tell of two things? That is reported.
  bool misleads(const std::string& service) const { return misled_.count(service) > 0; }

 private:
  struct Draft {
    std::shared_ptr<saga::Definition> definition;
    const Member* member = nullptr;
    std::string own_database;
  };

  void read_saga(const Member& member);
  void read_steps(const Json& list, Draft& draft);
  void read_step(const Json& json, std::uint32_t group, Draft& draft);
  std::string read_operation(const Json& json, std::string_view key, std::string& service);
  void read_orchestrator(const Json& json, Draft& draft);
  void add_own_service(const Json& json, Draft& draft);
  void add_messages(const Draft& draft);
  void check(const Draft& draft);
  void note_what_is_read(const Draft& draft);
  void check_events(const Draft& draft, const saga::Step& step,
                    std::map<std::string, std::string>& told);
  void check_choreography(const Draft& draft);
  void check_participant(const Draft& draft, const saga::Step& step);
  void check_inputs(const Draft& draft);
  void extend(const Draft& draft);
  service::Settings* find_service(const std::string& name) const;
  const Json& json_of(const Draft& draft, const saga::Step& step) const;

  const Json& tree_;
  Scenario& scenario_;
  const NameTable& names_;
  SqlReader& sql_;
  Findings& findings_;
  std::vector<Draft> drafts_;
  std::set<std::string> misled_;  // services
};

}  // namespace halfwrite::scenarios
