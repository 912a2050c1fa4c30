#include "sim/windows.hpp"

#include "sim/kernel.hpp"

#include <string>

namespace halfwrite::sim {

WindowGuard::WindowGuard(Simulation& simulation, std::string_view name)
    : simulation_(simulation), id_(0) {
  if (simulation.inert()) return;
  Fiber& fiber = Kernel::of(simulation).running("a window was opened outside a fiber");
  simulation.windows().declare(name);
  simulation.windows().entered(name);
  id_ = fiber.windows.empty() ? 1 : fiber.windows.back().id + 1;
  fiber.windows.push_back({id_, std::string(name)});
}

WindowGuard::~WindowGuard() {
  Fiber* fiber = Kernel::of(simulation_).current;
  if (id_ == 0 || fiber == nullptr) return;
  std::erase_if(fiber->windows, [this](const OpenWindow& window) { return window.id == id_; });
}

}  // namespace halfwrite::sim
