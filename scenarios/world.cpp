#include "scenarios/world.hpp"

#include "models/database/sql/statement.hpp"
#include "models/invariants/figure_bound.hpp"
#include "models/publishing/attach.hpp"
#include "models/publishing/statements.hpp"
#include "models/saga/attach.hpp"
#include "models/service/service_client.hpp"
#include "scenarios/history_schema.hpp"
#include "sim/assert.hpp"
#include "sim/exact_point.hpp"
#include "sim/fault_injection.hpp"
#include "sim/network.hpp"

#include <algorithm>

namespace halfwrite::scenarios {

// Hands each fact to the invariants that fold them.
class World::JudgeListener : public history::FactListener {
 public:
  explicit JudgeListener(invariants::Invariant& invariant) : invariant_(invariant) {}
  void on_fact(const history::Fact& fact) override { invariant_.on_fact(fact); }

 private:
  invariants::Invariant& invariant_;
};

// Asks the author's `always` queries when a commit that touches a table they read has become
// visible.
class World::TableWatch : public database::CommitListener {
 public:
  TableWatch(World& world, std::size_t database) : world_(world), database_(database) {}
  void on_visible(std::uint64_t, std::span<const sql::TableId> tables) override {
    for (Judge& judge : world_.judges_)
      if (judge.author && judge.author->is_always() && judge.author->reads(database_, tables))
        judge.author->evaluate();
  }

