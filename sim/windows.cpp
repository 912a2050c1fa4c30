#include "sim/windows.hpp"

#include "sim/kernel.hpp"

#include <algorithm>
#include <string>

namespace halfwrite::sim {

namespace {

OpenWindow* find_window(Kernel& kernel, FiberReference reference, std::uint64_t id) {
  Fiber* const fiber = id == 0 ? nullptr : kernel.find(reference);
  if (fiber == nullptr) return nullptr;
  const auto found = std::find_if(fiber->windows.begin(), fiber->windows.end(),
                                  [id](const OpenWindow& window) { return window.id == id; });
  return found == fiber->windows.end() ? nullptr : &*found;
}

bool is_meant(const std::optional<RequestAt>& wanted, Name step) {
  return wanted && (wanted->step.empty() || wanted->step == step);
}

}  // namespace

WindowGuard::WindowGuard(Simulation& simulation, std::string_view name) : simulation_(simulation) {
  add(name, nullptr);
  open();
}

WindowGuard::WindowGuard(Simulation& simulation, std::string_view name, RequestAt first)
    : simulation_(simulation) {
  add(name, &first);
}

void WindowGuard::add(std::string_view name, const RequestAt* first) {
  if (simulation_.inert()) return;
  Fiber& fiber = Kernel::of(simulation_).running("a window was opened outside a fiber");
  simulation_.windows().declare(name);
  fiber_ = fiber.reference();
  id_ = fiber.windows.empty() ? 1 : fiber.windows.back().id + 1;
  OpenWindow& window = fiber.windows.emplace_back();
  window.id = id_;
  window.name = name;
  window.stage = OpenWindow::Stage::expected;
  if (first != nullptr) window.opens_with = *first;
}

WindowGuard::~WindowGuard() {
  Kernel& kernel = Kernel::of(simulation_);
  if (find_window(kernel, fiber_, id_) == nullptr) return;
  std::erase_if(kernel.find(fiber_)->windows,
                [this](const OpenWindow& window) { return window.id == id_; });
}

void WindowGuard::open() {
  OpenWindow* const window = find_window(Kernel::of(simulation_), fiber_, id_);
  if (window == nullptr || window->stage != OpenWindow::Stage::expected) return;
  window->stage = OpenWindow::Stage::open;
  simulation_.windows().entered(window->name);
}

void WindowGuard::closes_with(RequestAt second) {
  OpenWindow* const window = find_window(Kernel::of(simulation_), fiber_, id_);
  if (window != nullptr) window->closes_with = second;
}

void Kernel::request_arrived(Fiber& fiber, Name step) {
  // A request that was given up arrives on behalf of nobody.
  if (fiber.waits_at.step != step) return;
  for (OpenWindow& window : fiber.windows) {
    if (window.stage == OpenWindow::Stage::open && is_meant(window.closes_with, step)) {
      window.stage = OpenWindow::Stage::closing;
    } else if (window.stage == OpenWindow::Stage::expected && is_meant(window.opens_with, step)) {
      window.stage = OpenWindow::Stage::open;
      simulation.windows_.entered(window.name);
    }
  }
}

void Kernel::request_over(Fiber& fiber) {
  for (OpenWindow& window : fiber.windows) {
    if (window.stage == OpenWindow::Stage::closing) window.stage = OpenWindow::Stage::open;
  }
}

void Kernel::hit_windows(const Fiber& fiber, Hit hit) {
  for (const OpenWindow& window : fiber.windows) {
    const bool closing = window.stage == OpenWindow::Stage::closing;
    if (window.stage == OpenWindow::Stage::open || (closing && hit == Hit::connection)) {
      simulation.windows_.hit(window.name);
    }
  }
}

}  // namespace halfwrite::sim
