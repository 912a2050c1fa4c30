// Figures: what a run cost, measured over the fact stream. All integers: durations in nanoseconds,
// shares as ratios, percentiles by nearest rank. Values of several runs can be merged, and a figure
// of the merged value is the figure over all of them. They measure and judge nothing.
#pragma once

#include "models/history/facts.hpp"
#include "models/history/recorder.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::invariants {

class Ledger;

struct EventFigures {
  std::uint64_t owed = 0;          // by surviving transactions
  std::uint64_t lost = 0;          // of those, with no surviving record in a broker
  std::uint64_t invented = 0;      // in a broker or handed out, owed by nobody
  std::uint64_t publications = 0;  // records appended
  std::uint64_t repeats = 0;       // of those, beyond the first of one event
  std::vector<std::int64_t> publish_delays_nanoseconds;
};

struct OperationFigures {
  std::uint64_t requests = 0;     // by clients; a client's retry is the same request
  std::uint64_t requests_ok = 0;  // of those, answered ok at last
  std::uint64_t statements = 0;   // executed for it, whatever came of them
  std::vector<std::int64_t> latencies_nanoseconds;  // first asked to first ok
};

// How busy the workers of a service were, from the first request of a client to the last.
struct WorkerFigures {
  std::int64_t busy_nanoseconds = 0;
  std::int64_t all_nanoseconds = 0;  // if all of them had been busy all the time
};

struct Figures {
  std::uint64_t requests = 0;
  std::uint64_t requests_ok = 0;
  std::uint64_t statements = 0;       // all data statements, of services, relays and connectors
  std::uint64_t events_owed = 0;      // of surviving transactions
  std::uint64_t events_lost = 0;      // of those, never published
  std::uint64_t events_invented = 0;  // published, owed by nobody
  std::uint64_t repeats = 0;          // publications of one event beyond the first
  std::uint64_t publications = 0;     // records appended by brokers
  std::vector<std::int64_t>
      publish_delays_nanoseconds;  // commit visible to appended, per owed event; negative: before
  std::vector<std::int64_t> latencies_nanoseconds;
  std::int64_t virtual_nanoseconds = 0;  // how long the run lasted, to its last fact

  std::map<std::string, EventFigures> by_event;
  std::map<std::string, OperationFigures> by_operation;  // "order.place", "order.relay"
  std::map<std::string, std::uint64_t> statements_by_database;
  // Of sagas that came to an end, by name: from its request until it was decided that it is over.
  std::map<std::string, std::vector<std::int64_t>> saga_durations_nanoseconds;
  std::map<std::string, WorkerFigures> workers_by_service;  // of services that worked at all
};

// Adds the measurements of another run.
void merge(Figures& into, const Figures& from);

// Reads the facts of one run. Given a ledger, it shares the reading with whoever else uses it.
// `names` outlives it.
class FigureCollector : public history::FactListener {
 public:
  explicit FigureCollector(const sim::Names& names, std::shared_ptr<Ledger> ledger = nullptr);
  void on_fact(const history::Fact& fact) override;
  void on_work(const history::Work& work) override;
  // Call once, after the last fact: fates are known only then.
  Figures finish();

 private:
  void measure_workers(Figures& figures) const;
  void measure_sagas(Figures& figures) const;
  struct StatementCount {
    history::Name database;
    history::Name owner;
    std::uint64_t count = 0;
  };
  const sim::Names& names_;
  std::shared_ptr<Ledger> ledger_;
  std::vector<StatementCount> statements_;  // few: one per pair of database and operation
  struct WorkerCount {
    history::Name service;
    std::uint32_t workers = 0;
    std::int64_t busy_nanoseconds = 0;
    std::int64_t busy_until_last_request = 0;
  };
  std::vector<WorkerCount> workers_;  // few: one per service
  std::optional<history::Instant> first_request_;
  history::Instant last_request_;
};

// The value of one named figure.
struct FigureValue {
  enum class Unit : std::uint8_t {
    nothing,     // nothing was measured
    duration,    // nanoseconds
    ratio,       // numerator / denominator, a share or a count per operation
    per_second,  // the same, per second of virtual time
  };
  Unit unit = Unit::nothing;
  std::int64_t nanoseconds = 0;
  sim::Ratio ratio;
  std::uint64_t measurements = 0;  // over how many

  bool measured() const { return unit != Unit::nothing; }
};

// The figures this house measures, sorted: names of language.md, "Figures".
std::vector<std::string> figure_names();
// Figures of the language that need models which do not exist yet, sorted; asking for one is an
// error of the scenario.
std::vector<std::string> figure_names_not_measured();

// `of` is empty (everything), an event, an operation, a service (all its operations) or a database,
// whichever the figure speaks of. Asserts that the name is one of `figure_names`.
FigureValue figure(const Figures& figures, std::string_view name, std::string_view of = {});

// How long sagas took from their request to their end: the percentile over all of one saga, or of
// all where `of` is empty. Requires 1 <= percent <= 100.
FigureValue saga_duration(const Figures& figures, std::uint32_t percent, std::string_view of = {});

// Statements per request, "order 4.2" in a comparison: all of `of` (see `figure`) over all
// requests.
FigureValue statements_per_request(const Figures& figures, std::string_view of = {});

// The service whose workers were busiest, and which share of their time; nothing where no request
// gave them any.
struct Busiest {
  std::string service;
  sim::Ratio share;
};
std::optional<Busiest> busiest_service(const Figures& figures);

// The nearest-rank percentile: the smallest value that at least `percent` of all are not above.
// Nothing of an empty list. Requires 1 <= percent <= 100.
std::optional<std::int64_t> percentile(std::vector<std::int64_t> values, std::uint32_t percent);

}  // namespace halfwrite::invariants
