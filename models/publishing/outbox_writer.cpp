#include "models/publishing/outbox_writer.hpp"

#include "models/database/client.hpp"

#include <utility>

namespace halfwrite::publishing {

OutboxWriter::OutboxWriter(service::Instance& instance,
                           std::shared_ptr<const Statements> statements)
    : DualWrite(instance), statements_(std::move(statements)) {
  HALFWRITE_ASSERT(statements_ != nullptr && statements_->outbox.has_value(),
                   "an outbox was asked for without its statements");
}

Sent OutboxWriter::on_emit(service::OperationRun& run, const service::EmittedEvent& event) {
  const sql::Parameters none;
  const bool has_columns = !instance().settings().outbox.columns.empty();
  sql::Parameters values(has_columns ? run.variables() : none,
                         {{"outbox_event", sql::Value::text(event.type->name)},
                          {"outbox_event_id", sql::Value::text(event.event_id)},
                          {"outbox_key", sql::Value::text(event.key)},
                          {"outbox_payload", sql::Value::text(event.payload)},
                          {"outbox_topic", sql::Value::text(event.topic)}});
  const auto result = run.execute(statements_->outbox->insert, std::move(values), {run.step()});
  if (!result.has_value()) return sim::Unexpected<StepFailure>(result.error());
  return sim::Done{};
}

}  // namespace halfwrite::publishing
