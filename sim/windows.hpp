// Windows: the dangerous stretches between two steps ("between commit and publish"), declared by
// the model or strategy that owns them, and how often a fault struck inside one. A campaign shows
// these counts as the proof that faults landed where they matter. It only counts; no verdict is
// made here.
#pragma once

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

// Holds a window open on the running fiber. A fault that crashes its process, pauses it, or breaks
// a connection it waits on meanwhile is a hit (once per window and fault).
class [[nodiscard]] WindowGuard {
 public:
  WindowGuard(Simulation& simulation, std::string_view name);
  ~WindowGuard();
  WindowGuard(const WindowGuard&) = delete;
  WindowGuard& operator=(const WindowGuard&) = delete;

 private:
  Simulation& simulation_;
  std::uint64_t id_;
};

}  // namespace halfwrite::sim