 private:
  World& world_;
  std::size_t database_;
};

namespace {

// Simulations need the plan before the nodes exist, so the names are derived here and checked
// against the real nodes.
void add_service_nodes(const service::Settings& service, std::vector<sim::NodeName>& nodes) {
  for (std::uint32_t i = 1; i <= service.instances; ++i)
    nodes.push_back({service.name + "." + std::to_string(i), service.name});
  const auto add_own = [&](const std::string& name) {
    nodes.push_back({service.name + "." + name, service.name + "." + name});
  };
  for (const service::Job& job : service.jobs)
    if (job.own_node) add_own(job.name);
  if (!publishing::needs_outbox(service)) return;
  if (service.outbox.relay == service::Relay::cdc) add_own("relay");
  if (service.outbox.relay == service::Relay::polling && service.outbox.own_node)
    for (std::uint32_t i = 1; i <= service.outbox.instances; ++i)
      add_own(service.outbox.instances == 1 ? "relay" : "relay." + std::to_string(i));
}

sim::SimulationOptions options_of(const RunRequest& request, sim::StackPool* stacks) {
  const Scenario& scenario = *request.scenario;
  sim::SimulationOptions options;
  options.seed = request.seed;
  options.latency = scenario.latency;
  options.keepalive = scenario.keepalive;
  options.settle_at_most = scenario.settle_at_most;
  options.trace_sink = request.trace_sink;
  options.stacks = stacks;
  if (request.plan) {
    options.plan = *request.plan;
  } else {
    const sim::Storm& storm = request.storm ? *request.storm : scenario.storm;
    options.plan = plan_of(scenario, storm, request.seed);
    if (!scenario.plan) options.storm = storm;
  }
  options.plan.faults.insert(options.plan.faults.end(), request.further_faults.begin(),
                             request.further_faults.end());
  return options;
}

// Until when faults may still strike. The same for a storm and for the replay of what landed in it:
// a run may not come to rest earlier because its last faults did nothing.
sim::Instant end_of_faults(const Scenario& scenario, const sim::FaultPlan& plan) {
  sim::Instant end;
  if (!scenario.plan && !scenario.storm.rules.empty()) end = scenario.storm.until;
  for (const sim::Fault& fault : plan.faults)
    if (fault.anchor.when == sim::When::at) end = std::max(end, fault.anchor.at);
  return end;
}

bool reads_history(const Invariant& invariant, std::size_t history_position) {
  const auto* author = std::get_if<AuthorSql>(&invariant);
  return author != nullptr &&
         std::any_of(
             author->statement->tables_read.begin(), author->statement->tables_read.end(),
             [&](const sql::TableReference& table) { return table.database == history_position; });
}

}  // namespace

std::vector<sim::NodeName> nodes_of(const Scenario& scenario) {
  std::vector<sim::NodeName> nodes;
  for (const database::Settings& database : scenario.databases) {
    nodes.push_back({database.name, database.name});
    for (std::uint32_t number = 1; number <= database.standbys; ++number) {
      const std::string standby = database::standby_name(database.name, number);
      nodes.push_back({standby, standby});
    }
  }
  for (const broker::Settings& broker : scenario.brokers)
    for (std::uint32_t i = 1; i <= broker.replicas; ++i)
      nodes.push_back({broker.name + "." + std::to_string(i), broker.name});
  for (const external::Settings& external : scenario.externals)
    nodes.push_back({external.name, external.name});
  for (const service::Settings& service : scenario.services) add_service_nodes(service, nodes);
  return nodes;
}

sim::FaultPlan plan_of(const Scenario& scenario, const sim::Storm& storm, std::uint64_t seed) {
  if (scenario.plan) return *scenario.plan;
  sim::FaultPlan plan;
  plan.faults = sim::draw_rhythms(storm, nodes_of(scenario), sim::Draws(seed).key().with("storm"));
  return plan;
}

World::World(const RunRequest& request, sql::Evaluator& evaluator, sim::StackPool* stacks)
    : request_(request), scenario_(*request.scenario) {
  simulation_ = std::make_shared<sim::Simulation>(options_of(request, stacks));
  recorder_ = std::make_unique<history::Recorder>(*simulation_);
  fault_recorder_ = std::make_unique<history::FaultRecorder>(*recorder_);
  simulation_->faults().listen(fault_recorder_.get());
  simulation_->faults().keep_addresses(request.keep_addresses);
  recorder_->keep_texts(request.keep_history);
  runtime_ =
      std::make_unique<service::Runtime>(*simulation_, *recorder_, evaluator, scenario_.events);
  build_databases(evaluator);
  // A link that is written out means it, also between a database and its standby.
  for (const Link& link : scenario_.links)
    simulation_->network().set_latency(link.from, link.to, link.latency);
  build_brokers();
  build_externals(evaluator);
  build_services();
  build_invariants(evaluator);
  simulation_->keep_busy_until(end_of_faults(scenario_, simulation_->options().plan));
}

World::~World() = default;

void World::build_databases(sql::Evaluator& evaluator) {
  for (const database::Settings& settings : scenario_.databases) {
    databases_.push_back(
        std::make_unique<database::Server>(*simulation_, *recorder_, settings, evaluator));
    HALFWRITE_ASSERT(
        !databases_.back()->data_error(),
        "a scenario's first rows were refused by the database after they passed validation");
    std::map<std::string, database::SlotOptions> slots;
    for (const database::NamedSlot& slot : settings.slots) slots[slot.name] = slot.options;
    for (const service::Settings& service : scenario_.services) {
      if (service.database != settings.name) continue;
      for (const std::string& slot : publishing::slots_of(service)) slots.try_emplace(slot);
    }
    for (const auto& [name, options] : slots) databases_.back()->create_slot(name, options);
  }
}

void World::build_brokers() {
  for (const broker::Settings& settings : scenario_.brokers) {
    brokers_.push_back(std::make_unique<broker::Cluster>(*simulation_, *recorder_, settings));
    runtime_->brokers[settings.name] = &settings;
  }
}

void World::build_externals(sql::Evaluator& evaluator) {
  for (const external::Settings& settings : scenario_.externals) {
    externals_.push_back(std::make_unique<external::System>(
        *simulation_, *recorder_, settings, evaluator,
        [this](const std::string& run, const sql::Parameters& arguments) {
          return service::call_back(*simulation_, scenario_.services, run, arguments);
        }));
  }
}

void World::build_services() {
  std::map<std::string, const service::Settings*, std::less<>> by_name;
  for (const service::Settings& settings : scenario_.services) {
    by_name[settings.name] = &settings;
    services_.push_back(std::make_unique<service::Deployment>(*runtime_, settings));
    const auto statements = scenario_.publishing_statements.find(settings.name);
    publishing::attach(*services_.back(), statements == scenario_.publishing_statements.end()
                                              ? nullptr
                                              : statements->second);
    for (const Scenario::Saga& saga : scenario_.sagas) {
      saga::attach(*services_.back(), saga.definition, saga.orchestrator, saga.lease);
    }
    services_.back()->add_nodes();
  }
  std::map<std::string, std::string> databases;
  for (const service::Settings& service : scenario_.services) {
    databases[service.name] = service.database;
  }
  for (const Scenario::Saga& saga : scenario_.sagas) {
    message_windows_.push_back(
        std::make_unique<saga::MessageWindows>(*recorder_, saga.definition, databases));
    if (saga.definition->coordination != saga::Coordination::choreography) continue;
    chronicles_.push_back(std::make_unique<saga::Chronicle>(*recorder_, saga.definition));
  }
  workload_ =
      std::make_unique<service::Workload>(*runtime_, scenario_.workload, std::move(by_name));
  workload_->add_nodes();
  for (const sim::NodeName& node : nodes_of(scenario_))
    HALFWRITE_ASSERT(simulation_->find_node(node.node) != nullptr,
                     "a storm may strike a node that the world does not have");
}

void World::build_invariants(sql::Evaluator& evaluator) {
  ledger_ = std::make_shared<invariants::Ledger>();
  figures_ = std::make_unique<invariants::FigureCollector>(simulation_->names(), ledger_);
  const std::size_t history_position = scenario_.databases.size();
  if (std::any_of(
          scenario_.invariants.begin(), scenario_.invariants.end(),
          [&](const Invariant& invariant) { return reads_history(invariant, history_position); }))
    history_tables_ = std::make_unique<HistoryTables>(scenario_.history, simulation_->names());
  std::vector<const sql::ReadView*> views;
  for (const auto& database : databases_) views.push_back(&database->committed_view());
  views.push_back(history_tables_ ? &history_tables_->view() : nullptr);

  for (const Invariant& invariant : scenario_.invariants) {
    Judge& judge = judges_.emplace_back();
    if (const auto* options = std::get_if<invariants::Options>(&invariant)) {
      judge.folding = invariants::make(*options, scenario_.contract, simulation_->names(), ledger_);
      HALFWRITE_ASSERT(judge.folding != nullptr,
                       "a validated scenario names an invariant that does not exist");
    } else if (const auto* bound = std::get_if<FigureBound>(&invariant)) {
      judge.folding = invariants::make_figure_bound(
          {bound->name, bound->figure, bound->of, bound->at_most, bound->at_least},
          simulation_->names(), ledger_);
    } else {
      judge.author = std::make_unique<AuthorSqlInvariant>(std::get<AuthorSql>(invariant),
                                                          *simulation_, evaluator, views);
    }
  }
  recorder_->listen(*ledger_);
  for (const auto& chronicle : chronicles_) recorder_->listen(*chronicle);
  for (const auto& windows : message_windows_) recorder_->listen(*windows);
  recorder_->listen(*figures_);
  if (history_tables_) recorder_->listen(*history_tables_);
  for (const Judge& judge : judges_) {
    if (!judge.folding) continue;
    listeners_.push_back(std::make_unique<JudgeListener>(*judge.folding));
    recorder_->listen(*listeners_.back());
  }
  for (std::size_t i = 0; i < databases_.size(); ++i) {
    watches_.push_back(std::make_unique<TableWatch>(*this, i));
    databases_[i]->listen(*watches_.back());
  }
  if (request_.keep_history) {
    kept_ = std::make_shared<KeptHistory>();
    kept_->simulation = simulation_;
    recorder_->listen(*kept_);
  }
}

invariants::Verdict World::judge(std::size_t invariant, sim::Instant at_end) {
  Judge& judge = judges_[invariant];
  invariants::Verdict verdict =
      judge.folding ? judge.folding->judge(at_end) : judge.author->judge(at_end);
  verdict.invariant = name_of(scenario_.invariants[invariant]);
  return verdict;
}

RunOutcome World::run() {
  RunOutcome outcome;
  outcome.seed = request_.seed;
  outcome.end = simulation_->run();
  for (std::size_t i = 0; i < judges_.size(); ++i)
    outcome.verdicts.push_back(judge(i, outcome.end.at));
  outcome.figures = figures_->finish();
  outcome.trace_hash = simulation_->trace().hash();
  outcome.trace_records = simulation_->trace().records();
  outcome.waits = simulation_->trace().waits();
  outcome.windows_hit = simulation_->windows().hits();
  outcome.windows_entered = simulation_->windows().entries();
  outcome.landed = simulation_->faults().landed();
  outcome.landed_plan = simulation_->faults().landed_plan();
  outcome.never_reached = simulation_->faults().never_reached();
  outcome.found_nothing = simulation_->faults().found_nothing();
  outcome.orders = simulation_->faults().orders();
  outcome.addresses = simulation_->faults().addresses();
  for (const sim::Address& moment : simulation_->faults().moments())
    outcome.moments.push_back(sim::exact_point(simulation_->names(), moment));
  outcome.history = kept_;
  return outcome;
}

}  // namespace halfwrite::scenarios
