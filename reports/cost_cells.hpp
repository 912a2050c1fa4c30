// What a run cost, as cells of a comparison's table.
#pragma once

#include "campaign/outcome.hpp"
#include "models/invariants/figures.hpp"

#include <string>
#include <vector>

namespace halfwrite::reports {

// Did any saga come to an end? Then its duration is shown, else the delay of publications.
bool has_sagas(const campaign::CampaignOutcome& outcome);

struct CostCells {
  bool sagas = false;
  bool delays = true;  // were delays measured?
};
std::vector<std::string> cost_titles(const CostCells& which);
// One for each title.
std::vector<std::string> cost_cells(const invariants::Figures& figures, const CostCells& which);

}  // namespace halfwrite::reports
