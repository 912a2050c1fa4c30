#include "models/service/channel_listener.hpp"

#include "models/database/client.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace halfwrite::service {

namespace {

constexpr sim::Duration kBetweenAttempts = sim::Duration::seconds(1);

}  // namespace

ChannelListener::ChannelListener(Instance& instance, std::string channel)
    : instance_(instance), channel_(std::move(channel)) {}

ChannelListener::~ChannelListener() = default;

bool ChannelListener::is_listening() {
  if (session_ != nullptr) return true;
  sim::Simulation& simulation = instance_.simulation();
  auto opened =
      database::Session::open(simulation, instance_.recorder(), instance_.pool().database(),
                              sim::Place{instance_.points().connect});
  if (!opened) return false;
  auto session = std::make_unique<database::Session>(std::move(*opened));
  auto statement = std::make_shared<sql::Statement>();
  statement->kind = sql::StatementKind::listen;
  statement->name = channel_;
  statement->text = "LISTEN " + channel_;
  const sim::Place place{instance_.name_of("listen")};
  const history::TransactionToken token =
      instance_.recorder().new_transaction(simulation.address(place));
  if (!session->execute_alone(token, statement, {}, place)) return false;
  session_ = std::move(session);
  return true;
}

bool ChannelListener::await(sim::Duration longest) {
  sim::Simulation& simulation = instance_.simulation();
  const sim::Place place{instance_.name_of("listen")};
  const sim::Instant deadline = simulation.now() + longest;
  while (simulation.now() < deadline) {
    const sim::Duration left = deadline - simulation.now();
    if (!is_listening()) {
      simulation.sleep(std::min(left, kBetweenAttempts), place);
      continue;
    }
    const auto told = session_->await_notification(place, left);
    if (told && !told->has_value()) break;
    if (told) {
      (void)session_->take_notifications(place);
      return true;
    }
    session_.reset();
  }
  return false;
}

}  // namespace halfwrite::service
