// What a service's settings ask of this room that it does not do, or that cannot be done: sentences
// for people. The language calls it before a world is built; building one for settings that are
// refused here is an assertion or a world that cannot work. A pure function.
#pragma once

#include "models/service/settings.hpp"

#include <string>
#include <vector>

namespace halfwrite::publishing {

struct Refusal {
  std::string path;  // below the service: "outbox.instances", "subscriptions.prepare.when_waiting"
  std::string sentence;
};

std::vector<Refusal> refusals(const service::Settings& settings, const service::EventTypes& events);

}  // namespace halfwrite::publishing
