#include "models/external/protocol.hpp"

#include "sim/draw.hpp"

namespace halfwrite::external {

std::uint64_t Request::fingerprint() const {
  sim::Key key = sim::Key(0).with(operation).with(idempotency_key);
  for (const auto& [name, value] : arguments) {
    key = key.with(name).with(static_cast<std::uint64_t>(value.kind())).with(sql::to_text(value));
  }
  return key.value();
}

std::uint64_t Reply::fingerprint() const {
  return sim::Key(0).with(static_cast<std::uint64_t>(result)).with(text).value();
}

}  // namespace halfwrite::external
