#include "tests/database/random_interleaving.hpp"

#include "tests/database/random_statements.hpp"

#include <algorithm>
#include <string_view>

namespace halfwrite::database::tests {

namespace {

const char* const kSetup[] = {
    "create table item(id int primary key, code text unique, quantity int not null check (quantity "
    ">= 0), state text, owner text)",
    "create table line(id int primary key, item int references item (id), note text)",
    "create table log(id bigserial primary key, who text, mark int unique)",
    "create sequence ticket",
    "insert into item values (1, 'a', 5, 'new', null), (2, 'b', 3, 'new', null), (3, 'c', 1, "
    "'done', "
    "'Z'), (4, 'd', 9, 'new', null)",
    "insert into line values (1, 1, 'x'), (2, 2, 'y')"};

const char* const kLook[] = {"select * from item order by id", "select * from line order by id",
                             "select * from log order by id",
                             "select nextval('ticket'), nextval('log_id_seq')"};

constexpr std::string_view kItems = "111222334569";

// A crowd on one row: who waits behind whom depends on the strengths of holders and of those who
// wait already, which few statements chosen at large would show.
void add_transaction_of_crowd(RandomSession& session, std::string_view item, sim::Key key) {
  session.statements.emplace_back("begin");
  const std::uint64_t count = 1 + drawn(key.with("count"), 3) / 2;
  for (std::uint64_t i = 0; i < count; ++i) {
    session.statements.push_back(
        random_statement(Subject::row_locks, session.name, item, key.with("statement").with(i)));
  }
  session.statements.emplace_back(drawn(key.with("end"), 3) == 0 ? "rollback" : "commit");
}

// What the statements of an interleaving are about, and the ids of items in them.
struct Choice {
  Subject subject;
  std::string_view items;
};

// At serializable most statements read what others write.
Subject subject_of(const Choice& choice, RandomLevel level, sim::Key key) {
  const bool turns = choice.subject == Subject::at_large && level == RandomLevel::serializable &&
                     drawn(key.with("reads and writes"), 4) != 0;
  return turns ? Subject::reads_and_writes : choice.subject;
}

// One transaction: a block with savepoints now and then, or a statement alone.
void add_transaction(RandomSession& session, const Choice& choice, RandomLevel level,
                     sim::Key key) {
  std::vector<std::string>& out = session.statements;
  const auto statement = [&](sim::Key of) {
    return random_statement(subject_of(choice, level, of), session.name, choice.items, of);
  };
  // Conflicts of what is read and deadlocks need blocks of several statements.
  const bool is_long = level == RandomLevel::serializable || choice.subject == Subject::crossing;
  if (drawn(key.with("alone"), is_long ? 8 : 4) == 0) {
    out.push_back(statement(key.with("only")));
    return;
  }
  out.emplace_back("begin");
  if (level == RandomLevel::repeatable_read && drawn(key.with("level"), 5) != 0) {
    out.emplace_back("set transaction isolation level repeatable read");
  }
  if (level == RandomLevel::serializable) {
    const std::uint64_t which = drawn(key.with("level"), 12);
    if (which == 0) out.emplace_back("set transaction isolation level repeatable read");
    if (which > 1) out.emplace_back("set transaction isolation level serializable");
    if (which == 2) out.emplace_back("set transaction read only");
  }
  const std::uint64_t fewest = is_long ? 2 : 1;
  const std::uint64_t count = fewest + drawn(key.with("count"), 4);
  bool has_savepoint = false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const sim::Key own = key.with("statement").with(i);
    const std::uint64_t kind = drawn(own.with("kind"), 12);
    if (kind == 0) {
      out.emplace_back("savepoint s");
      has_savepoint = true;
    }
    out.push_back(statement(own));
    if (has_savepoint && kind == 1) out.emplace_back("rollback to savepoint s");
    if (has_savepoint && kind == 2) {
      out.emplace_back("release savepoint s");
      has_savepoint = false;
    }
    if (has_savepoint && kind == 3) out.emplace_back("savepoint s");
  }
  if (has_savepoint && drawn(key.with("back"), 2) == 0) out.emplace_back("rollback to savepoint s");
  out.emplace_back(drawn(key.with("end"), 4) == 0 ? "rollback" : "commit");
}

enum class Kind : std::uint8_t { at_large, crowd, crossing, advisory };

Kind kind_of(sim::Key key, RandomLevel level) {
  // At repeatable read the first of a crowd to change the row ends the others with 40001, and which
  // of them PostgreSQL wakes first is a race.
  if (level == RandomLevel::read_committed && drawn(key.with("crowd"), 8) == 0) return Kind::crowd;
  if (drawn(key.with("crossing"), 6) == 0) return Kind::crossing;
  if (level != RandomLevel::serializable && drawn(key.with("advisory"), 6) == 0) {
    return Kind::advisory;
  }
  return Kind::at_large;
}

RandomSession session_of(std::uint64_t place) {
  RandomSession session{std::string(1, static_cast<char>('A' + place)), {}};
  // Each waiter has looked for a deadlock before the next step, so the one that closes a cycle is
  // the one that finds it.
  session.statements.emplace_back("set deadlock_timeout = '2ms'");
  return session;
}

void add_crowd(RandomInterleaving& made, sim::Key key) {
  const std::string_view item = kItems.substr(drawn(key.with("item"), 3) * 3, 1);
  for (std::uint64_t i = 0; i < 4; ++i) {
    const sim::Key own = key.with("session").with(i);
    RandomSession session = session_of(i);
    const std::uint64_t transactions = 1 + drawn(own.with("transactions"), 3);
    for (std::uint64_t j = 0; j < transactions; ++j) {
      add_transaction_of_crowd(session, item, own.with("transaction").with(j));
    }
    made.sessions.push_back(std::move(session));
  }
}

void add_sessions(RandomInterleaving& made, std::uint64_t count, RandomLevel level,
                  const Choice& choice, sim::Key key) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const sim::Key own = key.with("session").with(i);
    RandomSession session = session_of(i);
    if (level == RandomLevel::serializable) {
      session.statements.emplace_back("set default_transaction_isolation = 'serializable'");
    }
    const std::uint64_t transactions = 1 + drawn(own.with("transactions"), 3);
    for (std::uint64_t j = 0; j < transactions; ++j) {
      add_transaction(session, choice, level, own.with("transaction").with(j));
    }
    made.sessions.push_back(std::move(session));
  }
}

}  // namespace

