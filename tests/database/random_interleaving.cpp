#include "tests/database/random_interleaving.hpp"

#include <algorithm>
#include <span>
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

// {n}: a small number; {i}: the id of an item, mostly one that exists; {c}: a code; {m}: a mark;
// {s}: the session. What locks several rows says in which order: by id.
struct Pattern {
  unsigned weight;
  std::string_view text;
};
constexpr Pattern kStatements[] = {
    // Guarded and unguarded updates.
    {8, "update item set quantity = quantity - {n} where id = {i} and quantity >= {n}"},
    {5,
     "update item set quantity = quantity - {n} where id = {i} and quantity >= {n} returning id, "
     "quantity"},
    {5, "update item set quantity = quantity + {n} where id = {i} returning quantity"},
    {4, "update item set quantity = quantity - {n} where id = {i}"},
    {4, "update item set state = 'done', owner = '{s}' where id = {i} and state = 'new'"},
    {3,
     "update item set state = 'done', owner = '{s}' where id = {i} and state = 'new' returning *"},
    {3, "update item set state = 'new', owner = null where id = {i} and owner is not null"},
    {2, "update item set quantity = 10 / (quantity - {n}) where id = {i}"},
    {2, "update item set quantity = null where id = {i}"},
    // Several rows.
    {3, "update item set quantity = quantity + 1 where id in ({i}, {i})"},
    {2, "update item set quantity = quantity - 1 where id >= {i} and quantity > 0 returning id"},
    {2, "update item set state = 'held' where id <= {i} and state = 'new' returning id, owner"},
    // Keys.
    {3, "update item set code = '{c}' where id = {i}"},
    {2, "update item set code = '{c}', quantity = quantity + 1 where code = '{c}'"},
    {2, "update item set id = id + 10 where id = {i}"},
    {2, "update item set id = {i} where id = {i} returning id, code"},
    // Inserts and their conflicts.
    {5, "insert into item values ({i}, '{c}', {n}, 'new', '{s}')"},
    {3, "insert into item values ({i}, '{c}', {n}, 'new', null) returning id, code"},
    {2, "insert into item values ({i}, '{c}', {n}, 'new', null), (7, '{c}', 1, 'new', null)"},
    {5, "insert into log(who, mark) values ('{s}', {m})"},
    {3, "insert into log(who, mark) values ('{s}', {m}) returning id"},
    {2, "insert into log(who, mark) values ('{s}', {m}), ('{s}', {m})"},
    {2, "insert into log(who, mark) select '{s}', id from item where id >= {i} order by id"},
    {4, "insert into log(who, mark) values ('{s}', {m}) on conflict do nothing"},
    {3,
     "insert into log(who, mark) values ('{s}', {m}) on conflict (mark) do nothing returning id, "
     "mark"},
    {4,
     "insert into log(who, mark) values ('{s}', {m}) on conflict (mark) do update set who = "
     "log.who || excluded.who returning mark, who"},
    {4,
     "insert into item values ({i}, '{c}', {n}, 'new', '{s}') on conflict (id) do update set "
     "quantity = item.quantity + excluded.quantity returning id, quantity"},
    {2,
     "insert into item values ({i}, '{c}', {n}, 'new', '{s}') on conflict (code) do update set "
     "owner = excluded.owner where item.quantity >= {n} returning id, owner"},
    {2,
     "insert into item values ({i}, '{c}', {n}, 'new', '{s}'), ({i}, '{c}', {n}, 'new', '{s}') on "
     "conflict (id) do update set quantity = 0"},
    {2, "insert into item values ({i}, '{c}', {n}, 'new', null) on conflict do nothing"},
    // Deletes.
    {4, "delete from item where id = {i}"},
    {2, "delete from item where id = {i} and quantity < {n} returning *"},
    {2, "delete from log where mark = {m} returning who"},
    {1, "delete from item where id >= {i} returning id"},
    // Foreign keys.
    {3, "insert into line values ({m}, {i}, '{s}')"},
    {1, "insert into line values ({m}, {i}, '{s}') on conflict (id) do nothing"},
    {2, "update line set item = {i} where id = {m}"},
    {2, "delete from line where item = {i} and id <= 2"},
    // Locks.
    {5, "select id, quantity from item where id = {i} for update"},
    {2, "select id, quantity from item where id = {i} for no key update"},
    {3, "select id, quantity from item where id = {i} for share"},
    {2, "select id, quantity from item where id = {i} for key share"},
    {3, "select id, quantity from item where id = {i} for update nowait"},
    {2, "select id, quantity from item where id = {i} for share nowait"},
    {2, "select id from item where id = {i} and quantity > {n} for update"},
    {4, "select id from item where state = 'new' order by id limit {n} for update skip locked"},
    {2, "select id from item where state = 'new' order by id limit 1 for update"},
    {2, "select id, state from item order by id for no key update skip locked"},
    {1, "select id from item order by id offset 1 limit {n} for share skip locked"},
    {3,
     "update item set owner = '{s}', state = 'held' where id = (select id from item where state = "
     "'new' order by id limit 1 for update skip locked) returning id"},
    {2,
     "update item set owner = '{s}', state = 'held' where id in (select id from item where state "
     "= 'new' order by id limit 1 for update) returning id"},
    {1,
     "delete from item where id = (select id from item where state = 'done' order by id limit 1 "
     "for update skip locked) returning id, code"},
    // Reads and sequences.
    {3, "select id, quantity, state from item order by id"},
    {2, "select count(*), sum(quantity) from item"},
    {2, "select * from item where code = '{c}'"},
    {2, "select id, who, mark from log order by id"},
    {3, "select nextval('ticket')"},
    {1, "update item set quantity = nextval('ticket') where id = {i} returning quantity"},
    {1, "select 1 / 0"},
};

