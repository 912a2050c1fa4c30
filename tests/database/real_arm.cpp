#include "tests/database/real_arm.hpp"

#include "sim/draw.hpp"
#include "tests/postgresql/session.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>

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

// What the server tells a session that waits and has looked for a deadlock (proc.c, ProcSleep):
// "process 7 still waiting for ShareLock on transaction 745 after 2.1 ms".
void note_checked_wait(void* place, const char* message) {
  constexpr std::string_view kBegin = "still waiting for ";
  const std::string_view text = message;
  const std::size_t begin = text.find(kBegin);
  if (begin == std::string_view::npos) return;
  const std::size_t end = text.find(" after ", begin);
  *static_cast<std::string*>(place) =
      text.substr(begin + kBegin.size(), end - begin - kBegin.size());
}

}  // namespace

class RealArm final : public Arm {
  struct RealSession {
    Connection connection;
    bool looks_soon = false;  // it set a short deadlock_timeout: it waits when it has looked
    std::string checked_wait;
    std::optional<std::uint64_t> waits_since;
    bool stopped = false;
  };

 public:
  explicit RealArm(std::string connection_string)
      : connection_string_(std::move(connection_string)), observer_(connect(connection_string_)) {}

  ~RealArm() override {
    for (auto& entry : sessions_) let_go_on(entry.second);
  }

  // In which order they go on whom one step frees: 0, as they began to wait; else by chance.
  void race(std::uint64_t number) { race_ = number; }

  // With `keep_sessions` those of the test before are used again, unless one of them still waits:
  // steps of a session that waits are left out, its COMMIT perhaps among them.
  void set_up(const std::vector<std::string>& statements, bool keep_sessions) {
    const bool one_waits = std::any_of(sessions_.begin(), sessions_.end(), [](const auto& entry) {
      return PQtransactionStatus(entry.second.connection.get()) == PQTRANS_ACTIVE;
    });
    if (keep_sessions && !one_waits) {
      for (auto& [name, session] : sessions_) {
        const Result result(
            PQexec(session.connection.get(),
                   "rollback; reset all; unlisten *; select pg_advisory_unlock_all()"));
      }
    } else {
      sessions_.clear();
      end_other_sessions();
    }
    roll_back_prepared();
    std::string all = "drop schema public cascade; create schema public";
    for (const std::string& statement : statements) all += "; " + statement;
    command(all);
  }

  void send(const std::string& name, const std::string& sql) override {
    RealSession& session = connected(name);
    // A step may free several at once, and whom the machine runs first is chance. So all who wait
    // stand still meanwhile, and `settle` lets them go on one after the other.
    for (auto& entry : sessions_) {
      if (!entry.second.waits_since || entry.second.stopped) continue;
      kill(PQbackendPID(entry.second.connection.get()), SIGSTOP);
      entry.second.stopped = true;
    }
    ++steps_;
    if (sql == kDisconnect || sql == kPause || sql == kNotifications) {
      answers_[name] = act(name, sql);
      return;
    }
    session.checked_wait.clear();
    if (sql.starts_with("set deadlock_timeout = ")) session.looks_soon = true;
    if (PQsendQuery(session.connection.get(), sql.c_str()) == 0) {
      throw std::runtime_error(PQerrorMessage(session.connection.get()));
    }
  }

  bool settle(const std::string& name, bool until_blocked) override {
    if (answers_.contains(name)) return true;
    RealSession& session = sessions_.at(name);
    if (session.stopped) let_all_go_on();
    return is_settled(session, name, until_blocked);
  }

  std::string take_result(const std::string& name) override {
    if (const auto answer = answers_.extract(name)) return answer.mapped();
    PGconn* connection = sessions_.at(name).connection.get();
    std::string line;
    while (const Result result{PQgetResult(connection)}) {
      // What the server said before it closed the connection comes first.
      const bool is_lost = PQstatus(connection) == CONNECTION_BAD;
      if (line.empty() || !is_lost) line = line_of(result.get());
    }
    return line;
  }

 private:
  // Its session, made anew if there is none or the server has ended it.
  RealSession& connected(const std::string& name) {
    const auto known = sessions_.find(name);
    if (known != sessions_.end()) {
      if (PQstatus(known->second.connection.get()) != CONNECTION_BAD) return known->second;
      sessions_.erase(known);
    }
    RealSession& session = sessions_[name];
    session.connection = connect(connection_string_);
    PQsetNoticeProcessor(session.connection.get(), note_checked_wait, &session.checked_wait);
    return session;
  }

