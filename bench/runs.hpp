// Whole runs of the leading scenarios, as a campaign's worker does them: a world is built, runs to
// its rest, is judged and taken down.
#pragma once

#include "scenarios/scenario.hpp"

#include <cstdint>
#include <string>

namespace halfwrite::bench {

// order_created with so many orders, each of them paid, at so many a second; the storm ends one
// second after the last request of them.
scenarios::ScenarioFile order_created(std::uint64_t orders, std::uint64_t orders_a_second);

// place_order with so many orders at so many a second, stock for all, and no faults.
scenarios::ScenarioFile place_order(std::uint64_t orders, std::uint64_t orders_a_second);

// Registers both styles of the file with a polling outbox: "sagas/orchestration/outbox_polling". An
// item is an order. The file, of so many orders, must outlive them.
void register_sagas(const scenarios::ScenarioFile& file, std::uint64_t orders);

// Registers a benchmark for each variant of the file in that trouble: "runs/outbox_cdc/storm". An
// item is a run; counters: landed faults and trace records a run. The file must outlive them.
void register_runs(const scenarios::ScenarioFile& file, const std::string& trouble);

// The whole matrix of the file in that trouble by the campaign: "cores/1" and "cores/2", in wall
// time. The file must outlive them.
void register_cores(const scenarios::ScenarioFile& file, const std::string& trouble);

// One run of the variant to its end; the number of its trace records, and 0 when it was stuck or
// lost an event.
std::uint64_t run_once(const scenarios::ScenarioFile& file, const std::string& variant);

}  // namespace halfwrite::bench