// What a crowd does to one row: locks of all four strengths, asked for and implied.
constexpr Pattern kRowLocks[] = {
    {3, "select id, quantity from item where id = {i} for key share"},
    {3, "select id, quantity from item where id = {i} for share"},
    {2, "select id, quantity from item where id = {i} for no key update"},
    {3, "select id, quantity from item where id = {i} for update"},
    {3, "update item set quantity = quantity + {n} where id = {i} returning quantity"},
    {1, "update item set code = '{c}' where id = {i}"},
    {2, "insert into line values ({m} + 10, {i}, '{s}')"},
    {1, "delete from item where id = {i}"},
    {1, "select id from item where id = {i} for share skip locked"},
};

// What makes conflicts between what one reads and another writes: by key, by a second key, by
// range, of rows that are not there, of whole tables, and single writes that seldom fail.
constexpr Pattern kReadsAndWrites[] = {
    {6, "select id, quantity, owner from item where id = {i}"},
    {2, "select id, quantity from item where code = '{c}'"},
    {2, "select id, quantity from item where id <= {i}"},
    {2, "select count(*), sum(quantity) from item"},
    {1, "select count(*) from line"},
    {2, "select count(*) from log where mark = {m}"},
    {2, "select note from line where id = {m} + 1"},
    {1, "select id, quantity from item where id = {i} for share"},
    {6, "update item set quantity = quantity + {n} where id = {i}"},
    {2, "update item set owner = '{s}' where id = {i} returning id, owner"},
    {1, "update item set code = code || '{s}' where id = {i}"},
    {2, "update item set owner = (select owner from item where id = {i}) where id = {i}"},
    {2, "update line set note = note || '{s}' where id = {m}"},
    {2, "insert into log(who, mark) values ('{s}', {m}) on conflict do nothing"},
    {1,
     "insert into log(who, mark) values ('{s}', {m}) on conflict (mark) do update set who = "
     "excluded.who"},
    {2, "insert into log(who, mark) select '{s}', count(*) + {m} * 10 from log"},
    {1, "insert into line values ({m} + 4, {i}, '{s}') on conflict do nothing"},
    {1, "delete from line where id = {m}"},
    {1, "delete from item where id = {i} and id > 2"},
    {1, "select nextval('ticket')"},
};

// Advisory locks of sessions and transactions on few numbers, with rows among them, so that cycles
// run through both.
constexpr Pattern kAdvisoryLocks[] = {
    {4, "select pg_advisory_xact_lock({n})"},
    {3, "select pg_advisory_xact_lock_shared({n})"},
    {2, "select pg_advisory_lock({n})"},
    {2, "select pg_advisory_lock_shared({n})"},
    {2, "select pg_try_advisory_xact_lock({n})"},
    {1, "select pg_try_advisory_xact_lock_shared({n})"},
    {1, "select pg_try_advisory_lock({n})"},
    {1, "select pg_try_advisory_lock_shared({n})"},
    {1, "select pg_try_advisory_xact_lock(0, {n})"},
    {3, "select pg_advisory_unlock({n})"},
    {3, "select pg_advisory_unlock_shared({n})"},
    {1, "select pg_advisory_unlock_all()"},
    {3, "update item set quantity = quantity + {n} where id = {i} returning quantity"},
    {2, "select id, quantity from item where id = {i} for share"},
    {1, "select 1 / 0"},
};

std::uint64_t drawn(sim::Key key, std::uint64_t bound) {
  return sim::Draws::below(key, bound);
}

constexpr std::string_view kItems = "111222334569";

