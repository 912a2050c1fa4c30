#include "sim/fault_state.hpp"
#include "sim/kernel.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::sim {

void FaultState::before_in_orders(const Address& address, std::span<const Alias> aliases) {
  for (std::size_t index = 0; index < orders.size(); ++index) {
    std::optional<std::size_t> reached;
    {
      Order& order = orders[index];
      if (order.voided) continue;
      for (std::size_t point = 0; point < order.points.size(); ++point) {
        const bool here = counts(order.points[point], address, aliases);
        if (here && point >= order.next && !reached) reached = point;
      }
      if (!reached) continue;
    }
    Fiber& fiber = *kernel().current;
    if (*reached != orders[index].next) {
      const Timer patience =
          kernel().call_at(simulation.now() + orders[index].order.patience, Activity::work,
                           fiber.process, [this, index] { give_up(index); });
      held_back.push_back({fiber.reference(), index, *reached, patience});
      kernel().hold(fiber, "held");
      fiber.waits_at = address;
    }
    if (!orders[index].voided) {
      turns.push_back({fiber.reference(), index, *reached, address.step});
    }
  }
}

void FaultState::after_in_orders(const Address& address) {
  const Fiber* fiber = kernel().current;
  if (fiber == nullptr) return;
  for (std::size_t index = 0; index < turns.size();) {
    const Turn turn = turns[index];
    if (turn.fiber.slot != fiber->slot || turn.fiber.generation != fiber->generation ||
        turn.step != address.step) {
      ++index;
      continue;
    }
    turns.erase(turns.begin() + static_cast<std::ptrdiff_t>(index));
    advance(turn.order);
  }
}

// The point whose turn it was is done: whoever waits for the next goes on.
void FaultState::advance(std::size_t index) {
  const std::size_t next = ++orders[index].next;
  for (std::size_t entry = 0; entry < held_back.size(); ++entry) {
    const HeldBack held = held_back[entry];
    if (held.order != index || held.point != next) continue;
    held_back.erase(held_back.begin() + static_cast<std::ptrdiff_t>(entry));
    kernel().cancel(held.patience);
    if (Fiber* fiber = kernel().find(held.fiber)) kernel().release(*fiber);
    return;
  }
}

void FaultState::give_up(std::size_t index) {
  orders[index].voided = true;
  std::erase_if(turns, [index](const Turn& turn) { return turn.order == index; });
  std::vector<HeldBack> freed;
  for (const HeldBack& held : held_back) {
    if (held.order == index) freed.push_back(held);
  }
  std::erase_if(held_back, [index](const HeldBack& held) { return held.order == index; });
  for (const HeldBack& held : freed) {
    kernel().cancel(held.patience);
    if (Fiber* fiber = kernel().find(held.fiber)) kernel().release(*fiber);
  }
}

}  // namespace halfwrite::sim
