#include "reports/cost_cells.hpp"

#include "reports/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace halfwrite::reports {

namespace {

std::string delay_text(const invariants::Figures& figures, const char* name) {
  const auto value = invariants::figure(figures, name);
  if (!value.measured()) return "-";
  if (value.nanoseconds < 0) return "before commit";
  return sim::to_text(sim::Duration::nanoseconds(value.nanoseconds));
}

std::string cost_text(const invariants::FigureValue& value) {
  if (!value.measured() || value.ratio.denominator == 0) return "-";
  return fmt::format("{:.1f}", static_cast<double>(value.ratio.numerator) /
                                   static_cast<double>(value.ratio.denominator));
}

std::string saga_delay_text(const invariants::Figures& figures, std::uint32_t percent) {
  std::vector<std::int64_t> all;
  for (const auto& [saga, durations] : figures.saga_durations_nanoseconds)
    all.insert(all.end(), durations.begin(), durations.end());
  const auto value = invariants::percentile(std::move(all), percent);
  return value ? sim::to_text(sim::Duration::nanoseconds(*value)) : "-";
}

std::string busiest_text(const invariants::Figures& figures) {
  const auto busiest = invariants::busiest_service(figures);
  if (!busiest) return "-";
  return fmt::format("{} {} %", busiest->service,
                     busiest->share.numerator * 100 / busiest->share.denominator);
}

}  // namespace

bool has_sagas(const campaign::CampaignOutcome& outcome) {
  return std::any_of(outcome.variants.begin(), outcome.variants.end(),
                     [](const campaign::VariantOutcome& variant) {
                       return !variant.figures.saga_durations_nanoseconds.empty();
                     });
}

std::vector<std::string> cost_titles(const CostCells& which) {
  std::vector<std::string> titles{"never sent", "invented"};
  if (which.delays) titles.insert(titles.end(), {which.sagas ? "saga p50" : "delay p50", "p99"});
  titles.emplace_back("SQL/request");
  if (which.sagas) titles.emplace_back("messages");
  if (which.sagas && which.delays) titles.emplace_back("busiest");
  return titles;
}

// Of a saga the client is told nothing but that it began: what counts is how long it took to end.
std::vector<std::string> cost_cells(const invariants::Figures& figures, const CostCells& which) {
  std::vector<std::string> cells{with_commas(figures.events_lost),
                                 with_commas(figures.events_invented)};
  if (which.delays && which.sagas) {
    for (const std::uint32_t percent : {50u, 99u})
      cells.push_back(saga_delay_text(figures, percent));
  } else if (which.delays) {
    for (const char* figure : {"publish_delay_p50", "publish_delay_p99"})
      cells.push_back(delay_text(figures, figure));
  }
  cells.push_back(cost_text(invariants::statements_per_request(figures)));
  if (which.sagas)
    cells.push_back(cost_text(invariants::figure(figures, "messages_per_operation")));
  if (which.sagas && which.delays) cells.push_back(busiest_text(figures));
  return cells;
}

}  // namespace halfwrite::reports
