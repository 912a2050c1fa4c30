// Faults are values, anchored to meaning: an instant, or a named place in a named operation. A plan
// is a list of them and replays exactly; a chance rule is asked at addresses and becomes an
// anchored fault in the landed plan when it strikes. This file holds values only;
// sim/fault_injection.hpp makes them happen. It knows nodes, links and addresses, and never what
// runs on them.
#pragma once

#include "sim/draw.hpp"
#include "sim/expected.hpp"
#include "sim/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sim {

// A point, as a plan names it: "order.place/commit", "orders#17/commit",
// "order.1.place/commit/flushed", "OrderCreated/published#3". All texts; resolved to Names when a
// simulation takes the plan.
struct Point {
  std::string subject;                   // operation, instance.operation, load, event type
  std::optional<std::uint64_t> number;   // orders#17: the identity's number
  std::string step;                      // commit, insert, 2, published
  std::string moment;                    // logged, flushed, ...; empty: the step itself
  std::uint64_t nth = 0;                 // .../publish#3; 0: the first, and no ordinal was written
  std::optional<std::uint32_t> attempt;  // empty: the first attempt that gets there
  // What a landed fault adds, so that it replays at exactly its address: the intent beside the
  // operation, the pass of the step within its scope, who asked for it, and the process.
  std::string source;
  std::optional<std::uint64_t> source_number;
  std::optional<std::uint32_t> occurrence;
  std::string asked_by;  // in a server: "order.1/mark#2", the request it works on
  std::string actor;
  friend bool operator==(const Point&, const Point&) = default;
};
// The point as it is written in a plan: "orders#17/commit", "order.place/commit/flushed#2",
// "order.place/flush of orders#17, attempt 1, asked by order.1/commit, pass 1, on order_db".
std::string to_text(const Point& point);
// The opposite; the error is a sentence.
Expected<Point, std::string> parse_point(std::string_view text);

enum class When : std::uint8_t { at, before, during, after };

struct Anchor {
  When when = When::at;
  Instant at;   // with When::at; for kinds that are asked: the first use from then on
  Point point;  // otherwise; reset and delay: `after` is the answer's way, else the request's
  friend bool operator==(const Anchor&, const Anchor&) = default;
};

enum class FaultKind : std::uint8_t {
  crash,  // processes of the targets stop; machine: what was not synced goes with them, and peers
          // hear nothing
  pause,  // they stand still and go on
  partition,     // nodes that share none of the groups cannot talk
  slow,          // every message of a node or link takes `by` longer
  clock,         // the node's clock is `by` ahead (negative: behind)
  reset,         // the message and its connection are lost, both ends are told
  lose_request,  // it never arrives, the connection breaks
  lose_reply,    // it took effect, the answer is lost and the connection breaks
  delay,         // a message arrives `by` later; blocking: what follows on its connection waits too
  duplicate,     // a delivery comes twice (asked by the models that deliver)
  refuse,        // the server answers with `error`, without effect (asked by the models that serve)
  disconnect,    // the sessions of a node are ended by their servers
  cancel,        // the client cancels while it waits there
  rebalance,     // a consumer group is rebalanced (asked by the broker)
  promote,       // the target takes over from another node, as its model says (sim::Promotable)
  disk_full,     // there is no room to write (asked by the models that write)
  fail_sync,     // what was written is not on the disk (asked by the models that sync)
};
const char* to_text(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::crash;
  Anchor anchor;
  std::vector<std::string> targets;  // nodes or groups; "here": the process at the point
  std::vector<std::vector<std::string>> groups;  // partition
  Duration lasting;                              // crash: down; pause, partition, slow: for
  bool for_ever = false;                         // crash: it does not come back
  Duration by;                                   // delay, slow, clock, duplicate (later)
  bool machine = false;
  bool disk_lost = false;
  bool one_way = false;  // partition: only from the first group to the others
  bool blocking = true;
  bool fenced = true;          // promote: who it takes over from is shut off
  bool unsynced_lost = false;  // fail_sync: else it is found again all the same
  std::string error;
  std::uint64_t times = 1;  // refuse, disk_full
  bool drawn = false;       // by a storm's rhythm: a crash keeps to its `at_most_down`
  friend bool operator==(const Fault&, const Fault&) = default;
};

// These points are passed in this order: who comes early waits before his, at most `patience`; then
// the rest is void.
struct InOrder {
  std::vector<Point> points;
  Duration patience = Duration::seconds(30);
  friend bool operator==(const InOrder&, const InOrder&) = default;
};

struct FaultPlan {
  std::vector<Fault> faults;
  std::vector<InOrder> orders;
  friend bool operator==(const FaultPlan&, const FaultPlan&) = default;
};

// The storm of a scenario: what a seed turns into faults. `every` is a rhythm, `chance` is asked
// per use at its address.
struct StormRule {
  FaultKind kind = FaultKind::crash;
  std::vector<std::string> targets;  // empty: everything it fits
  std::optional<DurationRange> every;
  Ratio chance;
  DurationRange lasting;
  DurationRange by;
  bool machine = false;
  bool one_way = false;
  bool unsynced_lost = false;
  std::string error;
};
struct Storm {
  std::vector<StormRule> rules;
  Instant until;
  std::uint32_t at_most_down = 1;  // nodes of a group at once
};

// Turns the rhythms of a storm into faults with instants; chances stay rules. A pure function of
// its arguments: each fault's draws are keyed by rule, target and virtual tick. `nodes` lists every
// (node, group) in the order of the scenario.
struct NodeName {
  std::string node;
  std::string group;
};
std::vector<Fault> draw_rhythms(const Storm& storm, const std::vector<NodeName>& nodes, Key key);

// A fault that struck: the fault as it can be replayed (anchored to the address where it landed),
// where and when.
struct LandedFault {
  Fault fault;
  Instant at;
  std::string target;   // the node or link it struck
  std::string address;  // the wait it struck, or empty
};

}  // namespace halfwrite::sim
