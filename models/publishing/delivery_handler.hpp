// What a subscription does with one delivery: hand it to the operation on a worker of the instance,
// with the payload's fields as variables, and record what came of it. Recognises repeats where the
// subscription has an inbox. It never commits an offset; the loop does.
#pragma once

#include "models/publishing/subscription.hpp"
#include "models/service/payload.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace halfwrite::publishing {

class DeliveryHandler : public Handler {
 public:
  DeliveryHandler(service::Instance& instance, const SubscriptionGroup& group,
                  std::shared_ptr<const Statements> statements);
  ~DeliveryHandler() override;

  const Policy& policy_of(const Item& item) override;
  // A failure is an error or an unknown outcome of the operation, of its inbox, or a payload that
  // cannot be read ("payload"). A business failure is one only where retry.errors names it.
  sim::Expected<sim::Done, StepFailure> handle(const Item& item) override;
  void park(const Item& item, const StepFailure& failure) override;
  // The fault "duplicate" struck at the point "deliver" of this delivery.
  std::optional<sim::Duration> comes_again(const Item& item) override;
  sim::Name provenance_of(const Item& item) override;

 private:
  // One subscription of the group, with how its items are treated.
  struct Reader;
  struct Ending;

  const Reader* reader_of(const Item& item) const;
  void deliver(const Item& item);
  sql::Parameters variables_of(const Item& item, const service::Fields& fields) const;
  Ending run(const Item& item, const Reader& reader);
  Ending run_with_own_inbox(const Item& item, const Reader& reader, const sql::Parameters& inputs);
  Ending answer_for(const std::string& operation, const StepFailure& failure, bool left_effects,
                    const sql::Parameters& inputs);
  Ending run_operation(const Item& item, const Reader& reader, const sql::Parameters& inputs);
  sim::Expected<std::int64_t, StepFailure> ask_inbox(const StatementReference& statement,
                                                     const Item& item, const Reader& reader);

  service::Instance& instance_;
  std::shared_ptr<const Statements> statements_;
  std::vector<Reader> readers_;
  Policy unread_;  // for records nobody names
  sim::Name consumer_;
  std::map<std::string, sim::Duration> again_;  // by event id: handled now, to come once more
};

}  // namespace halfwrite::publishing
