// Reads the operations of one service into programs: steps, their SQL and their values. Reports
// what a step cannot do where it stands.
#pragma once

#include "models/external/settings.hpp"
#include "models/service/program.hpp"
#include "models/service/settings.hpp"
#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/sql_reader.hpp"
#include "scenarios/variable_flow.hpp"

#include <set>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

class OperationReader {
 public:
  // What the steps may name.
  struct Surroundings {
    const service::EventTypes& events;
    const std::set<std::string>& topics;  // of the service's broker
    const std::vector<external::Settings>& externals;
    const std::vector<std::string>& standbys;  // of the service's database
  };
  // `service` has its database, broker and publishing by now.
  OperationReader(const service::Settings& service, const Surroundings& around, SqlReader& sql,
                  Findings& findings)
      : service_(service),
        events_(around.events),
        topics_(around.topics),
        externals_(around.externals),
        standbys_(around.standbys),
        sql_(sql),
        findings_(findings) {}

  service::Operation read(const std::string& name, const Json& json);

 private:
  struct Place {
    bool in_transaction = false;
    std::string prefix;  // of the positions of nested steps: "3."
  };
  struct Emit {
    const Json* json = nullptr;
    service::EmitStep step;
  };
  service::Steps read_steps(const Json& list, const Place& place);
  std::shared_ptr<const service::Steps> read_nested(const Json& object, std::string_view key,
                                                    const Place& place);
  std::optional<service::Step> read_step(const Json& json, const std::string& position,
                                         const Place& place);
  void name_step(const Json& json, const std::string& position, service::Step& step);

  std::optional<decltype(service::Step::verb)> read_verb(const Json& json, const Place& place);
  service::SqlStep read_sql(const Json& json);
  service::EmitStep read_emit(const Json& json, const Place& place);
  service::PublishStep read_publish(const Json& json);
  service::ExternalStep read_external_step(const Json& json);
  service::SleepStep read_sleep(const Json& json);
  std::optional<service::ValueSource> read_value_at(const Json& json, std::string_view key);
  void check_event(const Json& written, const std::string& event);
  void check_topic(const Json& json);
  void check_key_field(const Json& json, const std::string& event, bool has_own_key,
                       const service::NamedValues& payload);
  void check_database(const Json& written);
  // The standby that a step reads from; empty: the service's database.
  std::string read_on(const Json& json);
  void add_column_inputs(const VariableFlow& flow, service::Operation& operation);
  void check_emits_first(const service::Operation& operation);

  const service::Settings& service_;
  const service::EventTypes& events_;
  const std::set<std::string>& topics_;
  const std::vector<external::Settings>& externals_;
  const std::vector<std::string>& standbys_;
  SqlReader& sql_;
  Findings& findings_;
  std::set<std::string> step_names_;
  std::vector<Emit> emits_;
  bool database_is_missed_ = false;  // one step says so for all of the service
};

}  // namespace halfwrite::scenarios
