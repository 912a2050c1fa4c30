#include "models/service/runtime.hpp"

#include <utility>

namespace halfwrite::service {

std::string EventIds::make(const sim::Names& names, const sim::Scope& scope, std::uint32_t ordinal,
                           std::string_view purpose) {
  std::string id(names.text(scope.identity.source));
  // An identity with a number is a request of a load or a tick of a loop. One without is the event
  // being handled, and several operations may handle the same one.
  id += '-';
  if (scope.identity.number != 0) {
    id += std::to_string(scope.identity.number);
  } else {
    id += names.text(scope.operation);
  }
  if (!purpose.empty()) {
    id += '-';
    id += purpose;
  }
  id += '-' + std::to_string(ordinal);
  if (scope.attempt > 1) id += "-a" + std::to_string(scope.attempt);
  return make_as(std::move(id));
}

std::string EventIds::make_as(std::string id) {
  const std::uint64_t times = ++made_[id];
  if (times > 1) id += '-' + std::to_string(times);
  return id;
}

std::vector<sim::Alias> Runtime::aliases_of(std::string_view event, std::string_view moment) const {
  sim::Names& names = simulation.names();
  std::vector<sim::Alias> aliases{{names.of(event), names.of(moment)}};
  const auto type = events.find(std::string(event));
  if (type == events.end()) return aliases;
  for (const EventType::Point& point : type->second.points) {
    if (point.moment == moment) aliases.push_back({names.of(point.subject), names.of(point.step)});
  }
  return aliases;
}

}  // namespace halfwrite::service
