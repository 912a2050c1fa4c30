#include "sim/address.hpp"

#include <fmt/format.h>

namespace halfwrite::sim {

Key key_of(Key root, const Names& names, const Address& address) {
  const Key key =
      root.with(names.hash(address.scope.identity.source))
          .with(address.scope.identity.number)
          .with(names.hash(address.scope.operation))
          .with(names.hash(address.step))
          .with((static_cast<std::uint64_t>(address.scope.attempt) << 32) | address.occurrence);
  const Asker& asker = address.scope.asked_by;
  if (asker.empty()) return key;
  return key.with(names.hash(asker.step)).with(static_cast<std::uint64_t>(asker.occurrence));
}

Key key_of(Key root, const Names& names, const Asker& asker) {
  return root.with(names.hash(asker.actor))
      .with(names.hash(asker.step))
      .with(static_cast<std::uint64_t>(asker.occurrence));
}

std::string to_text(const Names& names, const Identity& identity) {
  if (identity.number == 0) return std::string(names.text(identity.source));
  return fmt::format("{}#{}", names.text(identity.source), identity.number);
}

std::string to_text(const Names& names, const Asker& asker) {
  std::string text = fmt::format("{}/{}", names.text(asker.actor), names.text(asker.step));
  if (asker.occurrence > 1) text += fmt::format("#{}", asker.occurrence);
  return text;
}

std::string to_text(const Names& names, const Address& address) {
  std::string text =
      fmt::format("{}/{}", names.text(address.scope.operation), names.text(address.step));
  if (address.occurrence > 1) text += fmt::format("#{}", address.occurrence);
  if (!address.scope.identity.empty()) text += " of " + to_text(names, address.scope.identity);
  if (address.scope.attempt > 1) text += fmt::format(", attempt {}", address.scope.attempt);
  if (!address.scope.asked_by.empty()) {
    text += ", asked by " + to_text(names, address.scope.asked_by);
  }
  return text;
}

}  // namespace halfwrite::sim
