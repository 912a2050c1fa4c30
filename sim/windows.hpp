// Windows: the dangerous stretches between two steps ("between commit and publish"), declared by
// the model or strategy that owns them, and how often a fault struck inside one. A campaign shows
// these counts as the proof that faults landed where they matter. It only counts; no verdict is
// made here.
#pragma once

#include "sim/fiber_reference.hpp"
#include "sim/name.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace halfwrite::sim {

class Simulation;

class Windows {
 public:
  // A window exists in this run even if nothing ever strikes it.
  void declare(std::string_view name) { hits_.try_emplace(std::string(name), 0); }
  void entered(std::string_view name) { ++entries_[std::string(name)]; }
  void hit(std::string_view name) { ++hits_[std::string(name)]; }
  const std::map<std::string, std::uint64_t>& hits() const { return hits_; }
  const std::map<std::string, std::uint64_t>& entries() const { return entries_; }

 private:
  std::map<std::string, std::uint64_t> hits_;
  std::map<std::string, std::uint64_t> entries_;
};

// A request of the fiber that holds a window: the next one it makes at this step, or its next one
// of all.
struct RequestAt {
  Name step;  // empty: any
  static constexpr RequestAt any() { return {}; }
};

// Holds a window open on the running fiber, from the instant the first step takes effect to the
// instant the second one does. Where the two are requests, these are the instants they arrive at
// their servers: from there on they are carried out whether the asking process lives or not, and
// until then they die with it. A fault that crashes or pauses the process between the two is a hit
// (once per window and fault). So is one that breaks the connection the fiber waits on, from the
// first arrival to the answer of the second: a request whose answer does not come may not have been
// carried out.
class [[nodiscard]] WindowGuard {
 public:
  // Open from here on.
  WindowGuard(Simulation& simulation, std::string_view name);
  // Opens when that request arrives at its server, or by `open`.
  WindowGuard(Simulation& simulation, std::string_view name, RequestAt first);
  // Ends it, on a fiber or on the kernel's stack.
  ~WindowGuard();
  WindowGuard(const WindowGuard&) = delete;
  WindowGuard& operator=(const WindowGuard&) = delete;

  // Opens it if it is not open yet: the first step took effect without a request of this fiber.
  void open();
  // The second step comes now. When its request is over and the guard is still there, the step
  // did not succeed, and the window is as open as before.
  void closes_with(RequestAt second);

 private:
  void add(std::string_view name, const RequestAt* first);
  Simulation& simulation_;
  FiberReference fiber_;
  std::uint64_t id_ = 0;
};

}  // namespace halfwrite::sim
