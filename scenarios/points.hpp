// Which points and nodes a scenario has: the places a plan may name. Derived from the scenario's
// words alone (operations and their steps, relays, subscriptions, jobs, events, loads), so that a
// plan is checked before anything runs.
#pragma once

#include "scenarios/scenario.hpp"
#include "sim/fault.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

class Points {
 public:
  explicit Points(const Scenario& scenario);

  // A point that a landed fault carries its process with is taken as it is.
  bool has(const sim::Point& point) const;
  // Why a point is none of this scenario's.
  struct Miss {
    std::string message;
    std::string hint;
  };
  Miss explain(const sim::Point& point) const;

  // What a verb strikes: nodes and groups ("here" too); links between them ("order -> kafka"); work
  // at points.
  struct Targets {
    bool links = false;
    bool points = false;
    bool only_databases = false;
  };
  // Of a fault in a plan, and of a storm's rule.
  static Targets targets_of(sim::FaultKind kind, bool by_chance);
  // Nothing when a fault may be aimed at it.
  std::optional<Miss> miss_target(const std::string& target, Targets allowed) const;
  // Nothing when it can be promoted.
  std::optional<Miss> miss_standby(const std::string& name) const;
  // A consumer group.
  bool has_group(const std::string& group) const;
  std::string nearest_group(const std::string& group) const;

 private:
  using Steps = std::set<std::string>;
  // The points of an operation where it is run under this name.
  void add_operation(const std::string& subject, const service::Operation& operation,
                     const service::Settings& service);
  void add_service(const service::Settings& service, const Scenario& scenario);
  void add_relay(const service::Settings& service);
  void add_steps(const std::string& subject, const service::Steps& steps);
  // The steps of an `external` step, at the caller and at the system; and the names that are the
  // same wherever it is asked: "card_network.charge/effect".
  void add_externals(const Scenario& scenario);
  void add_events(const Scenario& scenario);
  void add_loads(const Scenario& scenario);
  void add_saga(const saga::Definition& definition, const Scenario& scenario);
  void add_called(const saga::Definition& definition, const saga::Step& step,
                  history::StepKind kind, const Scenario& scenario);
  bool is_node(const std::string& name) const;
  const Steps* steps_of(const sim::Point& point) const;

  std::map<std::string, Steps> subjects_;           // steps with their moments: "commit/logged"
  std::set<std::string> idle_;                      // operations that nobody runs
  std::map<std::string, std::uint64_t> instances_;  // of services
  std::map<std::string, std::uint64_t> load_counts_;
  std::vector<std::string> targets_;
  std::vector<std::string> standbys_;
  std::vector<std::string> servers_;  // databases and their standbys
  std::vector<std::string> groups_;
};

}  // namespace halfwrite::scenarios
