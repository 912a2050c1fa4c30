// The rows of an orchestrator: loads a saga, and saves it with the commands that follow, inside the
// transaction of the running operation. It also records what became so (facts) and tells the
// process which timers to watch once the commit was answered. It decides nothing.
#pragma once

#include "models/saga/saga_facts.hpp"
#include "models/saga/schema.hpp"
#include "models/saga/transition.hpp"
#include "models/service/operation_run.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace halfwrite::saga {

class SagaStore {
 public:
  using Success = sim::Expected<sim::Done, service::StepFailure>;
  struct Stored {
    std::string id;
    State state;
    std::int64_t version = 0;
    sql::Parameters arguments;
  };

  // `lease` null: no fence.
  SagaStore(service::OperationRun& run, const Definition& definition,
            const OrchestratorStatements& statements, const LeaseStatements* lease);

  // Nothing where none is stored. The statement is at the point "load", which is `point` of the
  // saga too ("charge/reply").
  sim::Expected<std::optional<Stored>, service::StepFailure> load(const std::string& id,
                                                                  const std::string& point);
  // A new saga; one that is there already is left alone.
  Success insert(const std::string& id, const sql::Parameters& arguments,
                 const Transition& transition);
  // 40001 where somebody else saved it meanwhile (with version_check), 57P04 where the lease of
  // this instance is over (with a fence). Does nothing where nothing changed.
  Success save(const Stored& stored, const Transition& transition);

 private:
  Success send(const std::string& id, const sql::Parameters& arguments,
               const Transition& transition);
  Success send_one(const std::string& id, const sql::Parameters& arguments, const Asked& asked);
  Success check_lease();
  void watch(const std::string& id, const State& state);
  // Of the saga this scope is about, in the open transaction.
  SagaFacts facts() const;
  sql::Parameters row_of(const std::string& id, const State& state) const;

  service::OperationRun& run_;
  service::Instance& instance_;
  const Definition& definition_;
  const OrchestratorStatements& statements_;
  const LeaseStatements* lease_;
};

}  // namespace halfwrite::saga
