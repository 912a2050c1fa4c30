// Looks through the steps of a program, those inside others too, in the order they are written.
#pragma once

#include "models/service/program.hpp"

#include <algorithm>
#include <memory>
#include <variant>

namespace halfwrite::service {

// Is it so of any of these steps?
template <class Asked>
bool any_step(const Steps& steps, const Asked& asked) {
  const auto inside = [&](const std::shared_ptr<const Steps>& nested) {
    return nested != nullptr && any_step(*nested, asked);
  };
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    if (asked(step) || inside(step.on_error)) return true;
    if (const auto* condition = std::get_if<IfStep>(&step.verb))
      return inside(condition->then) || inside(condition->otherwise);
    if (const auto* loop = std::get_if<ForEachStep>(&step.verb)) return inside(loop->steps);
    const auto* transaction = std::get_if<TransactionStep>(&step.verb);
    return transaction != nullptr && inside(transaction->steps);
  });
}

// Does it ask a system outside?
inline bool asks_outside(const Operation& operation) {
  return any_step(operation.steps,
                  [](const Step& step) { return std::holds_alternative<ExternalStep>(step.verb); });
}

}  // namespace halfwrite::service
