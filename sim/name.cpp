#include "sim/name.hpp"

#include "sim/assert.hpp"
#include "sim/draw.hpp"

namespace halfwrite::sim {

Names::Names() : places_(256) {
  texts_.emplace_back();
  hashes_.push_back(Key::hash_text({}));
}

Name Names::of(std::string_view text) {
  if (text.empty()) return Name();
  const std::uint64_t hash = Key::hash_text(text);
  const std::size_t mask = places_.size() - 1;
  for (std::size_t place = hash & mask; places_[place] != 0; place = (place + 1) & mask) {
    const std::uint32_t index = places_[place];
    if (hashes_[index] == hash && texts_[index] == text) return Name(index);
  }
  const auto index = static_cast<std::uint32_t>(texts_.size());
  texts_.emplace_back(text);
  hashes_.push_back(hash);
  if (texts_.size() * 2 > places_.size()) {
    places_.assign(places_.size() * 2, 0);
    for (std::uint32_t known = 1; known < index; ++known) enter(known);
  }
  enter(index);
  return Name(index);
}

void Names::enter(std::uint32_t index) {
  const std::size_t mask = places_.size() - 1;
  std::size_t place = hashes_[index] & mask;
  while (places_[place] != 0) place = (place + 1) & mask;
  places_[place] = index;
}

std::string_view Names::text(Name name) const {
  HALFWRITE_ASSERT(name.index() < texts_.size(), "a name was used in a simulation it is not from");
  return texts_[name.index()];
}

}  // namespace halfwrite::sim
