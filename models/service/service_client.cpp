#include "models/service/service_client.hpp"

#include "models/service/deployment.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace halfwrite::service {

OperationName split(std::string_view full_name) {
  const std::size_t dot = full_name.find('.');
  HALFWRITE_ASSERT(dot != std::string_view::npos,
                   "something is to run that is no operation of a service");
  return {full_name.substr(0, dot), full_name.substr(dot + 1)};
}

sim::Expected<Outcome, Unanswered> ask(sim::Simulation& simulation, const ServiceRequest& request) {
  const std::uint64_t instance =
      1 + sim::Draws::below(request.instance, request.service->instances);
  const sim::Instant deadline = simulation.now() + request.timeout;
  auto connection =
      simulation.network().connect(request.service->name + "." + std::to_string(instance),
                                   sim::Place{request.connect_step}, request.timeout);
  if (!connection) return sim::Unexpected(Unanswered{false, connection.error()});
  const auto reply = connection->request(
      std::make_unique<OperationRequest>(std::string(request.operation), *request.parameters),
      sim::Place{request.request_step},
      std::max(deadline - simulation.now(), sim::Duration::nanoseconds(1)));
  if (!reply) {
    connection->abort();
    return sim::Unexpected(Unanswered{true, reply.error()});
  }
  connection->close();
  return std::move(reply->as<OperationReply>().outcome);
}

bool call_back(sim::Simulation& simulation, const std::vector<Settings>& services,
               std::string_view run, const sql::Parameters& arguments) {
  const OperationName name = split(run);
  const auto service = std::find_if(services.begin(), services.end(), [&](const Settings& known) {
    return known.name == name.service;
  });
  HALFWRITE_ASSERT(service != services.end(), "a callback goes to a service that does not exist");
  ServiceRequest request;
  request.service = &*service;
  request.operation = name.operation;
  request.parameters = &arguments;
  const sim::Place place{simulation.names().of("callback")};
  request.instance = sim::key_of(simulation.draws().key().with("instance"), simulation.names(),
                                 simulation.address(place));
  request.connect_step = simulation.names().of("connect");
  request.request_step = place.step;
  // As long as a webhook waits for its answer; by the clock of nobody here.
  request.timeout = sim::Duration::seconds(10);
  const auto outcome = ask(simulation, request);
  return outcome && (outcome->succeeded() || outcome->kind == Outcome::Kind::business_failure);
}

}  // namespace halfwrite::service
