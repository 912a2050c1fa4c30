// Two thousand random interleavings at three levels, step by step on the model and on a real
// PostgreSQL 15: rows, row counts, errors, who waits after each step, who goes on when, and the
// final state.
//   HALFWRITE_RANDOM_INTERLEAVINGS=3000 HALFWRITE_RANDOM_SEED=7 tests_database "[random]"
// HALFWRITE_RANDOM_FIRST=644 begins with that one of each level.
// The real one runs with index scans only, so that statements of several rows meet them in the
// order of their keys.
#include "tests/database/random_interleaving.hpp"

#include "tests/database/real_arm.hpp"
#include "tests/postgresql/server.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

namespace halfwrite::database::tests {

namespace {

constexpr const char* kOptions =
    "-c enable_seqscan=off -c enable_bitmapscan=off -c log_lock_waits=on -c "
    "client_min_messages=log "
    "-c synchronous_commit=off";
constexpr std::uint64_t kRaces = 40;
const char* const kDependencies = "40001 could not serialize access due to read/write";
const char* const kErrors[] = {"23505", "40P01", "55P03", "25P02", "40001",      "23514",
                               "23503", "22012", "23502", "21000", kDependencies};

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

constexpr const char* kNames[] = {"read committed", "repeatable read", "serializable"};

struct Counts {
  std::size_t cases = 0;
  std::size_t steps = 0;
  std::size_t blocked = 0;
  std::size_t waits = 0;
  std::size_t raced = 0;
  std::size_t other_reason = 0;  // both end it, and tell another reason code
  std::size_t careful = 0;       // we ended a transaction that PostgreSQL let be
  std::size_t different = 0;
  std::map<std::string, std::size_t> errors;
  std::map<std::string, std::size_t> cases_with;  // by error

  void add(const Counts& other) {
    for (const auto part :
         {&Counts::cases, &Counts::steps, &Counts::blocked, &Counts::waits, &Counts::raced,
          &Counts::other_reason, &Counts::careful, &Counts::different}) {
      this->*part += other.*part;
    }
    for (const auto& [error, times] : other.errors) errors[error] += times;
    for (const auto& [error, times] : other.cases_with) cases_with[error] += times;
  }

