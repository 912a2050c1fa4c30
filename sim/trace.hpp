// The trace of a run: one record per thing that happened, folded into a running XXH3 hash. Two runs
// with equal hashes did the same things at the same virtual instants in the same order, in this
// build or another. Records are handed to a sink only when a run is to be told; the hash is always
// kept. Hashes of texts go in, never numbers of Names.
#pragma once

#include "sim/address.hpp"
#include "sim/time.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace halfwrite::sim {

enum class TraceKind : std::uint8_t {
  wait,     // a fiber began to wait at an address
  woke,     // it went on
  sent,     // a message left
  arrived,  // it was handed to its receiver's end of the connection
  broke,    // a connection broke
  booted,   // a process started
  crashed,  // it stopped
  fault,    // a fault struck
  fact,     // a model recorded a fact
  quiet,    // the run came to rest
};
const char* to_text(TraceKind kind);

struct TraceRecord {
  Instant at;
  std::uint64_t sequence = 0;  // of the kernel event during which it was recorded
  TraceKind kind = TraceKind::wait;
  Address address;           // actor at least
  std::uint64_t detail = 0;  // fingerprint of the message, fact or fault
  std::string_view note;  // for people: peer, message kind; valid during the call only, not hashed
                          // beyond `detail`
};

class Kernel;

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void on_record(const TraceRecord& record, const Names& names) = 0;
};

class Trace {
 public:
  explicit Trace(const Names& names);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // Dropped while a dead fiber unwinds.
  void record(const TraceRecord& record) {
    this->record(record.at, record.sequence, record.kind, record.address, record.detail,
                 record.note);
  }
  // The same, with no record made where nobody looks at it.
  void record(Instant at, std::uint64_t sequence, TraceKind kind, const Address& address,
              std::uint64_t detail, std::string_view note);
  void send_to(TraceSink* sink) { sink_ = sink; }  // not owned; nullptr: none
  std::uint64_t hash() const;
  std::uint64_t records() const { return records_; }
  std::uint64_t waits() const { return waits_; }  // records of kind `wait`

 private:
  friend class Kernel;
  struct State;
  const Names& names_;
  std::unique_ptr<State> state_;
  TraceSink* sink_ = nullptr;
  std::uint64_t records_ = 0;
  std::uint64_t waits_ = 0;
  bool inert_ = false;
};

}  // namespace halfwrite::sim
