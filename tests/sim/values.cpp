// The values of the kernel: durations, names, keys and draws, points.
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <sstream>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

TEST_CASE("durations are written with three significant digits at most") {
  struct Row {
    std::int64_t nanoseconds;
    const char* text;
  };
  const Row rows[] = {{0, "0 ns"},
                      {999, "999 ns"},
                      {1'400'000, "1.4 ms"},
                      {38'000'000, "38 ms"},
                      {210'000'000, "210 ms"},
                      {510'000'000, "0.51 s"},
                      {1'234'567'890, "1.23 s"},
                      {12'345'000, "12.3 ms"},
                      {12'350'000, "12.4 ms"},
                      {999'999, "1000 us"},
                      {60'000'000'000, "60 s"},
                      {-5'000'000, "-5 ms"}};
  for (const Row& row : rows) CHECK(to_text(Duration::nanoseconds(row.nanoseconds)) == row.text);
  CHECK(to_text(Duration::for_ever()) == "for ever");
  CHECK(to_text(at_ms(94)) == "0.094");
  CHECK(to_text(at_ms(61'500)) == "61.500");
}

TEST_CASE("a text has one name, and the empty text has the empty name") {
  Names names;
  const Name commit = names.of("commit");
  CHECK(names.of(std::string("com") + "mit") == commit);
  CHECK(names.text(commit) == "commit");
  CHECK(names.of("").empty());
  CHECK(names.text(Name()).empty());
  CHECK(names.hash(commit) == Key::hash_text("commit"));
}

// These values are part of what a seed means: if they move, every committed case moves.
TEST_CASE("draws have the values they always had") {
  const Key key = Draws(17).key().with("order.1").with("latency").with(std::uint64_t{9});
  CHECK(Key::hash_text("commit") == 0xe977714e676f08b8ull);
  CHECK(Draws(17).key().value() == 0x61ca5fa780c00dcfull);
  CHECK(key.value() == 0xceb553be75b3407dull);
  CHECK(Draws::below(key, 1000) == 807);
  CHECK(Draws::between(key, -50, 50) == 31);
  CHECK(Draws::between(key, {ms(1), ms(2)}) == Duration::nanoseconds(1807455));
}

TEST_CASE("a draw stays in its range and reaches both ends of it") {
  std::map<std::int64_t, int> seen;
  for (std::uint64_t index = 0; index < 10'000; ++index) {
    ++seen[Draws::between(Draws(1).key().with(index), 3, 7)];
  }
  CHECK(seen.size() == 5);
  CHECK(seen.begin()->first == 3);
  CHECK(seen.rbegin()->first == 7);
  for (const auto& [value, times] : seen) {
    CHECK(times > 1'800);
    CHECK(times < 2'200);
  }
}

TEST_CASE("a chance is a ratio: never, always, and about as often as it says") {
  int hits = 0;
  for (std::uint64_t index = 0; index < 100'000; ++index) {
    const Key key = Draws(3).key().with(index);
    CHECK_FALSE(Draws::happens(key, {0, 1}));
    CHECK(Draws::happens(key, {1, 1}));
    if (Draws::happens(key, {1, 100})) ++hits;
  }
  CHECK(hits > 900);
  CHECK(hits < 1'100);
}

TEST_CASE("points are read as a plan writes them") {
  std::istringstream table(R"(
order.place/commit                                            | order.place | - | commit | -       | 0
orders#17/commit                                              | orders      | 17 | commit | -      | 0
order.1.place/commit/flushed                                  | order.1.place | - | commit | flushed | 0
OrderCreated/published#3                                      | OrderCreated | - | published | - | 3
place_order/charge/send                                       | place_order | - | charge | send | 0
order.place/commit of orders#17, attempt 2, pass 3, on order.1 | order.place | - | commit | - | 0
order.place/statement of orders#17, asked by order.1/mark#2, pass 1, on order_db | order.place | - | statement | - | 0
)");
  std::string line;
  int rows = 0;
  while (std::getline(table, line)) {
    if (line.empty()) continue;
    ++rows;
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '|');) {
      const std::size_t first = cell.find_first_not_of(' ');
      const std::size_t last = cell.find_last_not_of(' ');
      cells.push_back(cell.substr(first, last - first + 1));
    }
    const auto point = parse_point(cells[0]);
    INFO(cells[0]);
    REQUIRE(point);
    CHECK(point->subject == cells[1]);
    CHECK((point->number ? std::to_string(*point->number) : "-") == cells[2]);
    CHECK(point->step == cells[3]);
    CHECK((point->moment.empty() ? "-" : point->moment) == cells[4]);
    CHECK(std::to_string(point->nth) == cells[5]);
    CHECK(to_text(*point) == cells[0]);
  }
  CHECK(rows == 7);
  const auto asked = parse_point("order.place/statement, asked by order.1/mark#2, on order_db");
  CHECK(asked->asked_by == "order.1/mark#2");
  const auto exact = parse_point("order.place/commit of orders#17, attempt 2, pass 3, on order.1");
  CHECK(exact->source == "orders");
  CHECK(exact->source_number == 17);
  CHECK(exact->attempt == 2);
  CHECK(exact->occurrence == 3);
  CHECK(exact->actor == "order.1");
}

TEST_CASE("what is no point is refused with a sentence") {
  for (const char* text :
       {"", "commit", "order.place/", "/commit", "orders#x/commit", "a/b#0", "a/b#", "a/b, try 2",
        "a/b of ", "a/b/", "a/b, asked by c", "a/b, asked by /c"}) {
    INFO(text);
    const auto point = parse_point(text);
    REQUIRE_FALSE(point);
    CHECK_FALSE(point.error().empty());
  }
}

TEST_CASE("an address is written as people say it") {
  Names names;
  Address address;
  address.scope.operation = names.of("order.place");
  address.step = names.of("commit");
  address.scope.identity = {names.of("orders"), 17};
  CHECK(to_text(names, address) == "order.place/commit of orders#17");
  address.scope.attempt = 2;
  CHECK(to_text(names, address) == "order.place/commit of orders#17, attempt 2");
  address.scope.identity = {names.of("early"), 0};
  address.scope.attempt = 1;
  CHECK(to_text(names, address) == "order.place/commit of early");
}

TEST_CASE("rhythms are a pure function, and a new node takes only the ticks it wins") {
  Storm storm;
  storm.until = at_ms(60'000);
  StormRule& rule = storm.rules.emplace_back();
  rule.every = DurationRange::exactly(ms(100));
  rule.lasting = {ms(10), ms(20)};
  std::vector<NodeName> nodes{{"a.1", "a"}, {"a.2", "a"}, {"b", "b"}};
  const auto before = draw_rhythms(storm, nodes, Draws(5).key());
  CHECK(before == draw_rhythms(storm, nodes, Draws(5).key()));
  CHECK(before.size() > 500);
  nodes.push_back({"c", "c"});
  const auto after = draw_rhythms(storm, nodes, Draws(5).key());
  REQUIRE(after.size() == before.size());
  std::size_t moved = 0;
  for (std::size_t index = 0; index < before.size(); ++index) {
    CHECK(after[index].anchor == before[index].anchor);
    CHECK(after[index].lasting == before[index].lasting);
    if (after[index].targets == before[index].targets) continue;
    CHECK(after[index].targets == std::vector<std::string>{"c"});
    ++moved;
  }
  CHECK(moved > before.size() / 8);
  CHECK(moved < before.size() / 2);
  const auto other = draw_rhythms(storm, nodes, Draws(6).key());
  CHECK(other[0].anchor != after[0].anchor);
}
