#include "models/service/refusal.hpp"

#include <memory>

namespace halfwrite::service {

namespace {

std::string refusal_of(const Steps& steps, bool in_transaction);

std::string refusal_of(const std::shared_ptr<const Steps>& steps, bool in_transaction) {
  return steps == nullptr ? std::string() : refusal_of(*steps, in_transaction);
}

std::string refusal_of(const Step& step, bool in_transaction) {
  std::string refusal = refusal_of(step.on_error, in_transaction);
  if (!refusal.empty()) return refusal;
  if (const auto* publish = std::get_if<PublishStep>(&step.verb)) {
    if (publish->message_id) {
      return "step " + step.name + ": message_id needs a broker that compares ids; leave it out";
    }
  } else if (const auto* condition = std::get_if<IfStep>(&step.verb)) {
    refusal = refusal_of(condition->then, in_transaction);
    return refusal.empty() ? refusal_of(condition->otherwise, in_transaction) : refusal;
  } else if (const auto* loop = std::get_if<ForEachStep>(&step.verb)) {
    return refusal_of(loop->steps, in_transaction);
  } else if (const auto* own = std::get_if<TransactionStep>(&step.verb)) {
    if (in_transaction) {
      return "step " + step.name + ": a transaction inside a transaction; say transaction: false";
    }
    return refusal_of(own->steps, true);
  }
  return {};
}

std::string refusal_of(const Steps& steps, bool in_transaction) {
  for (const Step& step : steps) {
    std::string refusal = refusal_of(step, in_transaction);
    if (!refusal.empty()) return refusal;
  }
  return {};
}

}  // namespace

std::string refusal_of(const Operation& operation) {
  return refusal_of(operation.steps, operation.transaction);
}

}  // namespace halfwrite::service
