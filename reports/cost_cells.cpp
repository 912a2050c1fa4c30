#include "reports/cost_cells.hpp"

#include "reports/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::reports {

namespace {

std::string duration_text(const invariants::FigureValue& value) {
  return value.measured() ? sim::to_text(sim::Duration::nanoseconds(value.nanoseconds)) : "-";
}

// An event may be published before what it tells of is visible.
std::string delay_text(const invariants::FigureValue& value) {
  return value.measured() && value.nanoseconds < 0 ? "before commit" : duration_text(value);
}

std::string cost_text(const invariants::FigureValue& value) {
  if (!value.measured() || value.ratio.denominator == 0) return "-";
  return fmt::format("{:.1f}", static_cast<double>(value.ratio.numerator) /
                                   static_cast<double>(value.ratio.denominator));
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
      cells.push_back(duration_text(invariants::saga_duration(figures, percent)));
  } else if (which.delays) {
    for (const char* figure : {"publish_delay_p50", "publish_delay_p99"})
      cells.push_back(delay_text(invariants::figure(figures, figure)));
  }
  cells.push_back(cost_text(invariants::statements_per_request(figures)));
  if (which.sagas)
    cells.push_back(cost_text(invariants::figure(figures, "messages_per_operation")));
  if (which.sagas && which.delays) cells.push_back(busiest_text(figures));
  return cells;
}

}  // namespace halfwrite::reports
