#include "scenarios/run.hpp"

#include "models/database/sql/evaluator.hpp"
#include "scenarios/world.hpp"
#include "sim/stack_pool.hpp"

namespace halfwrite::scenarios {

void KeptHistory::on_fact(const history::Fact& fact) {
  facts.push_back(fact);
}

Runner::Runner()
    : evaluator_(std::make_unique<sql::Evaluator>()), stacks_(std::make_unique<sim::StackPool>()) {}

Runner::~Runner() = default;

RunOutcome Runner::run(const RunRequest& request) {
  // A kept history outlives this runner, and so must the stacks of its simulation.
  World world(request, *evaluator_, request.keep_history ? nullptr : stacks_.get());
  return world.run();
}

}  // namespace halfwrite::scenarios