  void add(const std::string& transcript) {
    ++cases;
    steps += count_of(transcript, " -> ");
    const std::size_t blocks = count_of(transcript, " -> BLOCKS");
    waits += blocks;
    blocked += blocks > 0 ? 1 : 0;
    for (const char* error : kErrors) {
      const std::size_t times = count_of(transcript, std::string("ERROR ") + error);
      errors[error] += times;
      cases_with[error] += times > 0 ? 1 : 0;
    }
  }
};

// PostgreSQL lets several waiters for one transaction race; the model's order must be one of those
// that were seen.
bool is_seen_in_a_race(RealDatabase& database, const IsolationTest& test,
                       const std::string& wanted) {
  // 0: as they began to wait; that too is for the machine to decide in the end.
  for (std::uint64_t race = 0; race <= kRaces; ++race) {
    if (database.run(test, true, race) == wanted) return true;
  }
  return false;
}

// The test without the steps that the difference does not need.
IsolationTest smaller(RealDatabase& database, IsolationTest test) {
  const auto differs = [&](const IsolationTest& candidate) {
    return database.run(candidate, true) != run_on_model(candidate);
  };
  std::size_t at = 0;
  while (at < test.steps.size()) {
    IsolationTest candidate = test;
    candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(at));
    if (differs(candidate)) {
      test = std::move(candidate);
    } else {
      ++at;
    }
  }
  return test;
}

// The first lines that differ: ours, PostgreSQL's.
std::pair<std::string, std::string> first_difference(const std::string& ours,
                                                     const std::string& real) {
  const auto at = std::mismatch(ours.begin(), ours.end(), real.begin(), real.end());
  const auto place = static_cast<std::size_t>(at.first - ours.begin());
  const std::size_t before = place == 0 ? std::string::npos : ours.rfind('\n', place - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return {ours.substr(begin, ours.find('\n', begin) - begin),
          real.substr(begin, real.find('\n', begin) - begin)};
}

// Where we read a whole relation and PostgreSQL a part of it, we may end a serializable transaction
// that it lets be; never the other way round. That is what the first step says that differs.
bool is_more_careful(const std::string& ours, const std::string& real) {
  const auto [mine, theirs] = first_difference(ours, real);
  return mine.find(kDependencies) != std::string::npos &&
         theirs.find(kDependencies) == std::string::npos;
}

// Both end the same statement, for another reason; what follows may differ for that.
bool tells_another_reason(const std::string& ours, const std::string& real) {
  const auto [mine, theirs] = first_difference(ours, real);
  return mine.find(kDependencies) != std::string::npos &&
         theirs.find(kDependencies) != std::string::npos;
}

void compare(RealDatabase& database, const RandomInterleaving& interleaving, Counts& counts) {
  IsolationTest executed;
  const std::string real =
      run_interleaving(interleaving, database.prepared_for(interleaving.setup, true), executed);
  counts.add(real);
  const std::string ours = run_on_model(executed);
  if (ours == real) return;
  if (is_seen_in_a_race(database, executed, ours)) {
    ++counts.raced;
    return;
  }
  if (tells_another_reason(ours, real)) {
    ++counts.other_reason;
    return;
  }
  if (is_more_careful(ours, real)) {
    ++counts.careful;
    return;
  }
  if (++counts.different > 12) return;
  const auto [mine, theirs] = first_difference(ours, real);
  const IsolationTest small = smaller(database, executed);
  FAIL_CHECK(as_text(small) << "PostgreSQL:\n"
                            << database.run(small, true) << "ours:\n"
                            << run_on_model(small) << "at first it was PostgreSQL:\n"
                            << theirs << "\nours:\n"
                            << mine);
}

Counts compare_many(RealDatabase& database, std::uint64_t number, std::uint64_t seed,
                    RandomLevel level) {
  Counts counts;
  const std::uint64_t first = postgresql::setting("HALFWRITE_RANDOM_FIRST", 0);
  for (std::uint64_t i = first; i < first + number; ++i) {
    const sim::Key key = sim::Draws(seed).key().with("interleaving").with(i);
    RandomInterleaving interleaving = random_interleaving(key, level);
    interleaving.name = "seed " + std::to_string(seed) + ", interleaving " + std::to_string(i) +
                        " at " + kNames[static_cast<std::size_t>(level)];
    compare(database, interleaving, counts);
  }
  return counts;
}

void print(const std::string& name, const Counts& counts) {
  std::cout << "random interleavings " << name << ": " << counts.cases << " of " << counts.steps
            << " steps: " << counts.blocked << " block (" << counts.waits << " waits), "
            << counts.raced << " agree with one outcome of a race, " << counts.other_reason
            << " tell another reason, " << counts.careful << " end more, " << counts.different
            << " differ; errors (in cases):";
  for (const auto& [error, times] : counts.errors) {
    std::cout << " " << error << " " << times << " (" << counts.cases_with.at(error) << ")";
  }
  std::cout << "\n";
}

bool is_share(std::size_t part, std::size_t percent, std::size_t whole) {
  return part * 100 >= percent * whole;
}

}  // namespace

TEST_CASE("random interleavings do what PostgreSQL does at all three levels",
          "[postgresql][random]") {
  if (postgresql::is_left_out()) {
    WARN("no PostgreSQL was asked about random interleavings");
    return;
  }
  const auto number = postgresql::setting("HALFWRITE_RANDOM_INTERLEAVINGS", 2000);
  const auto seed = postgresql::setting("HALFWRITE_RANDOM_SEED", 1);
  RealDatabase database(kOptions);
  const auto run = [&](RandomLevel level, std::uint64_t percent) {
    const Counts counts = compare_many(database, number * percent / 100, seed, level);
    print(std::string("at ") + kNames[static_cast<std::size_t>(level)], counts);
    CHECK(counts.different == 0);
    return counts;
  };
  const Counts committed = run(RandomLevel::read_committed, 45);
  const Counts repeatable = run(RandomLevel::repeatable_read, 25);
  const Counts serializable = run(RandomLevel::serializable, 30);
  CHECK(committed.raced * 20 <= committed.cases);
  CHECK(serializable.careful * 20 <= serializable.cases);

  Counts all = committed;
  all.add(repeatable);
  all.add(serializable);
  print("of seed " + std::to_string(seed), all);
  CHECK(is_share(all.blocked, 30, all.cases));
  for (const char* error : {"23505", "40P01", "40001"}) {
    INFO(error);
    CHECK(is_share(all.cases_with[error], 3, all.cases));
  }
  for (const char* error : {"55P03", "25P02", kDependencies}) CHECK(all.errors[error] > 0);
}

}  // namespace halfwrite::database::tests
