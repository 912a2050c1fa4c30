// A scenario as a validated, immutable value: one variant of one file, ready to be built into a
// world any number of times, on any thread. Everything in it is resolved: names exist, SQL is read
// against its database, defaults are laid under, patches are applied. It holds no run, no seed and
// no JSON.
#pragma once

#include "models/broker/settings.hpp"
#include "models/contract/contract.hpp"
#include "models/database/settings.hpp"
#include "models/external/settings.hpp"
#include "models/invariants/invariant.hpp"
#include "models/publishing/statements.hpp"
#include "models/saga/assembly.hpp"
#include "models/service/program.hpp"
#include "models/service/settings.hpp"
#include "scenarios/diagnostic.hpp"
#include "sim/expected.hpp"
#include "sim/fault.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace halfwrite::scenarios {

// A link with a latency of its own: `"order -> kafka": "150ms"`. Ends are nodes or groups.
struct Link {
  std::string from;
  std::string to;
  sim::DurationRange latency;
};

// A bound on a figure measured over a run. A share or count is a ratio, a delay is a duration.
struct FigureBound {
  using Limit = std::variant<sim::Duration, sim::Ratio>;
  std::string name;
  std::string figure;  // publish_delay_p99
  std::string of;      // operation, event, view, database; empty: everything
  std::optional<Limit> at_most;
  std::optional<Limit> at_least;
};

// An invariant in the author's own SQL. Read over all databases of the scenario in their order and,
// as the last one, the schema `history`.
struct AuthorSql {
  enum class When : std::uint8_t { at_end, always };
  enum class Rule : std::uint8_t {
    no_row,           // every row it returns is a violation
    constant_number,  // its one number stays what it was before the run (money_is_conserved)
    never_negative,   // its one number is at least zero (no_oversell)
  };
  std::string name;
  When when = When::at_end;
  Rule rule = Rule::no_row;
  service::StatementReference statement;
};

using Invariant = std::variant<invariants::Options, FigureBound, AuthorSql>;
const std::string& name_of(const Invariant& invariant);

struct Scenario {
  std::string name;
  std::string about;
  std::uint64_t seeds = 200;
  sim::Duration settle_at_most = sim::Duration::seconds(3600);

  sim::DurationRange latency{sim::Duration::microseconds(500), sim::Duration::milliseconds(2)};
  std::vector<Link> links;
  sim::Duration keepalive = sim::Duration::seconds(60);

  // What an author's SQL may read of the run, beside the databases; one for all variants of a file.
  std::shared_ptr<const sql::Catalog> history;

  // All in the order of the file.
  std::vector<database::Settings> databases;
  std::vector<broker::Settings> brokers;
  std::vector<external::Settings> externals;
  service::EventTypes events;
  std::vector<service::Settings> services;
  std::vector<service::Load> workload;
  // The strategies' own SQL, by service, read once for all runs; none for services that need none.
  std::map<std::string, std::shared_ptr<const publishing::Statements>, std::less<>>
      publishing_statements;

  // Its operations and subscriptions are among those of the services.
  struct Saga {
    saga::DefinitionReference definition;
    saga::OrchestratorReference orchestrator;  // null in other styles
    saga::LeaseReference lease;
  };
  std::vector<Saga> sagas;

  sim::Storm storm;                      // `until` is filled in: the file's, else end_of_workload()
  std::optional<sim::FaultPlan> plan;    // present: nothing is drawn from the storm
  std::vector<std::string> passed_over;  // points of the plan that only other variants have

  std::vector<Invariant> invariants;
  contract::Contract contract;
};

// When the last request of the workload is sent, plus one interval (one second for loads that are
// sent all at once): the storm's end where the file says none.
sim::Instant end_of_workload(const std::vector<service::Load>& workload);

enum class ExpectedVerdict : std::uint8_t { holds, violated, any };
const char* to_text(ExpectedVerdict verdict);

// What a variant's `expect` lines say together; later lines have won already.
struct Expectation {
  struct Line {
    ExpectedVerdict verdict = ExpectedVerdict::any;
    SourcePlace place;  // of the line that decided
  };
  struct Window {
    std::string name;  // "between commit and publish"
    std::uint64_t at_least = 0;
    SourcePlace place;
  };
  std::map<std::string, Line> named;  // invariants that a line names
  std::optional<Line> others;         // "*": closes the list; empty: the others may do anything
  std::vector<Window> windows;        // hits demanded over the campaign

  // The line about this invariant: its own, else that of "*", else one that says `any`.
  Line about(std::string_view invariant) const;
};

struct Variant {
  std::string name;  // "outbox_cdc/storm"; "default" in a file without variants and matrix
  Scenario scenario;
  Expectation expectation;
  SourcePlace place;  // its last matching line in `expect`, else where the variant is written
};

struct ScenarioFile {
  std::string path;
  std::string name;
  std::string about;
  std::vector<std::string> source;  // links to the story
  std::uint64_t seeds = 200;
  std::vector<Variant> variants;  // in the order of the file: variants, then the matrix

  const Variant* find_variant(std::string_view variant) const;
};

// The text of a file, or nothing when there is none. Paths are as the caller and `extends` write
// them, `extends` relative to the extending file.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

// Reads, merges and validates a file with all its variants; a pure function of what `read_file`
// returns. All mistakes of the file are reported at once, in order of their places, each once.
sim::Expected<ScenarioFile, std::vector<Diagnostic>> load(const std::string& path,
                                                          const ReadFile& read_file);

}  // namespace halfwrite::scenarios
