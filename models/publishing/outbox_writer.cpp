#include "models/publishing/outbox_writer.hpp"

#include "models/database/client.hpp"

namespace halfwrite::publishing {

OutboxWriter::OutboxWriter(service::Instance& instance,
                           std::shared_ptr<const Statements> statements)
    : DualWrite(instance), statements_(std::move(statements)) {
  HALFWRITE_ASSERT(statements_ != nullptr && statements_->outbox.has_value(),
                   "an outbox was asked for without its statements");
}

Sent OutboxWriter::on_emit(service::OperationRun& run, const service::EmittedEvent& event) {
  sql::Parameters values;
  if (!instance().settings().outbox.columns.empty()) values = run.variables();
  constexpr std::size_t more = 5;  // those below
  values.reserve(values.size() + more);
  values["outbox_event_id"] = sql::Value::text(event.event_id);
  values["outbox_topic"] = sql::Value::text(event.topic);
  values["outbox_key"] = sql::Value::text(event.key);
  values["outbox_event"] = sql::Value::text(event.type->name);
  values["outbox_payload"] = sql::Value::text(event.payload);
  const auto result = run.execute(statements_->outbox->insert, values, {run.step()});
  if (!result.has_value()) return sim::Unexpected<StepFailure>(result.error());
  return sim::Done{};
}

}  // namespace halfwrite::publishing