  // What is no statement.
  std::string act(const std::string& name, const std::string& what) {
    if (what == kPause) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kPauseMilliseconds));
      return "PAUSED";
    }
    if (what == kNotifications) return notifications(sessions_.at(name).connection.get());
    const std::string process = std::to_string(PQbackendPID(sessions_.at(name).connection.get()));
    sessions_.erase(name);
    while (counted("select count(*) from pg_stat_activity where pid = " + process) != "0") continue;
    return "DISCONNECTED";
  }

  // A listener is told by a signal, a little after the commit.
  static std::string notifications(PGconn* connection) {
    std::vector<std::vector<std::string>> told;
    int patience_milliseconds = 300;
    while (true) {
      PQconsumeInput(connection);
      while (PGnotify* one = PQnotifies(connection)) {
        told.push_back({one->relname, one->extra});
        PQfreemem(one);
        patience_milliseconds = 30;
      }
      pollfd readable{PQsocket(connection), POLLIN, 0};
      if (poll(&readable, 1, patience_milliseconds) == 0) break;
    }
    return result_line("NOTIFICATIONS " + std::to_string(told.size()), told);
  }

  std::string counted(const std::string& query) const {
    const Result result(PQexec(observer_.get(), query.c_str()));
    return PQntuples(result.get()) == 1 ? PQgetvalue(result.get(), 0, 0) : "";
  }

  static void let_go_on(RealSession& session) {
    if (session.stopped) kill(PQbackendPID(session.connection.get()), SIGCONT);
    session.stopped = false;
  }

  // One after the other, each until it has ended or waits.
  void let_all_go_on() {
    std::vector<std::pair<std::uint64_t, std::string>> order;
    for (const auto& [name, session] : sessions_) {
      if (!session.stopped) continue;
      const sim::Key chance = sim::Draws(race_).key().with(steps_).with(name);
      order.emplace_back(race_ == 0 ? *session.waits_since : chance.value(), name);
    }
    std::sort(order.begin(), order.end());
    for (const auto& [place, name] : order) {
      RealSession& session = sessions_.at(name);
      let_go_on(session);
      is_settled(session, name, true);
    }
  }

  bool is_settled(RealSession& session, const std::string& name, bool until_blocked) {
    PGconn* connection = session.connection.get();
    const auto deadline = std::chrono::steady_clock::now() + kLongest;
    while (true) {
      pollfd readable{PQsocket(connection), POLLIN, 0};
      poll(&readable, 1, 1);
      PQconsumeInput(connection);
      if (PQisBusy(connection) == 0) {
        session.waits_since.reset();
        return true;
      }
      if (until_blocked && is_blocked(session)) {
        if (!session.waits_since) session.waits_since = steps_;
        return false;
      }
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error(name + " neither ends nor blocks");
      }
    }
  }

  void command(const std::string& sql) {
    const Result result(PQexec(observer_.get(), sql.c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(sql + ": " + PQerrorMessage(observer_.get()));
    }
  }

  // A test may leave some in doubt, which hold their locks.
  void roll_back_prepared() {
    const Result prepared(
        PQexec(observer_.get(), "select quote_literal(gid) from pg_prepared_xacts"));
    for (int i = 0; i < PQntuples(prepared.get()); ++i) {
      command(std::string("rollback prepared ") + PQgetvalue(prepared.get(), i, 0));
    }
  }

  // The sessions of the test before may still be on their way out.
  void end_other_sessions() {
    const auto deadline = std::chrono::steady_clock::now() + kLongest;
    while (true) {
      if (counted("select count(pg_terminate_backend(pid)) from pg_stat_activity where "
                  "backend_type = 'client backend' and pid <> pg_backend_pid()") == "0") {
        return;
      }
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("sessions of the test before do not end");
      }
    }
  }

  bool is_blocked(const RealSession& session) {
    std::string others = "0";  // a prepared transaction
    for (const auto& [name, other] : sessions_) {
      others += "," + std::to_string(PQbackendPID(other.connection.get()));
    }
    const std::string own = std::to_string(PQbackendPID(session.connection.get()));
    const std::string waits_for =
        "(select mode || ' on ' || case locktype when 'transactionid' then 'transaction ' || "
        "transactionid when 'tuple' then 'tuple (' || page || ',' || tuple || ') of relation ' || "
        "relation || ' of database ' || database when 'advisory' then 'advisory lock [' || "
        "database "
        "|| ',' || classid || ',' || objid || ',' || objsubid || ']' else locktype end "
        "from pg_locks where pid = " +
        own + " and not granted limit 1)";
    const Result result(
        PQexec(observer_.get(), ("select pg_isolation_test_session_is_blocked(" + own + ", '{" +
                                 others + "}'), " + (session.looks_soon ? waits_for : "null"))
                                    .c_str()));
    if (PQntuples(result.get()) != 1 || PQgetvalue(result.get(), 0, 0)[0] != 't') return false;
    return !session.looks_soon || session.checked_wait == PQgetvalue(result.get(), 0, 1);
  }

  std::string connection_string_;
  Connection observer_;
  std::map<std::string, RealSession> sessions_;
  std::map<std::string, std::string> answers_;  // to what is no statement
  std::uint64_t steps_ = 0;
  std::uint64_t race_ = 0;
};

RealDatabase::RealDatabase(const std::string& options)
    : arm_(std::make_unique<RealArm>(server_.connection_string() + " options='" + options + "'")) {}
RealDatabase::~RealDatabase() = default;

Arm& RealDatabase::prepared_for(const std::vector<std::string>& setup, bool keep_sessions) {
  arm_->set_up(setup, keep_sessions);
  return *arm_;
}

std::string RealDatabase::run(const IsolationTest& test, bool keep_sessions, std::uint64_t race) {
  prepared_for(test.setup, keep_sessions);
  arm_->race(race);
  std::string transcript = run_steps(test, *arm_);
  arm_->race(0);
  return transcript;
}

}  // namespace halfwrite::database::tests
