#include "tests/database/world.hpp"

#include "tests/database/isolation_test.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <stdexcept>

namespace halfwrite::database::tests {

std::vector<std::vector<std::string>> texts_of(const std::vector<sql::Row>& rows) {
  std::vector<std::vector<std::string>> texts;
  for (const sql::Row& row : rows) {
    texts.emplace_back();
    for (const sql::Value& value : row) {
      texts.back().push_back(value.is_null() ? "null" : sql::to_text(value));
    }
  }
  return texts;
}

std::string line_of(const sim::Expected<QueryResult, Failure>& result) {
  if (result) return result_line(result->tag, texts_of(result->rows));
  const Failure& failure = result.error();
  switch (failure.kind) {
    case Failure::Kind::refused:
      return "REFUSED " + failure.error.message;
    case Failure::Kind::unknown:
      return "UNKNOWN " + failure.error.message;
    case Failure::Kind::error:
      break;
  }
  return error_line(failure.error.sqlstate, failure.error.message, failure.error.detail);
}

sim::Fault crash_of_database(const std::string& step, const std::string& moment, bool machine) {
  sim::Fault fault;
  fault.kind = sim::FaultKind::crash;
  fault.anchor.when = sim::When::after;
  fault.anchor.point.subject = "test";
  fault.anchor.point.step = step;
  fault.anchor.point.moment = moment;
  fault.targets = {"db"};
  fault.lasting = sim::Duration::milliseconds(500);
  fault.machine = machine;
  return fault;
}

World::World(Options options) {
  sql::Catalog::BuildResult built = sql::Catalog::build(options.schema);
  if (!built.has_value()) throw std::runtime_error(built.error->error.message);
  settings.name = "db";
  settings.catalog = std::make_shared<const sql::Catalog>(std::move(built.catalog));
  settings.data = options.data;
  if (options.adjust) options.adjust(settings);
  sim::SimulationOptions simulation_options;
  simulation_options.seed = options.seed;
  simulation_options.plan = options.plan;
  simulation = std::make_unique<sim::Simulation>(simulation_options);
  recorder = std::make_unique<history::Recorder>(*simulation);
  recorder->listen(facts);
  server = std::make_unique<Server>(*simulation, *recorder, settings, evaluator);
  if (server->data_error()) throw std::runtime_error(server->data_error()->error.message);
}

sim::Node& World::client(const std::string& name, std::function<void(Client&)> body,
                         sim::Duration starts) {
  sim::NodeOptions options;
  options.name = name;
  options.group = name;
  options.starts = sim::Instant::at(starts);
  options.main = [this, name, body = std::move(body)](sim::Process&) {
    const sim::ScopeGuard guard(*simulation, {simulation->names().of("test"),
                                              {simulation->names().of(name), 0},
                                              1,
                                              sim::Activity::work});
    Client client(*this, name);
    body(client);
  };
  return simulation->add_node(std::move(options));
}

StatementReference World::statement(const std::string& text) {
  const sql::Databases databases{{settings.name, settings.catalog.get()}};
  sql::Expected<StatementReference> statement = sql::read_statement(text, databases);
  if (!statement) throw std::runtime_error(text + ": " + statement.error().message);
  return *statement;
}

std::string World::table(const std::string& name, const std::string& where) {
  const sql::Table* table = settings.catalog->find_table(name);
  std::vector<sql::StoredRow> stored;
  const sql::ReadView& view = where.empty() ? server->committed_view() : server->view_of(where);
  view.scan(table->id, stored);
  std::vector<sql::Row> rows;
  for (const sql::StoredRow& row : stored) rows.push_back(*row.values);
  std::sort(rows.begin(), rows.end(), sql::RowLess{});
  const std::string line = result_line("", texts_of(rows));
  return line.empty() ? line : line.substr(1);
}

Session& Client::session() {
  if (session_ != nullptr && (session_->is_usable() || session_->has_unheard())) return *session_;
  const sim::Place place{world_.simulation->names().of("connect")};
  sim::Expected<Session, Failure> opened =
      Session::open(*world_.simulation, *world_.recorder, server_, place);
  while (!opened) {
    sleep(sim::Duration::milliseconds(20));
    opened = Session::open(*world_.simulation, *world_.recorder, server_, place);
  }
  session_ = std::make_unique<Session>(std::move(*opened));
  return *session_;
}

void Client::sleep(sim::Duration duration) {
  world_.simulation->sleep(duration, sim::Place{world_.simulation->names().of("sleep")});
}

void Client::use(std::string server) {
  disconnect();
  server_ = std::move(server);
}

void Client::disconnect() {
  if (session_ != nullptr) session_->close();
  session_.reset();
}

std::string Client::notifications() {
  std::vector<std::vector<std::string>> texts;
  const sim::Place place{world_.simulation->names().of("notifications")};
  for (const Notification& told : session().take_notifications(place)) {
    texts.push_back({told.channel, told.payload});
  }
  return result_line("NOTIFICATIONS " + std::to_string(texts.size()), texts);
}

std::string Client::run(const std::string& text, std::uint64_t token, const std::string& step) {
  return run(text, sql::Parameters{}, token, step);
}

std::string Client::run(const std::string& text, const sql::Parameters& parameters,
                        std::uint64_t token, const std::string& step) {
  const sim::Place place{
      world_.simulation->names().of(step.empty() ? text.substr(0, text.find(' ')) : step)};
  Session& open = session();
  if (open.in_transaction()) {
    if (text == "commit") return line_of(open.commit(place));
    if (text == "rollback") return line_of(open.rollback(place));
    return line_of(open.execute(world_.statement(text), parameters, place));
  }
  if (token == 0) {
    token = sim::Key(0).with(name_).with(next_token_++).value();
  }
  if (text == "begin") return line_of(open.begin({token}, std::nullopt, place));
  return line_of(open.execute_alone({token}, world_.statement(text), parameters, place));
}

World::Options two_rows() {
  World::Options options;
  options.schema = {"create table test(id int primary key, value int)"};
  options.data = {"insert into test values (1, 10), (2, 20)"};
  return options;
}

}  // namespace halfwrite::database::tests
