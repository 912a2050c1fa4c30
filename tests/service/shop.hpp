// A small shop for the tests of the service room: one database, one service "order" whose
// operations a test writes step by step, clients, and the facts of the run. Each test builds its
// own.
#pragma once

#include "models/broker/cluster.hpp"
#include "models/database/server.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/history/recorder.hpp"
#include "models/service/deployment.hpp"
#include "models/service/workload.hpp"
#include "sim/fault_injection.hpp"
#include "sim/simulation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::test {

// Keeps every fact of a run.
class FactList : public history::FactListener {
 public:
  void on_fact(const history::Fact& fact) override { facts_.push_back(fact); }
  template <class Content>
  std::vector<Content> all() const {
    std::vector<Content> found;
    for (const history::Fact& fact : facts_) {
      if (const auto* content = std::get_if<Content>(&fact.content)) found.push_back(*content);
    }
    return found;
  }
  template <class Content>
  std::vector<history::Fact> facts_of() const {
    std::vector<history::Fact> found;
    for (const history::Fact& fact : facts_) {
      if (std::holds_alternative<Content>(fact.content)) found.push_back(fact);
    }
    return found;
  }

 private:
  std::vector<history::Fact> facts_;
};

struct ShopOptions {
  std::uint64_t seed = 1;
  sim::FaultPlan plan;
  std::vector<std::string> schema = {
      "CREATE TABLE orders (id TEXT PRIMARY KEY, customer TEXT, amount INTEGER NOT NULL CHECK "
      "(amount <= 450))",
      "CREATE TABLE stock (sku TEXT PRIMARY KEY, quantity INTEGER NOT NULL)"};
  std::vector<std::string> data = {"INSERT INTO stock VALUES ('book', 3)"};
  bool with_broker = false;
};

class Shop {
 public:
  explicit Shop(ShopOptions options = {});
  ~Shop();

  // --- Before the run ---
  service::StatementReference sql(const std::string& text) const;
  service::Step sql_step(const std::string& name, const std::string& text,
                         std::vector<std::string> into = {}) const;
  service::Operation& operation(const std::string& name, service::Steps steps);
  service::Load& load(const std::string& name, const std::string& run);
  service::EventType& event(const std::string& name, const std::string& key,
                            std::vector<std::string> payload);
  service::Settings settings;  // of service "order"
  service::PublisherFactory publisher;
  std::vector<service::Companion> companions;

  sim::RunEnd run();

  // --- After it ---
  const FactList& facts() const { return facts_; }
  // The rows of a table as texts, "order-1,ada,10", sorted.
  std::vector<std::string> rows(const std::string& table) const;
  // "ok", "fail: ...", "unknown: ..." per answered request, in order of answering.
  std::vector<std::string> answers() const;
  std::string name(sim::Name name) const { return std::string(simulation_.names().text(name)); }
  sim::Simulation& simulation() const { return simulation_; }
  const broker::Cluster& cluster() const { return *cluster_; }

 private:
  static sim::SimulationOptions simulation_options(const ShopOptions& options);

  std::unique_ptr<sim::Simulation> owned_;
  sim::Simulation& simulation_;
  history::Recorder recorder_;
  FactList facts_;
  sql::Evaluator evaluator_;
  database::Settings database_;
  std::unique_ptr<database::Server> server_;
  broker::Settings broker_;
  std::unique_ptr<broker::Cluster> cluster_;
  service::EventTypes events_;
  std::vector<service::Load> loads_;
  std::unique_ptr<service::Runtime> runtime_;
  std::unique_ptr<service::Deployment> deployment_;
  std::unique_ptr<service::Workload> workload_;
};

// A variable as a value.
inline service::ValueSource variable(const std::string& name) {
  return service::Variable{name};
}
inline std::shared_ptr<const service::Steps> steps(service::Steps list) {
  return std::make_shared<const service::Steps>(std::move(list));
}
inline service::Step step(const std::string& name, decltype(service::Step::verb) verb) {
  service::Step made;
  made.name = name;
  made.verb = std::move(verb);
  return made;
}
// A crash of the process at a point, for `down` or for ever.
sim::Fault crash_here(sim::When when, const std::string& operation, const std::string& step_name,
                      sim::Duration down = sim::Duration::milliseconds(200));

}  // namespace halfwrite::test
