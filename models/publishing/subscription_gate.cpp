#include "models/publishing/subscription_gate.hpp"

#include <memory>

namespace halfwrite::publishing {

namespace {

std::shared_ptr<void>& kept_gate(service::Instance& instance, const std::string& group,
                                 const std::string& topic) {
  return instance.kept("gate of " + group + " behind " + topic);
}

}  // namespace

void close_gate(service::Instance& instance, const std::string& group, const std::string& topic) {
  kept_gate(instance, group, topic) = std::make_shared<SubscriptionGate>();
}

void open_gate(service::Instance& instance, const std::string& group, const std::string& topic) {
  auto* const gate = static_cast<SubscriptionGate*>(kept_gate(instance, group, topic).get());
  if (gate != nullptr) gate->is_open = true;
}

const SubscriptionGate* find_gate(service::Instance& instance, const std::string& group,
                                  const std::string& topic) {
  return static_cast<const SubscriptionGate*>(kept_gate(instance, group, topic).get());
}

}  // namespace halfwrite::publishing
