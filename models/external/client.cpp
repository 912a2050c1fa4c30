#include "models/external/client.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::external {

namespace {

Failure failure_of(std::string_view system, const Reply& reply) {
  const std::string who(system);
  switch (reply.result) {
    case Reply::Kind::declined:
      return {Failure::Kind::declined, reply.text, who + " declined: " + reply.text};
    case Reply::Kind::conflict:
      return {Failure::Kind::unknown, "conflict",
              who + " is still at work on a request with this idempotency key"};
    case Reply::Kind::other_arguments:
      return {Failure::Kind::refused, "idempotency_key",
              who + " knows this idempotency key with other arguments"};
    case Reply::Kind::refused:
      return {Failure::Kind::refused, reply.text, who + " refused the request: " + reply.text};
    case Reply::Kind::applied:
    case Reply::Kind::pending:
      break;
  }
  HALFWRITE_ASSERT(false, "a system outside answered in a way that is none");
}

Failure unreached(std::string_view system, sim::Broken broken) {
  return {Failure::Kind::refused, broken == sim::Broken::timed_out ? "timeout" : "08001",
          std::string(system) + " could not be reached: " + sim::to_text(broken)};
}

Failure unanswered(std::string_view system, sim::Broken broken) {
  return {Failure::Kind::unknown, broken == sim::Broken::timed_out ? "timeout" : "unknown",
          "no answer from " + std::string(system) + ": " + sim::to_text(broken)};
}

}  // namespace

sim::Name moment_of(sim::Names& names, sim::Name step, std::string_view moment) {
  std::string text(names.text(step));
  text += '/';
  text += moment;
  return names.of(text);
}

sim::Expected<std::string, Failure> ask(sim::Simulation& simulation, std::string_view system,
                                        std::unique_ptr<Request> request, const sim::Place& place,
                                        sim::Duration timeout) {
  const sim::Instant deadline = simulation.now() + timeout;
  const sim::Place connecting{moment_of(simulation.names(), place.step, "connect")};
  auto connection = simulation.network().connect(system, connecting, timeout);
  if (!connection) return sim::Unexpected(unreached(system, connection.error()));
  request->address = simulation.address(place);
  request->aliases.assign(place.aliases.begin(), place.aliases.end());
  const sim::Duration left = std::max(deadline - simulation.now(), sim::Duration::nanoseconds(1));
  const auto answered = connection->request(std::move(request), place, left);
  // In order, also without an answer: what was sent before still arrives there.
  connection->close();
  if (!answered) return sim::Unexpected(unanswered(system, answered.error()));
  const Reply& reply = answered->as<Reply>();
  if (reply.result == Reply::Kind::applied) return std::string("applied");
  if (reply.result == Reply::Kind::pending) return std::string("pending");
  return sim::Unexpected(failure_of(system, reply));
}

}  // namespace halfwrite::external
