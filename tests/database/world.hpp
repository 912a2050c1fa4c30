// A small world for the tests of this room: one database server, clients on nodes of their own, and
// every fact that was recorded.
#pragma once

#include "models/database/client.hpp"
#include "models/database/server.hpp"
#include "models/history/recorder.hpp"
#include "sim/network.hpp"
#include "sim/simulation.hpp"
#include "sim/synchronization.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace halfwrite::database::tests {

class FactLog final : public history::FactListener {
 public:
  void on_fact(const history::Fact& fact) override { facts.push_back(fact); }
  std::vector<history::Fact> facts;

  template <class T>
  std::vector<T> of() const {
    std::vector<T> found;
    for (const history::Fact& fact : facts) {
      if (const T* content = std::get_if<T>(&fact.content)) found.push_back(*content);
    }
    return found;
  }
  // How many facts of this kind name the transaction.
  template <class T>
  std::size_t count(TransactionToken token) const {
    std::size_t number = 0;
    for (const T& fact : of<T>()) number += fact.transaction == token ? 1 : 0;
    return number;
  }
};

class World;

// A client at work on its fiber.
class Client {
 public:
  Client(World& world, std::string name) : world_(world), name_(std::move(name)) {}

  // From now on it speaks to this server: a database's name, or that of a standby's node.
  void use(std::string server);

  // Connects first if there is no usable connection. The answer in one line; "UNKNOWN ..." and
  // "REFUSED ..." where there is none. `token` names the transaction a statement outside a block
  // opens or is.
  std::string run(const std::string& sql, std::uint64_t token = 0, const std::string& step = {});
  std::string run(const std::string& sql, const sql::Parameters& parameters,
                  std::uint64_t token = 0, const std::string& step = {});
  void sleep(sim::Duration duration);
  Session& session();
  bool connected() const { return session_ != nullptr; }
  void disconnect();
  // "NOTIFICATIONS 2 (channel, payload) ...": what has come since the last time.
  std::string notifications();

 private:
  World& world_;
  std::string name_;
  std::string server_ = "db";
  std::unique_ptr<Session> session_;
  std::uint64_t next_token_ = 1;
};

class World {
 public:
  struct Options {
    std::vector<std::string> schema;
    std::vector<std::string> data;
    std::function<void(Settings&)> adjust;
    sim::FaultPlan plan;
    std::uint64_t seed = 1;
  };
  explicit World(Options options);

  // Adds a node whose process runs `body` when it starts, and again after a crash of its own.
  sim::Node& client(const std::string& name, std::function<void(Client&)> body,
                    sim::Duration starts = {});
  sim::RunEnd run() { return simulation->run(); }
  // All rows of a table that are visible now, by its first column: "(1, 10) (2, 20)"; on the
  // primary, or on the server of this name.
  std::string table(const std::string& name, const std::string& server = {});
  StatementReference statement(const std::string& sql);

  Settings settings;
  std::unique_ptr<sim::Simulation> simulation;
  std::unique_ptr<history::Recorder> recorder;
  FactLog facts;
  sql::Evaluator evaluator;
  std::unique_ptr<Server> server;
};

std::vector<std::vector<std::string>> texts_of(const std::vector<sql::Row>& rows);
std::string line_of(const sim::Expected<QueryResult, Failure>& result);

// A fault at a place of the plan: "order.place/commit/logged" and so on.
sim::Fault crash_of_database(const std::string& step, const std::string& moment,
                             bool machine = false);

// A table "test" with the rows (1, 10) and (2, 20).
World::Options two_rows();

}  // namespace halfwrite::database::tests
