#include "models/saga/definition.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::saga {

const Step* Definition::find(std::string_view step) const {
  const auto found = std::find_if(steps.begin(), steps.end(),
                                  [&](const Step& candidate) { return candidate.name == step; });
  return found == steps.end() ? nullptr : &*found;
}

std::size_t Definition::position(std::string_view step) const {
  const Step* found = find(step);
  HALFWRITE_ASSERT(found != nullptr, "a step was asked for that its saga does not have");
  return static_cast<std::size_t>(found - steps.data());
}

const Step* Definition::pivot() const {
  const auto found =
      std::find_if(steps.begin(), steps.end(), [](const Step& step) { return step.pivot; });
  return found == steps.end() ? nullptr : &*found;
}

bool Definition::is_behind_pivot(std::size_t position) const {
  return std::any_of(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(position),
                     [](const Step& step) { return step.pivot; });
}

bool Definition::is_orchestrated_by(std::string_view service) const {
  return coordination == Coordination::orchestration && orchestrator.service == service;
}

contract::Saga contract_of(const Definition& definition) {
  contract::Saga saga;
  saga.name = definition.name;
  saga.compensation_order = definition.compensation.order;
  for (const Step& step : definition.steps) {
    contract::SagaStep duty;
    duty.name = step.name;
    duty.action = step.service + "." + step.action;
    if (!step.compensation.empty()) duty.compensation = step.service + "." + step.compensation;
    duty.group = step.group;
    duty.compensatable = !step.compensation.empty();
    duty.pivot = step.pivot;
    duty.irreversible = step.irreversible;
    duty.required = step.when == nullptr;
    saga.steps.push_back(std::move(duty));
  }
  return saga;
}

}  // namespace halfwrite::saga
