// A saga as a scenario says it, once for every way to coordinate it: its steps with what they do
// and what takes them back, and how careful coordinator and participants are. Immutable, parsed and
// bound, shared by all runs. It runs nothing.
#pragma once

#include "models/contract/contract.hpp"
#include "models/service/program.hpp"
#include "models/service/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::saga {

enum class Coordination : std::uint8_t { orchestration, choreography, synchronous };

struct Step {
  std::string name;
  std::string service;               // of both operations
  std::uint32_t instances = 1;       // of the service
  std::string action;                // an operation of the service
  std::string compensation;          // one of the same service; empty: none
  bool acts_outside = false;         // its action asks systems outside
  std::uint32_t group = 0;           // from 0; steps of one parallel group share it
  service::StatementReference when;  // over the saga's variables; null: always
  service::NamedValues arguments;    // beside the saga's variables of the same names
  std::vector<std::string> inputs;   // of the action, and ...
  std::vector<std::string> compensation_inputs;
  std::string success;  // events; empty: none
  std::string failure;
  bool pivot = false;
  bool irreversible = false;
  std::optional<sim::Duration> timeout;  // of one attempt
  service::Retry retry;                  // of an outcome that is unknown or an error
};

// How the state of a saga and the commands that follow from it go together.
enum class Unmatched : std::uint8_t { retry, discard, start };
enum class OnStart : std::uint8_t { resume, wait };

struct Lease {
  sim::Duration lasts = sim::Duration::seconds(10);
  std::optional<sim::Duration> renew;
  bool fenced = true;
};

struct Orchestrator {
  std::string service;  // whose process and database it lives in
  std::uint32_t instances = 1;
  std::optional<Lease> lease;
  service::Publishing publishing = service::Publishing::outbox;
  bool inbox = true;  // false: repeats of replies are not known, and a reply counts for the step
                      // the saga stands at
  Unmatched unmatched = Unmatched::retry;
  OnStart on_start = OnStart::resume;
  bool version_check = true;
};

struct Participants {
  bool inbox = true;  // a step that was asked for twice is done once
  bool fence = true;  // a step is not done after its compensation
};

enum class AfterFailure : std::uint8_t { park, go_on, stop };

struct Compensation {
  contract::CompensationOrder order = contract::CompensationOrder::reverse;
  bool unknown = true;  // steps whose outcome is not known are compensated too
  service::Retry retry;
  AfterFailure after_failure = AfterFailure::park;
};

struct Definition {
  std::string name;
  Coordination coordination = Coordination::orchestration;
  std::vector<Step> steps;               // in order, groups ascending
  std::vector<std::string> variables;    // what a request to it must give, in order of first use
  std::optional<sim::Duration> timeout;  // of the whole saga
  Orchestrator orchestrator;
  Participants participants;
  Compensation compensation;

  const Step* find(std::string_view step) const;
  // The position of a step that the saga has.
  std::size_t position(std::string_view step) const;
  const Step* pivot() const;  // null: none
  // The saga is decided for good when such a step begins: nothing it does can undo it.
  bool is_behind_pivot(std::size_t position) const;
  // Does this service drive it?
  bool is_orchestrated_by(std::string_view service) const;
};
using DefinitionReference = std::shared_ptr<const Definition>;

// What the saga owes, whoever coordinates it.
contract::Saga contract_of(const Definition& definition);

}  // namespace halfwrite::saga
