// Isolation tests as text: a set-up and steps of named sessions, run by two arms with one body. The
// model arm drives sessions on simulated nodes, the real arm a PostgreSQL 15; both write the same
// transcript, in which a step that waits for a lock reads BLOCKS.
//
//   # what the test shows
//   since 15.20        (where an older PostgreSQL answered otherwise)
//   setup
//   create table test(id int primary key, value int)
//   steps
//   T1: begin
//   T2: update test set value = 12 where id = 1
//   wait T2            (until its statement ends by itself: time-outs, deadlocks)
//   T1: pause          (the client does nothing for 400 ms)
//   T1: notifications  (what NOTIFY has told it since)
//   T1: disconnect
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace halfwrite::database::tests {

inline constexpr const char* kDisconnect = "disconnect";
inline constexpr const char* kNotifications = "notifications";
inline constexpr const char* kPause = "pause";
inline constexpr int kPauseMilliseconds = 400;

struct Step {
  std::string session;
  std::string sql;  // empty: wait until the session's statement ends
};

struct IsolationTest {
  // Rows of a statement without ORDER BY are written in order, because none is promised.
  bool sorts_rows = false;
  int since_minor = 0;  // the oldest release of PostgreSQL 15 seen to do this
  std::string name;
  std::vector<std::string> setup;
  std::vector<Step> steps;
};

// Every tests/database/isolation/*.test, by name.
std::vector<IsolationTest> read_isolation_tests();

// What a statement answered, in one line: "UPDATE 1", "SELECT 2 (1, 10) (2, 20)", "ERROR 23505
// ...".
std::string result_line(const std::string& tag, const std::vector<std::vector<std::string>>& rows);
std::string error_line(const std::string& sqlstate, const std::string& message,
                       const std::string& detail);

// What an arm offers to the body.
class Arm {
 public:
  virtual ~Arm() = default;
  virtual void send(const std::string& session, const std::string& sql) = 0;
  // Waits until the session's statement has ended or, if asked to, until it waits for a lock. True:
  // it has ended.
  virtual bool settle(const std::string& session, bool until_blocked) = 0;
  virtual std::string take_result(const std::string& session) = 0;
};

// What steps answered, which waited, and who went on when.
class Transcript {
 public:
  Transcript(const IsolationTest& test, Arm& arm) : test_(test), arm_(arm) {}
  // Runs a step. One of a session that waits is left out, and the transcript says so.
  void take(const Step& step);
  bool is_blocked(const std::string& session) const;
  const std::string& text() const { return text_; }

 private:
  void take_answers();
  std::string answer_of(const std::string& session);

  const IsolationTest& test_;
  Arm& arm_;
  std::string text_;
  std::vector<std::string> blocked_;  // in the order they began to wait
  std::map<std::string, std::string> sent_;
};

// The one body: runs the steps and returns the transcript.
std::string run_steps(const IsolationTest& test, Arm& arm);

std::string run_on_model(const IsolationTest& test);

}  // namespace halfwrite::database::tests
