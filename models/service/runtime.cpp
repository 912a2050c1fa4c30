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
  const std::uint64_t times = ++made_[id];
  if (times > 1) id += '-' + std::to_string(times);
  return id;
}

}  // namespace halfwrite::service
