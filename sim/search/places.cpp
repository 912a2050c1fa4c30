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
  return key_of_work(names, address)
      .with(names.hash(address.step))
      .with(static_cast<std::uint64_t>(address.occurrence))
      .value();
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
  if (record.kind != TraceKind::wait) return;
  Point point = exact_point(names, record.address);
  // Servers begin to count anew with each message, so that two of their waits may have one address.
  const std::uint64_t pass = ++passes_[to_text(point)];
  if (pass > 1) point.nth = pass;
  if (!listing_ || record.at < from_) return;
  Listed listed;
  listed.address = record.address;
  listed.place.point = std::move(point);
  listed.place.process = names.text(record.address.actor);
  listed.place.at = record.at;
  listed.place.last = true;
  listed.place.asks = asked_ == key_of_wait(names, record.address);
  const std::size_t number = listed_.size();
  const auto [before, is_first] =
      last_of_work_.try_emplace(key_of_work(names, record.address).value(), number);
  if (!is_first) {
    listed_[before->second].place.last = false;
    before->second = number;
  }
  if (std::find(processes_.begin(), processes_.end(), listed.place.process) == processes_.end())
    processes_.push_back(listed.place.process);
  listed_.push_back(std::move(listed));
}

std::vector<Place> PlaceList::take() {
  std::vector<Place> places;
  places.reserve(listed_.size());
  for (Listed& listed : listed_) places.push_back(std::move(listed.place));
  listed_.clear();
  last_of_work_.clear();
  return places;
}

}  // namespace halfwrite::sim::search
