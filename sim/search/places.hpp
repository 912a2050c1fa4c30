// The places of a run at which a fault can change something: each wait a process passed, each
// request that left it, each moment that passed without a wait. It listens to a run's trace and
// lists; it runs nothing. Between two waits a fiber does everything at one instant, so that a crash
// there is a crash before the second of them.
#pragma once

#include "sim/fault.hpp"
#include "sim/trace.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace halfwrite::sim::search {

struct Place {
  Point point;
  std::string process;
  bool asks =
      false;  // the wait is for an answer: its request and its answer can be struck on their ways
  bool last = false;  // nothing of its operation, intent and attempt follows on this process
};

class PlaceList : public TraceSink {
 public:
  void on_record(const TraceRecord& record, const Names& names) override;
  void list(bool listing) { listing_ = listing; }

  // In the order in which they were passed.
  std::vector<Place> take();
  // Requests and answers.
  std::uint64_t messages() const { return messages_; }
  // Processes that passed a place, each once, in the order of their first.
  const std::vector<std::string>& processes() const { return processes_; }

 private:
  bool listing_ = true;
  std::vector<Place> listed_;
  std::uint64_t asked_ = 0;  // key of the whole address of the newest message
  std::map<std::uint64_t, std::size_t> last_of_work_;  // by key of process and scope
  std::vector<std::string> processes_;
  std::uint64_t messages_ = 0;
};

}  // namespace halfwrite::sim::search
