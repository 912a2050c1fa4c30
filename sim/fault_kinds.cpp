#include "sim/fault_kinds.hpp"

#include "sim/assert.hpp"

namespace halfwrite::sim {

const std::vector<FaultKindRow>& all_fault_kinds() {
  static const std::vector<FaultKindRow> table{
      {FaultKind::crash,
       false,
       {"crash",
        "A process stops at once, as under kill -9, and starts again after `down`.",
        {{{"strikes", "the processes of a node or group; with `machine` the whole machine"},
          {"is lost", "what was only in memory; with `machine` also what was not yet synced"},
          {"others see", "a reset at once; with `machine` silence until a time-out"}}}}},
      {FaultKind::pause,
       false,
       {"pause",
        "A process stands still `for` a while and then goes on, as under a long collection of "
        "garbage.",
        {{{"strikes", "the processes of a node or group"},
          {"is lost", "nothing; but leases, sessions and group memberships may end meanwhile"},
          {"others see", "silence: a process that stands still looks like a dead one"}}}}},
      {FaultKind::partition,
       false,
       {"partition",
        "Two groups of nodes cannot talk `for` a while; what is sent waits and arrives late.",
        {{{"strikes", "all connections between the two groups; with `one_way` one direction"},
          {"is lost", "what a time-out on either side gave up meanwhile"},
          {"others see", "silence, then a late answer or a time-out"}}}}},
      {FaultKind::slow,
       false,
       {"slow",
        "Every message of a node or link takes `by` longer for a while.",
        {{{"strikes", "a node or link"},
          {"is lost", "nothing; what has a short time-out may give up"}}}}},
      {FaultKind::clock,
       false,
       {"clock",
        "A node's clock is `offset` ahead, or behind where `offset` is negative.",
        {{{"strikes", "what reads that clock: now() in its database, leases, time stamps"},
          {"is lost", "nothing by itself; order by time stamps may be wrong"}}}}},
      {FaultKind::reset,
       true,
       {"reset",
        "A message and its connection are lost, and both ends are told.",
        {{{"strikes", "one message on its way there, or with `after` its answer"},
          {"is lost", "the message; with `after` it took effect and nobody knows"},
          {"others see", "a broken connection; whether it took effect is unknown"}}}}},
      {FaultKind::lose_request,
       true,
       {"lose_request",
        "A request never arrives, and its connection breaks: it had no effect.",
        {{{"strikes", "one request"},
          {"others see", "a time-out or a broken connection, as after `lose_reply`"}}}}},
      {FaultKind::lose_reply,
       true,
       {"lose_reply",
        "A request took effect, and its answer is lost with the connection.",
        {{{"strikes", "the answer of one request"},
          {"others see",
           "a time-out or a broken connection, as after `lose_request`; who tries "
           "again does it twice"}}}}},
      {FaultKind::delay,
       true,
       {"delay",
        "A message arrives `by` later.",
        {{{"strikes",
           "one message on its way there, or with `after` its answer; with `blocking` "
           "what follows on its connection waits too"},
          {"others see", "an answer that comes after the time-out, if `by` is long enough"}}}}},
      {FaultKind::duplicate,
       true,
       {"duplicate",
        "A delivery comes twice, the second time `later`.",
        {{{"strikes", "one delivery to a consumer"},
          {"others see", "the same message again; an `inbox` knows it by its id"}}}}},
      {FaultKind::refuse,
       true,
       {"refuse",
        "A server answers with `error`, and nothing took effect.",
        {{{"strikes", "one request, or as many as `times` says"},
          {"others see", "an error that says for certain that nothing happened"}}}}},
      {FaultKind::disconnect,
       false,
       {"disconnect",
        "The sessions of a node are ended by their servers; open transactions are rolled back.",
        {{{"strikes", "the connections of a node"},
          {"others see", "an error at the next use of the session"}}}}},
      {FaultKind::cancel,
       true,
       {"cancel",
        "A client cancels its statement while it waits for the database.",
        {{{"strikes", "one statement"},
          {"others see", "error 57014; the transaction has failed and can only be rolled back"}}}}},
      {FaultKind::rebalance,
       false,
       {"rebalance",
        "A consumer group is told to share out its partitions anew.",
        {{{"strikes", "a consumer group"},
          {"others see",
           "deliveries of a batch that was not yet acknowledged come again, perhaps to "
           "another member"}}}}},
      {FaultKind::promote,
       false,
       {"promote",
        "A standby takes over as primary, with the part of the log that has reached it.",
        {{{"strikes", "a standby of a database that is up"},
          {"is lost",
           "what the old primary committed and had not sent, acknowledged or not; without a "
           "standby "
           "that commits wait for, that is the rule"},
          {"others see",
           "the old primary shut off, back later as a standby; with `fenced` false it goes on "
           "taking "
           "commits that count nowhere"}}}}},
      {FaultKind::disk_full,
       true,
       {"disk_full",
        "A database finds no room for a row: error 53100, and the statement has no effect.",
        {{{"strikes",
           "one statement that inserts or updates rows, or as many as `times` says, or all of a "
           "time; who only reads, deletes or commits needs no room"},
          {"is lost", "what the transaction had done so far: it has failed"},
          {"others see",
           "a server that answers and refuses to write: a relay reads and publishes what it "
           "cannot mark"}}}}},
      {FaultKind::fail_sync,
       true,
       {"fail_sync",
        "A database cannot sync its log: it stops at once, as PostgreSQL's PANIC, and recovers.",
        {{{"strikes", "the sync that a commit waits for, and all commits that wait with it"},
          {"is lost",
           "nothing: recovery finds what was written in the file; with `unsynced` `lost` all that "
           "was not yet synced"},
          {"others see", "a broken connection; whether the commit took effect is unknown"}}}}},
  };
  return table;
}

const FaultKindRow& row_of(FaultKind kind) {
  const auto& table = all_fault_kinds();
  const auto index = static_cast<std::size_t>(kind);
  HALFWRITE_ASSERT(index < table.size() && table[index].kind == kind,
                   "the table of fault kinds is not in the order of the enumeration");
  return table[index];
}

}  // namespace halfwrite::sim
