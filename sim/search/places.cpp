#include "sim/search/places.hpp"

#include "sim/exact_point.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::sim::search {

namespace {

Key key_of_work(const Names& names, const Address& address) {
  const Scope& scope = address.scope;
  return Key(0)
      .with(names.hash(address.actor))
      .with(names.hash(scope.operation))
      .with(names.hash(scope.identity.source))
      .with(scope.identity.number)
      .with(static_cast<std::uint64_t>(scope.attempt));
}

std::uint64_t key_of_wait(const Names& names, const Address& address) {
  const Key key = key_of_work(names, address)
                      .with(names.hash(address.step))
                      .with(static_cast<std::uint64_t>(address.occurrence));
  return key_of(key, names, address.scope.asked_by).value();
}

}  // namespace

void PlaceList::on_record(const TraceRecord& record, const Names& names) {
  if (record.kind == TraceKind::sent) {
    ++messages_;
    // An answer travels under the address of its request, but from another process.
    // Its own wait begins after it has left.
    asked_ = key_of_wait(names, record.address);
    return;
  }
  if (record.kind != TraceKind::wait || !listing_) return;
  Place place;
  place.point = exact_point(names, record.address);
  place.process = names.text(record.address.actor);
  place.last = true;
  place.asks = asked_ == key_of_wait(names, record.address);
  const std::size_t number = listed_.size();
  const auto [before, is_first] =
      last_of_work_.try_emplace(key_of_work(names, record.address).value(), number);
  if (!is_first) {
    listed_[before->second].last = false;
    before->second = number;
  }
  if (std::find(processes_.begin(), processes_.end(), place.process) == processes_.end())
    processes_.push_back(place.process);
  listed_.push_back(std::move(place));
}

std::vector<Place> PlaceList::take() {
  last_of_work_.clear();
  return std::exchange(listed_, {});
}

}  // namespace halfwrite::sim::search
