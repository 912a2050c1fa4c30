// database_first: commit, then publish. A crash between the two loses the event, and so does a
// broker that stays away longer than the producer and the retry in memory have patience: the
// operation then ends in an error although its data is there. It never publishes what was not
// committed.
#pragma once

#include "models/publishing/dual_write.hpp"

namespace halfwrite::publishing {

class DatabaseFirst : public DualWrite {
 public:
  static constexpr std::string_view window = "between commit and publish";

  explicit DatabaseFirst(service::Instance& instance);
  // Opens the window with the COMMIT that comes now, whose effect the service cannot see.
  Sent before_commit(service::OperationRun& run) override;
  // In the order of emission, at the point "publish"; the first failure ends it.
  Sent after_commit(service::OperationRun& run) override;
};

}  // namespace halfwrite::publishing
