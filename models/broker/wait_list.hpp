// Fibers that wait until something about a partition or a group changes. Each waits at its own
// address and looks again when woken; nobody is told what changed. Lives as long as the fibers that
// may wait in it.
#pragma once

#include "sim/simulation.hpp"

#include <cstddef>
#include <vector>

namespace halfwrite::broker {

class WaitList {
 public:
  // Waits for `wake_all` or the time-out; woken early for nothing is allowed.
  sim::Woken wait(sim::Simulation& simulation, const sim::Place& place, sim::Duration timeout) {
    const Entry entry(*this, simulation.current_fiber());
    return simulation.suspend(place, timeout);
  }
  // The same as a rest (Simulation::rest).
  sim::Woken rest(sim::Simulation& simulation, const sim::Place& place,
                  const sim::Simulation::Rest& rest) {
    const Entry entry(*this, simulation.current_fiber());
    return simulation.rest(rest, place);
  }
  // In the order in which they began to wait.
  void wake_all(sim::Simulation& simulation) {
    const std::vector<sim::FiberReference> woken = waiting_;
    for (const sim::FiberReference fiber : woken) simulation.wake(fiber);
  }

 private:
  // Takes the fiber out again, however its wait ends.
  class Entry {
   public:
    Entry(WaitList& list, sim::FiberReference fiber) : list_(list), fiber_(fiber) {
      list_.waiting_.push_back(fiber);
    }
    ~Entry() {
      std::vector<sim::FiberReference>& waiting = list_.waiting_;
      for (std::size_t index = 0; index < waiting.size(); ++index) {
        if (waiting[index].slot != fiber_.slot || waiting[index].generation != fiber_.generation) {
          continue;
        }
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(index));
        return;
      }
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    WaitList& list_;
    sim::FiberReference fiber_;
  };

  std::vector<sim::FiberReference> waiting_;
};

}  // namespace halfwrite::broker
