#include "tests/database/real_arm.hpp"

#include "tests/postgresql/session.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <chrono>
#include <map>
#include <stdexcept>

namespace halfwrite::database::tests {

namespace {

constexpr auto kLongest = std::chrono::seconds(30);

using postgresql::connect;
using postgresql::Connection;
using postgresql::Result;

std::string line_of(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const auto field = [&](int code) {
      const char* text = PQresultErrorField(result, code);
      return std::string(text == nullptr ? "" : text);
    };
    return error_line(field(PG_DIAG_SQLSTATE), field(PG_DIAG_MESSAGE_PRIMARY),
                      field(PG_DIAG_MESSAGE_DETAIL));
  }
  std::vector<std::vector<std::string>> rows;
  for (int row = 0; row < PQntuples(result); ++row) {
    rows.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column) {
      rows.back().push_back(
          PQgetisnull(result, row, column) != 0 ? "null" : PQgetvalue(result, row, column));
    }
  }
  return result_line(PQcmdStatus(const_cast<PGresult*>(result)), rows);
}

class RealArm final : public Arm {
 public:
  explicit RealArm(std::string connection_string)
      : connection_string_(std::move(connection_string)), observer_(connect(connection_string_)) {}

  void set_up(const std::vector<std::string>& statements) {
    end_other_sessions();
    command("drop schema public cascade");
    command("create schema public");
    for (const std::string& statement : statements) command(statement);
  }

  void send(const std::string& name, const std::string& sql) override {
    auto session = sessions_.find(name);
    if (session == sessions_.end()) {
      session = sessions_.emplace(name, connect(connection_string_)).first;
      // PostgreSQL 15 gives the schema made anew to its owner alone; all sessions are superusers.
    }
    if (PQsendQuery(session->second.get(), sql.c_str()) == 0) {
      throw std::runtime_error(PQerrorMessage(session->second.get()));
    }
  }

  bool settle(const std::string& name, bool until_blocked) override {
    PGconn* connection = sessions_.at(name).get();
    const auto deadline = std::chrono::steady_clock::now() + kLongest;
    while (true) {
      pollfd readable{PQsocket(connection), POLLIN, 0};
      poll(&readable, 1, 5);
      PQconsumeInput(connection);
      if (PQisBusy(connection) == 0) return true;
      if (until_blocked && is_blocked(connection)) return false;
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error(name + " neither ends nor blocks");
      }
    }
  }

  std::string take_result(const std::string& name) override {
    PGconn* connection = sessions_.at(name).get();
    std::string line;
    while (const Result result{PQgetResult(connection)}) line = line_of(result.get());
    return line;
  }

 private:
  void command(const std::string& sql) {
    const Result result(PQexec(observer_.get(), sql.c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(sql + ": " + PQerrorMessage(observer_.get()));
    }
  }

  // The sessions of the test before may still be on their way out.
  void end_other_sessions() {
    const auto deadline = std::chrono::steady_clock::now() + kLongest;
    while (true) {
      const Result result(
          PQexec(observer_.get(),
                 "select count(pg_terminate_backend(pid)) from pg_stat_activity where "
                 "backend_type = 'client backend' and pid <> pg_backend_pid()"));
      if (PQntuples(result.get()) == 1 && PQgetvalue(result.get(), 0, 0)[0] == '0') return;
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("sessions of the test before do not end");
      }
    }
  }

  bool is_blocked(PGconn* connection) {
    std::string others;
    for (const auto& [name, other] : sessions_) {
      others += (others.empty() ? "" : ",") + std::to_string(PQbackendPID(other.get()));
    }
    const Result result(
        PQexec(observer_.get(), ("select pg_isolation_test_session_is_blocked(" +
                                 std::to_string(PQbackendPID(connection)) + ", '{" + others + "}')")
                                    .c_str()));
    return PQntuples(result.get()) == 1 && PQgetvalue(result.get(), 0, 0)[0] == 't';
  }

  std::string connection_string_;
  Connection observer_;
  std::map<std::string, Connection> sessions_;
};

}  // namespace

std::string RealDatabase::run(const IsolationTest& test) {
  RealArm arm(server_.connection_string());
  arm.set_up(test.setup);
  return run_steps(test, arm);
}

}  // namespace halfwrite::database::tests
