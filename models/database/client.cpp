#include "models/database/client.hpp"

#include "models/database/errors.hpp"
#include "models/database/protocol.hpp"
#include "sim/assert.hpp"

#include <iterator>
#include <utility>

namespace halfwrite::database {

namespace {

// Changes of the log that one read takes from what has arrived.
constexpr std::size_t changes_per_read = 100;

Failure refused(sim::Broken broken) {
  return {Failure::Kind::refused,
          error_of("08001", std::string("no connection: ") + sim::to_text(broken)), broken};
}

Failure unknown(sim::Broken broken) {
  return {Failure::Kind::unknown,
          error_of("08006", std::string("connection lost: ") + sim::to_text(broken)), broken};
}

Failure server_error(const sql::SqlError& error) {
  return {Failure::Kind::error, error, sim::Broken::reset};
}

}  // namespace

QueryResult tagged(std::string tag) {
  QueryResult result;
  result.tag = std::move(tag);
  return result;
}

std::string to_text(const Failure& failure) {
  return failure.error.sqlstate + " " + failure.error.message;
}

struct ClientInternals {
  // Sends one request and takes its answer; what follows from it for the session is noted here,
  // once.
  static sim::Expected<QueryResult, Failure> request(Session& session,
                                                     std::unique_ptr<protocol::Request> request,
                                                     const sim::Place& place,
                                                     sim::Duration timeout);
  // What the server has said unasked: notifications are kept; nothing, unless it has ended the
  // session.
  static std::optional<Failure> hear(Session& session, sim::Message& message);
  static std::optional<Failure> hear_all(Session& session, const sim::Place& place);
  static Failure ended(Session& session, const protocol::Reply& farewell);
  // Sends and waits for the answer, behind all that is said unasked.
  static sim::Expected<sim::Message, sim::Broken> ask(Session& session,
                                                      std::unique_ptr<protocol::Request> request,
                                                      const sim::Place& place,
                                                      sim::Duration timeout);
  static std::unique_ptr<protocol::Request> execute(const StatementReference& statement,
                                                    sql::Parameters parameters);
  static void answered(const Session& session, TransactionToken token, history::Answer answer) {
    session.recorder_->record(history::CommitAnswered{session.database_, token, answer});
  }
};

std::unique_ptr<protocol::Request> ClientInternals::execute(const StatementReference& statement,
                                                            sql::Parameters parameters) {
  auto request = std::make_unique<protocol::Request>();
  request->statement = statement;
  request->parameters = sql::named_by(*statement, std::move(parameters), sql::Missing::left_out);
  return request;
}

std::optional<Failure> ClientInternals::hear(Session& session, sim::Message& message) {
  if (auto* notified = dynamic_cast<protocol::Notified*>(message.payload.get())) {
    session.notifications_.push_back(std::move(notified->notification));
    return std::nullopt;
  }
  const protocol::Reply& farewell = message.as<protocol::Reply>();
  HALFWRITE_ASSERT(farewell.ends_session, "a server answered what nobody had asked");
  return ended(session, farewell);
}

std::optional<Failure> ClientInternals::hear_all(Session& session, const sim::Place& place) {
  while (session.connection_.has_message()) {
    sim::Expected<sim::Message, sim::Broken> message = session.connection_.receive(place);
    if (!message) break;
    if (std::optional<Failure> failure = hear(session, *message)) return failure;
  }
  return std::nullopt;
}

// The server had closed the connection before it read what it was sent.
Failure ClientInternals::ended(Session& session, const protocol::Reply& farewell) {
  session.connection_.abort();
  session.in_transaction_ = false;
  return server_error(*farewell.error);
}

sim::Expected<sim::Message, sim::Broken> ClientInternals::ask(
    Session& session, std::unique_ptr<protocol::Request> request, const sim::Place& place,
    sim::Duration timeout) {
  const sim::Instant deadline = session.simulation_->now() + timeout;
  sim::Expected<sim::Message, sim::Broken> message =
      session.connection_.request(std::move(request), place, timeout);
  while (message && dynamic_cast<protocol::Reply*>(message->payload.get()) == nullptr) {
    (void)hear(session, *message);
    message = session.connection_.receive(place, deadline - session.simulation_->now());
  }
  return message;
}

sim::Expected<QueryResult, Failure> ClientInternals::request(
    Session& session, std::unique_ptr<protocol::Request> request, const sim::Place& place,
    sim::Duration timeout) {
  const protocol::Request::Kind kind = request->what;
  const bool alone = kind == protocol::Request::Kind::execute_alone;
  const TransactionToken token = alone ? request->token : session.token_;
  const bool may_commit = kind == protocol::Request::Kind::commit || alone;
  if (std::optional<Failure> failure = hear_all(session, place)) {
    if (may_commit) answered(session, token, history::Answer::fail);
    return sim::Unexpected(*failure);
  }
  if (!session.connection_.is_open()) return sim::Unexpected(refused(sim::Broken::closed));
  request->address = session.simulation_->address(place);
  request->aliases.assign(place.aliases.begin(), place.aliases.end());
  sim::Expected<sim::Message, sim::Broken> message =
      ask(session, std::move(request), place, timeout);
  if (!message) {
    // A late answer must not be taken for the next one: the connection is given up.
    if (message.error() == sim::Broken::timed_out) session.connection_.abort();
    session.in_transaction_ = false;
    if (message.error() == sim::Broken::refused) {
      return sim::Unexpected(refused(message.error()));
    }
    if (may_commit) answered(session, token, history::Answer::unknown);
    return sim::Unexpected(unknown(message.error()));
  }
  protocol::Reply& reply = message->as<protocol::Reply>();
  session.in_transaction_ = reply.in_transaction;
  session.failed_ = reply.failed;
  if (reply.committed) answered(session, *reply.committed, history::Answer::ok);
  if (reply.logged) {
    answered(session, token, history::Answer::ok);
  } else if (may_commit && (reply.error || reply.result.tag == "ROLLBACK")) {
    answered(session, token, history::Answer::fail);
  }
  std::move(reply.notifications.begin(), reply.notifications.end(),
            std::back_inserter(session.notifications_));
  if (reply.ends_session) return sim::Unexpected(ended(session, reply));
  if (reply.error) return sim::Unexpected(server_error(*reply.error));
  return std::move(reply.result);
}

sim::Expected<std::optional<Notification>, Failure> Session::await_notification(
    const sim::Place& place, sim::Duration timeout) {
  const sim::Instant deadline = simulation_->now() + timeout;
  while (notifications_.empty()) {
    sim::Expected<sim::Message, sim::Broken> message =
        connection_.receive(place, deadline - simulation_->now());
    if (!message && message.error() == sim::Broken::timed_out) return std::optional<Notification>{};
    if (!message) return sim::Unexpected(unknown(message.error()));
    if (std::optional<Failure> failure = ClientInternals::hear(*this, *message)) {
      return sim::Unexpected(*failure);
    }
  }
  std::optional<Notification> first = std::move(notifications_.front());
  notifications_.erase(notifications_.begin());
  return first;
}

std::vector<Notification> Session::take_notifications(const sim::Place& place) {
  (void)ClientInternals::hear_all(*this, place);
  return std::exchange(notifications_, {});
}

Session::Session(sim::Simulation& simulation, history::Recorder& recorder,
                 sim::Connection connection, std::string_view node, sim::Name database)
    : simulation_(&simulation),
      recorder_(&recorder),
      connection_(std::move(connection)),
      node_(node),
      database_(database) {}

Session::Session(Session&& other) noexcept = default;
Session& Session::operator=(Session&& other) noexcept = default;
Session::~Session() = default;

sim::Expected<Session, Failure> Session::open(sim::Simulation& simulation,
                                              history::Recorder& recorder, std::string_view node,
                                              const sim::Place& place, sim::Duration timeout) {
  sim::Expected<sim::Connection, sim::Broken> connection =
      simulation.network().connect(node, place, timeout);
  if (!connection) return sim::Unexpected(refused(connection.error()));
  sim::Expected<sim::Message, sim::Broken> greeting =
      connection->request(std::make_unique<protocol::Startup>(), place, timeout);
  if (!greeting) {
    connection->abort();
    return sim::Unexpected(refused(greeting.error()));
  }
  const protocol::Reply& reply = greeting->as<protocol::Reply>();
  if (reply.error) {
    connection->close();
    return sim::Unexpected(Failure{Failure::Kind::refused, *reply.error, sim::Broken::refused});
  }
  return Session(simulation, recorder, std::move(*connection), node, reply.database);
}

sim::Expected<QueryResult, Failure> Session::begin(TransactionToken token,
                                                   std::optional<Isolation> isolation,
                                                   const sim::Place& place, sim::Duration timeout) {
  auto request = std::make_unique<protocol::Request>();
  request->what = protocol::Request::Kind::begin;
  request->token = token;
  request->isolation = isolation;
  token_ = token;
  return ClientInternals::request(*this, std::move(request), place, timeout);
}

sim::Expected<QueryResult, Failure> Session::execute(const StatementReference& statement,
                                                     sql::Parameters parameters,
                                                     const sim::Place& place,
                                                     sim::Duration timeout) {
  return ClientInternals::request(*this, ClientInternals::execute(statement, std::move(parameters)),
                                  place, timeout);
}

sim::Expected<QueryResult, Failure> Session::execute_alone(TransactionToken token,
                                                           const StatementReference& statement,
                                                           sql::Parameters parameters,
                                                           const sim::Place& place,
                                                           sim::Duration timeout) {
  auto request = ClientInternals::execute(statement, std::move(parameters));
  request->what = protocol::Request::Kind::execute_alone;
  request->token = token;
  token_ = token;
  return ClientInternals::request(*this, std::move(request), place, timeout);
}

sim::Expected<QueryResult, Failure> Session::commit(const sim::Place& place,
                                                    sim::Duration timeout) {
  auto request = std::make_unique<protocol::Request>();
  request->what = protocol::Request::Kind::commit;
  return ClientInternals::request(*this, std::move(request), place, timeout);
}

sim::Expected<QueryResult, Failure> Session::rollback(const sim::Place& place,
                                                      sim::Duration timeout) {
  auto request = std::make_unique<protocol::Request>();
  request->what = protocol::Request::Kind::rollback;
  return ClientInternals::request(*this, std::move(request), place, timeout);
}

bool Session::is_usable() const {
  return connection_.is_open();
}
bool Session::is_current() const {
  return simulation_->network().stands_for(node_) == connection_.peer();
}
bool Session::in_transaction() const {
  return in_transaction_;
}
bool Session::has_failed() const {
  return failed_;
}
void Session::close() {
  connection_.close();
}
void Session::abort() {
  connection_.abort();
}

namespace {

// A replication connection that was greeted.
sim::Expected<sim::Connection, Failure> start_replication(
    sim::Simulation& simulation, std::string_view node, std::unique_ptr<protocol::Startup> startup,
    const sim::Place& place, sim::Duration timeout) {
  startup->replication = true;
  sim::Expected<sim::Connection, sim::Broken> connection =
      simulation.network().connect(node, place, timeout);
  if (!connection) return sim::Unexpected(refused(connection.error()));
  connection->keep_order();
  sim::Expected<sim::Message, sim::Broken> greeting =
      connection->request(std::move(startup), place, timeout);
  if (!greeting) {
    connection->abort();
    return sim::Unexpected(refused(greeting.error()));
  }
  const protocol::Reply& reply = greeting->as<protocol::Reply>();
  if (reply.error) {
    connection->close();
    return sim::Unexpected(Failure{Failure::Kind::refused, *reply.error, sim::Broken::refused});
  }
  return *connection;
}

sim::Expected<sim::Done, Failure> command_slot(sim::Simulation& simulation, std::string_view node,
                                               std::string_view slot,
                                               protocol::Startup::SlotCommand command,
                                               const sim::Place& place, sim::Duration timeout) {
  auto startup = std::make_unique<protocol::Startup>();
  startup->slot = slot;
  startup->slot_command = command;
  auto connection = start_replication(simulation, node, std::move(startup), place, timeout);
  if (!connection) return sim::Unexpected(connection.error());
  connection->close();
  return sim::Done{};
}

}  // namespace

sim::Expected<ReplicationStream, Failure> ReplicationStream::open(
    sim::Simulation& simulation, std::string_view node, std::string_view slot,
    std::optional<std::uint64_t> from, std::vector<std::string> tables, const sim::Place& place,
    sim::Duration timeout) {
  auto startup = std::make_unique<protocol::Startup>();
  startup->slot = slot;
  startup->from = from;
  startup->tables = std::move(tables);
  auto connection = start_replication(simulation, node, std::move(startup), place, timeout);
  if (!connection) return sim::Unexpected(connection.error());
  return ReplicationStream(std::move(*connection));
}

sim::Expected<sim::Done, Failure> ReplicationStream::create_slot(sim::Simulation& simulation,
                                                                 std::string_view node,
                                                                 std::string_view slot,
                                                                 const sim::Place& place,
                                                                 sim::Duration timeout) {
  return command_slot(simulation, node, slot, protocol::Startup::SlotCommand::create, place,
                      timeout);
}

sim::Expected<sim::Done, Failure> ReplicationStream::drop_slot(sim::Simulation& simulation,
                                                               std::string_view node,
                                                               std::string_view slot,
                                                               const sim::Place& place,
                                                               sim::Duration timeout) {
  return command_slot(simulation, node, slot, protocol::Startup::SlotCommand::drop, place, timeout);
}

sim::Expected<std::vector<Change>, Failure> ReplicationStream::receive(const sim::Place& place,
                                                                       sim::Duration timeout) {
  std::vector<Change> changes;
  // What has come in meanwhile is handed over together, as a read of the stream's buffer does.
  while (changes.empty() || (connection_.has_message() && changes.size() < changes_per_read)) {
    sim::Expected<sim::Message, sim::Broken> message = connection_.receive(place, timeout);
    if (!message && message.error() == sim::Broken::timed_out) return changes;
    if (!message) return sim::Unexpected(unknown(message.error()));
    std::vector<Change>& commit = message->as<protocol::Changes>().changes;
    changes.insert(changes.end(), std::make_move_iterator(commit.begin()),
                   std::make_move_iterator(commit.end()));
    if (commit.empty()) break;
  }
  return changes;
}

void ReplicationStream::confirm(std::uint64_t position) {
  auto message = std::make_unique<protocol::Confirm>();
  message->position = position;
  connection_.send(std::move(message));
}

void ReplicationStream::close() {
  connection_.close();
}
void ReplicationStream::abort() {
  connection_.abort();
}

}  // namespace halfwrite::database
