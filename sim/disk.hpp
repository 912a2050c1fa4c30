// Disks: what survives a crash. A DurableLog is appended to, synced and read; a process crash keeps
// what was written (the operating system has it), a machine crash keeps what was synced, a lost
// disk keeps nothing. The log belongs to the node, not to a process: models keep it beside their
// volatile state and read it again at boot. It never loses what it should keep and never keeps what
// it should lose.
#pragma once

#include "sim/assert.hpp"

#include <boost/container/deque.hpp>

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace halfwrite::sim {

// What a disk tells its files at a crash of the machine.
class DiskFile {
 public:
  virtual ~DiskFile() = default;
  virtual void machine_crashed() = 0;  // forget what was not synced
  virtual void lost() = 0;             // forget everything
  // Its node has crashed and nothing will start it again. What a model would have said of its data
  // at the next start, it says now; on the kernel's stack, so it must not wait.
  virtual void abandoned() {}
};

class Disk {
 public:
  void attach(DiskFile& file) { files_.push_back(&file); }
  void machine_crashed() {
    for (DiskFile* file : files_) file->machine_crashed();
  }
  void lost() {
    for (DiskFile* file : files_) file->lost();
  }
  void abandoned() {
    for (DiskFile* file : files_) file->abandoned();
  }

 private:
  std::vector<DiskFile*> files_;  // in order of attachment
};

// Records in order, with a mark up to which they are synced. Waiting for the sync is the caller's
// (it costs virtual time and is a fault point); `sync` is its effect.
template <class Record>
class DurableLog : public DiskFile {
 public:
  explicit DurableLog(Disk& disk) { disk.attach(*this); }

  std::size_t append(Record record) {
    records_.push_back(std::move(record));
    return ++end_;
  }
  // Everything up to `count` records is safe from a machine crash.
  void sync(std::size_t count) {
    HALFWRITE_ASSERT(count <= size(), "a log was synced beyond its end");
    if (count > synced_) synced_ = count;
  }
  std::size_t size() const { return end_; }
  std::size_t synced() const { return synced_; }
  const Record& operator[](std::size_t index) const {
    HALFWRITE_ASSERT(index >= first_, "a record of a log was read that was forgotten");
    return records_[index - first_];
  }
  // The newest, of a log that can still be read there.
  const Record& last() const {
    HALFWRITE_ASSERT(end_ > first_, "the last record of a log was read that has none");
    return records_.back();
  }
  // Nobody reads the first `count` records again: their memory is given back. Positions stay as
  // they are.
  void forget(std::size_t count) {
    HALFWRITE_ASSERT(count <= synced_, "a log was to forget what is not safe yet");
    for (; first_ < count; ++first_) records_.pop_front();
  }
  // The first record that can still be read.
  std::size_t first() const { return first_; }
  // Recovery decides to drop a tail (an unfinished record, a follower's divergent end).
  void truncate(std::size_t count) {
    HALFWRITE_ASSERT(first_ <= count && count <= size(), "a log was truncated beyond its end");
    keep(count);
    if (synced_ > count) synced_ = count;
  }

  void machine_crashed() override { keep(synced_); }
  void lost() override {
    records_.clear();
    end_ = synced_ = first_ = 0;
  }

 private:
  void keep(std::size_t count) {
    records_.erase(records_.begin() + static_cast<std::ptrdiff_t>(count - first_), records_.end());
    end_ = count;
  }

  // In blocks, so that a long log neither moves nor has as much again in reserve; without any until
  // there is a record.
  boost::container::deque<Record> records_;
  std::size_t end_ = 0;  // beside the deque, which would have to work it out at each question
  std::size_t synced_ = 0;
  std::size_t first_ = 0;  // what lies before is forgotten
};

}  // namespace halfwrite::sim
