// The table of publishing strategies: the word of the scenario on one side, who does it on the
// other. Nothing else in the house asks which strategy is at work.
#pragma once

#include "models/publishing/statements.hpp"
#include "models/service/event_publisher.hpp"
#include "models/service/settings.hpp"
#include "sim/explanation.hpp"

#include <memory>
#include <vector>

namespace halfwrite::publishing {

// Makes the publishers of each process of a service; nothing for `none`. With `outbox` the
// statements must hold the outbox's.
service::PublisherFactory make_publishers(std::shared_ptr<const Statements> statements);

// What each strategy does, in the order of the table.
std::vector<sim::Explanation> strategy_explanations();
// What each relay of the outbox does.
std::vector<sim::Explanation> relay_explanations();

}  // namespace halfwrite::publishing
