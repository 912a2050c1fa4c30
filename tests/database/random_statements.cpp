#include "tests/database/random_statements.hpp"

#include <span>

namespace halfwrite::database::tests {

namespace {

// {n}: a small number; {i}: the id of an item, mostly one that exists; {c}: a code; {m}: a mark;
// {s}: the session. What locks several rows says in which order: by id.
struct Pattern {
  unsigned weight;
  std::string_view text;
};
constexpr Pattern kAtLarge[] = {
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

// What two or three sessions do to the same few rows and marks, each in an order of its own: they
// wait for each other in a circle.
constexpr Pattern kCrossing[] = {
    {6, "update item set quantity = quantity + {n} where id = {i}"},
    {3, "update item set owner = '{s}' where id = {i} returning id, owner"},
    {3, "select id, quantity from item where id = {i} for update"},
    {1, "select id, quantity from item where id = {i} for share"},
    {1, "update item set code = code || '{s}' where id = {i}"},
    {2, "insert into log(who, mark) values ('{s}', {i})"},
    {1, "insert into log(who, mark) values ('{s}', {i}) on conflict do nothing"},
    {1, "insert into line values ({m} + 10, {i}, '{s}') on conflict do nothing"},
    {1, "update item set state = 'done' where id <= {i} and state = 'new'"},
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

std::span<const Pattern> patterns_of(Subject subject) {
  switch (subject) {
    case Subject::at_large:
      return kAtLarge;
    case Subject::row_locks:
      return kRowLocks;
    case Subject::crossing:
      return kCrossing;
    case Subject::reads_and_writes:
      return kReadsAndWrites;
    case Subject::advisory_locks:
      return kAdvisoryLocks;
  }
  return kAtLarge;
}

}  // namespace

std::string random_statement(Subject subject, const std::string& session, std::string_view items,
                             sim::Key key) {
  const std::span<const Pattern> patterns = patterns_of(subject);
  std::uint64_t total = 0;
  for (const Pattern& pattern : patterns) total += pattern.weight;
  std::uint64_t at = drawn(key.with("pattern"), total);
  std::size_t which = 0;
  while (at >= patterns[which].weight) at -= patterns[which++].weight;
  return filled(patterns[which].text, session, items, key.with("filled"));
}

}  // namespace halfwrite::database::tests
