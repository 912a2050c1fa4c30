// Parts of the broker that need no run: producers' sequences, epochs of a log, ranges.
#include "models/broker/group_coordinator.hpp"
#include "models/broker/layout.hpp"
#include "models/broker/producer_states.hpp"
#include "models/broker/replica_log.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace halfwrite::broker;
using Decision = ProducerStates::Decision;

namespace {

void append(ProducerStates& states, std::uint32_t epoch, std::uint32_t sequence,
            std::uint64_t offset) {
  LogEntry entry;
  entry.producer_id = 7;
  entry.producer_epoch = epoch;
  entry.sequence = sequence;
  states.appended(entry, offset);
}

}  // namespace

TEST_CASE("a partition appends the next sequence and returns the old offset of the last five") {
  ProducerStates states;
  CHECK(states.check(7, 0, 3).decision == Decision::append);  // nothing is known of it
  for (std::uint32_t sequence = 0; sequence < 8; ++sequence) {
    append(states, 1, sequence, 100 + sequence);
  }
  struct Row {
    std::uint32_t epoch;
    std::uint32_t sequence;
    Decision decision;
    std::uint64_t offset;
  };
  const std::vector<Row> rows = {
      {1, 8, Decision::append, 0},       {1, 7, Decision::duplicate, 107},
      {1, 3, Decision::duplicate, 103},  {1, 2, Decision::out_of_order, 0},  // C07
      {1, 9, Decision::out_of_order, 0}, {0, 8, Decision::fenced, 0},
      {2, 0, Decision::append, 0},       {2, 8, Decision::out_of_order, 0}};
  for (const Row& row : rows) {
    CAPTURE(row.epoch, row.sequence);
    const ProducerStates::Check check = states.check(7, row.epoch, row.sequence);
    CHECK(check.decision == row.decision);
    CHECK(check.offset == row.offset);
  }
}

TEST_CASE("a log says where its epochs end and loses what a machine had not synced") {
  halfwrite::sim::Disk disk;
  ReplicaLog log(disk);
  for (const std::uint32_t epoch : {1u, 1u, 3u, 3u, 4u}) {
    LogEntry entry;
    entry.leader_epoch = epoch;
    log.append(entry);
  }
  CHECK(log.end_of_epoch(0).end == 0);
  CHECK(log.end_of_epoch(1).end == 2);
  CHECK(log.end_of_epoch(2).epoch == 1);
  CHECK(log.end_of_epoch(2).end == 2);
  CHECK(log.end_of_epoch(9).epoch == 4);
  log.sync_to(3);
  disk.machine_crashed();
  CHECK(log.end() == 3);
  CHECK(log.last_epoch() == 3);
  CHECK(log.lost_its_tail());
}

TEST_CASE("the range assignor gives runs of partitions, the first members one more") {
  halfwrite::sim::Names names;
  Settings settings;
  settings.name = "kafka";
  settings.topics = {{"a", 5, std::nullopt}, {"b", 2, std::nullopt}};
  const Layout layout(names, settings);
  StoredMember first;
  StoredMember second;
  StoredMember third;
  first.topics = {"a"};
  second.topics = {"a", "b"};
  third.topics = {"b"};
  assign_ranges(layout, {&first, &second, &third});
  CHECK(first.assignment == std::vector<PartitionId>{0, 1, 2});
  CHECK(second.assignment == std::vector<PartitionId>{3, 4, 5});
  CHECK(third.assignment == std::vector<PartitionId>{6});
}
