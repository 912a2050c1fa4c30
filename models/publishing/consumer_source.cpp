#include "models/publishing/consumer_source.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

namespace halfwrite::publishing {
namespace {

constexpr sim::Duration poll_wait = sim::Duration::seconds(1);

}  // namespace

ConsumerSource::ConsumerSource(service::Instance& instance, broker::Consumer& consumer,
                               Commits commits, const SubscriptionGate* gate)
    : instance_(instance),
      consumer_(consumer),
      commits_(commits),
      gate_(gate),
      poll_step_(instance.name_of("poll")),
      acknowledge_step_(instance.name_of("acknowledge")) {
  if (commits == Commits::by_client) consumer.commit_automatically_at(acknowledge_step_);
}

sim::Expected<std::vector<Item>, StepFailure> ConsumerSource::look() {
  std::vector<broker::Delivery> deliveries =
      consumer_.poll({poll_step_}, instance_.simulation().truly(poll_wait));
  if (gate_ != nullptr) hold_or_add_held(deliveries);
  std::vector<Item> items;
  items.reserve(deliveries.size());
  unmarked_.clear();
  for (broker::Delivery& delivery : deliveries) {
    Item item;
    item.record = std::move(delivery.record);
    item.partition = delivery.partition;
    item.position = delivery.offset;
    unmarked_.push_back({item.record.topic, item.partition, item.position});
    items.push_back(std::move(item));
  }
  assignment_ = consumer_.assignment_number();
  return items;
}

// What was held before a rebalance is read again by the member that it went to.
void ConsumerSource::hold_or_add_held(std::vector<broker::Delivery>& deliveries) {
  if (consumer_.assignment_number() != assignment_) held_.clear();
  held_.insert(held_.end(), std::make_move_iterator(deliveries.begin()),
               std::make_move_iterator(deliveries.end()));
  deliveries.clear();
  if (gate_->is_open) deliveries.swap(held_);
}

bool ConsumerSource::holds(const Item&) {
  return consumer_.assignment_number() == assignment_;
}

bool ConsumerSource::mark(const Item& item) {
  if (commits_ == Commits::by_client) return true;
  if (commits_ == Commits::by_batch && !unmarked_.empty()) {
    // The offset of a later one of the partition covers it.
    const auto is_later = [&](const Place& place) {
      return place.topic == item.record.topic && place.partition == item.partition &&
             place.position > item.position;
    };
    if (std::any_of(unmarked_.begin(), unmarked_.end(), is_later)) {
      unmarked_.take_front();
      return true;
    }
  }
  const std::array<sim::Alias, 1> aliases{
      {{instance_.name_of(item.record.event_type), instance_.name_of("acknowledged")}}};
  const auto committed = consumer_.commit(item.record.topic, item.partition, item.position + 1,
                                          {acknowledge_step_, aliases});
  if (!committed.has_value()) {
    read_again();
    return false;
  }
  if (!unmarked_.empty()) unmarked_.take_front();
  return true;
}

// Positions have moved past the whole batch, so what is dropped would not come again by itself.
void ConsumerSource::read_again() {
  std::set<std::pair<std::string, std::uint32_t>> seen;
  for (const Place& place : unmarked_) {
    if (!seen.emplace(place.topic, place.partition).second) continue;
    consumer_.seek(place.topic, place.partition, place.position);
  }
  unmarked_.clear();
}

}  // namespace halfwrite::publishing
