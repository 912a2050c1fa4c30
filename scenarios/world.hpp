// The world of one run: every model a scenario names, on its nodes, in one simulation, with the
// recorder between them and the invariants. It owns all of it for the length of the run. It builds
// what the scenario says and adds nothing of its own: no model learns from it which scenario or
// variant it is in.
#pragma once

#include "models/broker/cluster.hpp"
#include "models/database/server.hpp"
#include "models/external/system.hpp"
#include "models/history/fault_recorder.hpp"
#include "models/history/recorder.hpp"
#include "models/invariants/figures.hpp"
#include "models/invariants/invariant.hpp"
#include "models/invariants/ledger.hpp"
#include "models/saga/chronicle.hpp"
#include "models/saga/message_windows.hpp"
#include "models/service/deployment.hpp"
#include "models/service/runtime.hpp"
#include "models/service/workload.hpp"
#include "scenarios/author_sql.hpp"
#include "scenarios/history_tables.hpp"
#include "scenarios/run.hpp"
#include "sim/simulation.hpp"

#include <memory>
#include <vector>

namespace halfwrite::scenarios {

// Every node a storm may strike, in the order they are added: databases, brokers, systems outside,
// services, nodes of their own for jobs and relays. Clients are people, not machines of the system:
// no storm strikes them unless a rule names them.
std::vector<sim::NodeName> nodes_of(const Scenario& scenario);

// The plan a seed means: the scenario's own, or the rhythms of this storm drawn; chances are asked
// while it runs.
sim::FaultPlan plan_of(const Scenario& scenario, const sim::Storm& storm, std::uint64_t seed);

class World {
 public:
  // `request.scenario` and `evaluator` outlive it.
  World(const RunRequest& request, sql::Evaluator& evaluator, sim::StackPool* stacks);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Once.
  RunOutcome run();
  sim::Simulation& simulation() { return *simulation_; }

 private:
  class JudgeListener;
  class TableWatch;

  void build_databases(sql::Evaluator& evaluator);
  void build_brokers();
  void build_externals(sql::Evaluator& evaluator);
  void build_services();
  void build_invariants(sql::Evaluator& evaluator);
  invariants::Verdict judge(std::size_t invariant, sim::Instant at_end);

  const RunRequest request_;
  const Scenario& scenario_;
  std::shared_ptr<sim::Simulation> simulation_;
  std::unique_ptr<history::Recorder> recorder_;
  std::unique_ptr<history::FaultRecorder> fault_recorder_;
  std::unique_ptr<service::Runtime> runtime_;
  std::vector<std::unique_ptr<database::Server>> databases_;
  std::vector<std::unique_ptr<broker::Cluster>> brokers_;
  std::vector<std::unique_ptr<external::System>> externals_;
  std::vector<std::unique_ptr<service::Deployment>> services_;
  std::vector<std::unique_ptr<saga::Chronicle>> chronicles_;  // of choreographed sagas
  std::vector<std::unique_ptr<saga::MessageWindows>> message_windows_;
  std::unique_ptr<service::Workload> workload_;

  std::shared_ptr<invariants::Ledger> ledger_;
  std::unique_ptr<invariants::FigureCollector> figures_;
  std::unique_ptr<HistoryTables> history_tables_;  // only where an author's SQL may read it
  // One of both per invariant of the scenario, in its order.
  struct Judge {
    std::unique_ptr<invariants::Invariant> folding;
    std::unique_ptr<AuthorSqlInvariant> author;
  };
  std::vector<Judge> judges_;
  std::vector<std::unique_ptr<JudgeListener>> listeners_;
  std::vector<std::unique_ptr<TableWatch>> watches_;
  std::shared_ptr<KeptHistory> kept_;
};

}  // namespace halfwrite::scenarios
