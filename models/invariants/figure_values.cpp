// The named figures of language.md, computed from what was measured.
#include "models/invariants/figures.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <array>

namespace halfwrite::invariants {
namespace {

// "order.place" is of the operation itself and of its service.
bool is_of(std::string_view operation, std::string_view of) {
  if (of.empty() || operation == of) return true;
  return operation.size() > of.size() && operation.starts_with(of) && operation[of.size()] == '.';
}

EventFigures events_of(const Figures& figures, std::string_view of) {
  EventFigures sum;
  for (const auto& [event, measured] : figures.by_event) {
    if (!of.empty() && event != of) continue;
    sum.owed += measured.owed;
    sum.lost += measured.lost;
    sum.publications += measured.publications;
    sum.repeats += measured.repeats;
    sum.publish_delays_nanoseconds.insert(sum.publish_delays_nanoseconds.end(),
                                          measured.publish_delays_nanoseconds.begin(),
                                          measured.publish_delays_nanoseconds.end());
  }
  return sum;
}

OperationFigures operations_of(const Figures& figures, std::string_view of) {
  OperationFigures sum;
  for (const auto& [operation, measured] : figures.by_operation) {
    if (!is_of(operation, of)) continue;
    sum.requests += measured.requests;
    sum.requests_ok += measured.requests_ok;
    sum.statements += measured.statements;
    sum.latencies_nanoseconds.insert(sum.latencies_nanoseconds.end(),
                                     measured.latencies_nanoseconds.begin(),
                                     measured.latencies_nanoseconds.end());
  }
  return sum;
}

std::uint64_t statements_of(const Figures& figures, std::string_view of) {
  const auto database = figures.statements_by_database.find(std::string(of));
  if (database != figures.statements_by_database.end()) return database->second;
  return operations_of(figures, of).statements;
}

FigureValue duration(std::vector<std::int64_t> values, std::uint32_t percent) {
  FigureValue value;
  value.measurements = values.size();
  const std::optional<std::int64_t> found = percentile(std::move(values), percent);
  if (!found) return value;
  value.unit = FigureValue::Unit::duration;
  value.nanoseconds = *found;
  return value;
}

FigureValue ratio(std::uint64_t part, std::uint64_t whole) {
  FigureValue value;
  value.measurements = whole;
  if (whole == 0) return value;
  value.unit = FigureValue::Unit::ratio;
  value.ratio = {part, whole};
  return value;
}

FigureValue publish_delay_p50(const Figures& figures, std::string_view of) {
  return duration(events_of(figures, of).publish_delays_nanoseconds, 50);
}
FigureValue publish_delay_p99(const Figures& figures, std::string_view of) {
  return duration(events_of(figures, of).publish_delays_nanoseconds, 99);
}
FigureValue saga_duration_p99(const Figures& figures, std::string_view of) {
  return saga_duration(figures, 99, of);
}
FigureValue latency_p50(const Figures& figures, std::string_view of) {
  return duration(operations_of(figures, of).latencies_nanoseconds, 50);
}
FigureValue latency_p99(const Figures& figures, std::string_view of) {
  return duration(operations_of(figures, of).latencies_nanoseconds, 99);
}
FigureValue lost_share(const Figures& figures, std::string_view of) {
  const EventFigures events = events_of(figures, of);
  return ratio(events.lost, events.owed);
}
FigureValue duplicate_share(const Figures& figures, std::string_view of) {
  const EventFigures events = events_of(figures, of);
  return ratio(events.repeats, events.publications);
}
FigureValue availability(const Figures& figures, std::string_view of) {
  const OperationFigures operations = operations_of(figures, of);
  return ratio(operations.requests_ok, operations.requests);
}
// Messages are records in a broker; requests are those of all clients, since a relay or a consumer
// works for them and has none of its own.
FigureValue messages_per_operation(const Figures& figures, std::string_view of) {
  return ratio(events_of(figures, of).publications, figures.requests);
}
FigureValue statements_per_second(const Figures& figures, std::string_view of) {
  // In microseconds, so that a campaign's count times a million stays far below 2^64.
  const std::int64_t microseconds = figures.virtual_nanoseconds / 1'000;
  if (microseconds <= 0) return {};
  const std::uint64_t statements = statements_of(figures, of);
  FigureValue value = ratio(statements * 1'000'000, static_cast<std::uint64_t>(microseconds));
  value.unit = FigureValue::Unit::per_second;
  value.measurements = statements;
  return value;
}

struct Named {
  std::string_view name;
  FigureValue (*measure)(const Figures&, std::string_view);
};

// Sorted by name.
constexpr std::array measured_figures{
    Named{"availability", availability},
    Named{"duplicate_share", duplicate_share},
    Named{"latency_p50", latency_p50},
    Named{"latency_p99", latency_p99},
    Named{"lost_share", lost_share},
    Named{"messages_per_operation", messages_per_operation},
    Named{"publish_delay_p50", publish_delay_p50},
    Named{"publish_delay_p99", publish_delay_p99},
    Named{"saga_duration_p99", saga_duration_p99},
    Named{"statements_per_second", statements_per_second},
};

}  // namespace

std::vector<std::string> figure_names() {
  std::vector<std::string> names;
  for (const Named& known : measured_figures) names.emplace_back(known.name);
  return names;
}

std::vector<std::string> figure_names_not_measured() {
  return {"lock_wait_max", "outbox_backlog_max", "retained_wal_max", "staleness_p99"};
}

FigureValue figure(const Figures& figures, std::string_view name, std::string_view of) {
  const auto* const named = std::find_if(measured_figures.begin(), measured_figures.end(),
                                         [name](const Named& known) { return known.name == name; });
  HALFWRITE_ASSERT(named != measured_figures.end(), "figures are asked for by a known name");
  return named->measure(figures, of);
}

FigureValue saga_duration(const Figures& figures, std::uint32_t percent, std::string_view of) {
  std::vector<std::int64_t> all;
  for (const auto& [saga, durations] : figures.saga_durations_nanoseconds) {
    if (of.empty() || saga == of) all.insert(all.end(), durations.begin(), durations.end());
  }
  return duration(std::move(all), percent);
}

FigureValue statements_per_request(const Figures& figures, std::string_view of) {
  return ratio(statements_of(figures, of), figures.requests);
}

std::optional<Busiest> busiest_service(const Figures& figures) {
  constexpr std::int64_t whole = 1'000;
  std::optional<Busiest> busiest;
  for (const auto& [service, workers] : figures.workers_by_service) {
    // In microseconds, so that the product stays in 64 bits.
    const std::int64_t all_microseconds = workers.all_nanoseconds / 1'000;
    if (all_microseconds <= 0) continue;
    const auto share =
        static_cast<std::uint64_t>(workers.busy_nanoseconds / 1'000 * whole / all_microseconds);
    if (!busiest || share > busiest->share.numerator)
      busiest = Busiest{service, {share, static_cast<std::uint64_t>(whole)}};
  }
  return busiest;
}

std::optional<std::int64_t> percentile(std::vector<std::int64_t> values, std::uint32_t percent) {
  HALFWRITE_ASSERT(percent >= 1 && percent <= 100, "a percentile is between 1 and 100");
  if (values.empty()) return std::nullopt;
  const std::size_t rank = (values.size() * percent + 99) / 100;
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

}  // namespace halfwrite::invariants
