#include "sim/name.hpp"

#include "sim/assert.hpp"
#include "sim/draw.hpp"

namespace halfwrite::sim {

Names::Names() {
  texts_.emplace_back();
  hashes_.push_back(Key::hash_text({}));
}

Name Names::of(std::string_view text) {
  if (text.empty()) return Name();
  const auto found = by_text_.find(text);
  if (found != by_text_.end()) return Name(found->second);
  const auto index = static_cast<std::uint32_t>(texts_.size());
  texts_.emplace_back(text);
  hashes_.push_back(Key::hash_text(text));
  by_text_.emplace(texts_.back(), index);
  return Name(index);
}

std::string_view Names::text(Name name) const {
  HALFWRITE_ASSERT(name.index() < texts_.size(), "a name was used in a simulation it is not from");
  return texts_[name.index()];
}

}  // namespace halfwrite::sim
