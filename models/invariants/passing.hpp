// When the work had surely gone past an event: whoever takes events in turn and was seen with a
// later one was through with this one, so that what struck afterwards did not break it. Read from
// the facts of a run that was kept. It bounds a search for a cause and names none.
#pragma once

#include "models/history/facts.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::invariants {

class Passing {
 public:
  // Numbers of facts; this one: it was never seen to pass.
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  // Of an event that was committed with fact `committed` and not published: the first publication
  // of one that the same database committed later, but not before the request was answered: two
  // requests at work at once may overtake each other.
  static Passing by_publication(const std::vector<history::Fact>& facts,
                                const std::vector<std::string>& event_ids,
                                const history::Identity& intent, std::uint64_t committed);
  // Of an event that a consumer was not handed, or that had no effect there: the first record that
  // it was handed from further on in the partition, but not before it was last through with this
  // one. `consumer` is empty: anyone.
  static Passing by_delivery(const std::vector<history::Fact>& facts,
                             const std::vector<std::string>& event_ids, std::string_view consumer,
                             const sim::Names& names);

  // The fact with which this process passed; of one that never did, the first with which any did.
  std::uint64_t of(history::Name actor) const;
  std::uint64_t of_anyone() const;

 private:
  void pass(history::Name actor, std::uint64_t number);

  std::vector<std::pair<history::Name, std::uint64_t>> first_;  // few: one per process
  std::uint64_t first_of_all_ = never;
  std::uint64_t not_before_ = 0;
};

}  // namespace halfwrite::invariants