// `items`: the ids {i} is drawn from.
std::string filled(std::string_view pattern, const std::string& session, std::string_view items,
                   sim::Key key) {
  constexpr std::string_view kCodes = "abcdef";
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      text += pattern[i];
      continue;
    }
    const auto own = key.with(i);
    switch (pattern[i + 1]) {
      case 'n':
        text += std::to_string(1 + drawn(own, 4));
        break;
      case 'i':
        text += items[drawn(own, items.size())];
        break;
      case 'c':
        text += kCodes[drawn(own, kCodes.size())];
        break;
      case 'm':
        text += std::to_string(1 + drawn(own, 4));
        break;
      default:
        text += session;
    }
    i += 2;
  }
  return text;
}

std::string one_of(std::span<const Pattern> patterns, const std::string& session,
                   std::string_view items, sim::Key key) {
  std::uint64_t total = 0;
  for (const Pattern& pattern : patterns) total += pattern.weight;
  std::uint64_t at = drawn(key.with("pattern"), total);
  std::size_t which = 0;
  while (at >= patterns[which].weight) at -= patterns[which++].weight;
  return filled(patterns[which].text, session, items, key.with("filled"));
}

// The statements that a session at this level draws from.
std::span<const Pattern> patterns_of(RandomLevel level, sim::Key key) {
  if (level != RandomLevel::serializable) return kStatements;
  if (drawn(key.with("reads and writes"), 4) != 0) return kReadsAndWrites;
  return kStatements;
}

// A crowd on one row: who waits behind whom depends on the strengths of holders and of those who
// wait already, which few statements chosen at large would show.
void add_transaction_of_crowd(RandomSession& session, std::string_view item, sim::Key key) {
  session.statements.emplace_back("begin");
  const std::uint64_t count = 1 + drawn(key.with("count"), 3) / 2;
  for (std::uint64_t i = 0; i < count; ++i) {
    session.statements.push_back(
        one_of(kRowLocks, session.name, item, key.with("statement").with(i)));
  }
  session.statements.emplace_back(drawn(key.with("end"), 3) == 0 ? "rollback" : "commit");
}

// One transaction: a block with savepoints now and then, or a statement alone. `only`: of these
// statements; empty: of those of the level.
void add_transaction(RandomSession& session, std::span<const Pattern> only, RandomLevel level,
                     sim::Key key) {
  std::vector<std::string>& out = session.statements;
  const auto statement = [&](sim::Key of) {
    return one_of(only.empty() ? patterns_of(level, of) : only, session.name, kItems, of);
  };
  if (drawn(key.with("alone"), level == RandomLevel::serializable ? 8 : 4) == 0) {
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
  const std::uint64_t fewest = level == RandomLevel::serializable ? 2 : 1;
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

}  // namespace

RandomInterleaving random_interleaving(sim::Key key, RandomLevel level) {
  RandomInterleaving made;
  made.setup.assign(std::begin(kSetup), std::end(kSetup));
  made.look.assign(std::begin(kLook), std::end(kLook));
  made.order = key.with("order");
  // At repeatable read the first of a crowd to change the row ends the others with 40001, and which
  // of them PostgreSQL wakes first is a race.
  const bool is_crowd = level == RandomLevel::read_committed && drawn(key.with("crowd"), 8) == 0;
  const bool is_advisory =
      level != RandomLevel::serializable && !is_crowd && drawn(key.with("advisory"), 6) == 0;
  const std::span<const Pattern> only =
      is_advisory ? std::span<const Pattern>(kAdvisoryLocks) : std::span<const Pattern>();
  const std::string_view item = kItems.substr(drawn(key.with("item"), 3) * 3, 1);
  const std::uint64_t count = is_crowd ? 4 : 2 + drawn(key.with("sessions"), 3);
  for (std::uint64_t i = 0; i < count; ++i) {
    const sim::Key own = key.with("session").with(i);
    RandomSession session{std::string(1, static_cast<char>('A' + i)), {}};
    // Each waiter has looked for a deadlock before the next step, so the one that closes a cycle
    // is the one that finds it.
    session.statements.emplace_back("set deadlock_timeout = '2ms'");
    if (level == RandomLevel::serializable) {
      session.statements.emplace_back("set default_transaction_isolation = 'serializable'");
    }
    const std::uint64_t transactions = 1 + drawn(own.with("transactions"), 3);
    for (std::uint64_t j = 0; j < transactions; ++j) {
      const sim::Key of_transaction = own.with("transaction").with(j);
      if (is_crowd) {
        add_transaction_of_crowd(session, item, of_transaction);
      } else {
        add_transaction(session, only, level, of_transaction);
      }
    }
    made.sessions.push_back(std::move(session));
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