RandomInterleaving random_interleaving(sim::Key key, RandomLevel level) {
  RandomInterleaving made;
  made.setup.assign(std::begin(kSetup), std::end(kSetup));
  made.look.assign(std::begin(kLook), std::end(kLook));
  made.order = key.with("order");
  const std::uint64_t count = 2 + drawn(key.with("sessions"), 3);
  switch (kind_of(key, level)) {
    case Kind::crowd:
      add_crowd(made, key);
      break;
    case Kind::crossing:
      add_sessions(made, count, level, {Subject::crossing, "123"}, key);
      break;
    case Kind::advisory:
      add_sessions(made, count, level, {Subject::advisory_locks, kItems}, key);
      break;
    case Kind::at_large:
      add_sessions(made, count, level, {Subject::at_large, kItems}, key);
      break;
  }
  return made;
}

std::string run_interleaving(const RandomInterleaving& interleaving, Arm& arm,
                             IsolationTest& executed) {
  executed.name = interleaving.name;
  executed.setup = interleaving.setup;
  executed.steps.clear();
  executed.sorts_rows = true;
  Transcript transcript(executed, arm);
  std::vector<std::size_t> next(interleaving.sessions.size(), 0);
  for (std::uint64_t step = 0;; ++step) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < next.size(); ++i) {
      const RandomSession& session = interleaving.sessions[i];
      if (next[i] < session.statements.size() && !transcript.is_blocked(session.name)) {
        ready.push_back(i);
      }
    }
    if (ready.empty()) break;
    const std::size_t chosen = ready[drawn(interleaving.order.with(step), ready.size())];
    const RandomSession& session = interleaving.sessions[chosen];
    executed.steps.push_back({session.name, session.statements[next[chosen]++]});
    transcript.take(executed.steps.back());
  }
  for (const std::string& sql : interleaving.look) {
    executed.steps.push_back({"Z", sql});
    transcript.take(executed.steps.back());
  }
  return transcript.text();
}

std::string as_text(const IsolationTest& test) {
  std::string text = "# " + test.name + "\nsetup\n";
  for (const std::string& sql : test.setup) text += sql + "\n";
  text += "steps\n";
  for (const Step& step : test.steps) text += step.session + ": " + step.sql + "\n";
  return text;
}

}  // namespace halfwrite::database::tests
