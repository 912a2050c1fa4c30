#include "models/publishing/message_relay.hpp"

#include "models/database/client.hpp"
#include "models/publishing/outbox_cursor.hpp"
#include "models/publishing/relay_handler.hpp"
#include "models/publishing/schema.hpp"

#include <algorithm>

namespace halfwrite::publishing {
namespace {

using service::Mark;

// Reads what is not marked, and marks it.
class MarkedRows : public Source {
 public:
  MarkedRows(service::Instance& instance, const OutboxStatements& statements, UnreadEvents& unread)
      : instance_(instance),
        statements_(statements),
        unread_(unread),
        mark_(instance.settings().outbox.mark == Mark::erase ? statements.erase : statements.mark),
        read_step_(instance.name_of("read")),
        mark_step_(instance.name_of("mark")) {}

  sim::Expected<std::vector<Item>, StepFailure> look() override {
    auto result = instance_.execute_alone(statements_.read, {}, {read_step_});
    if (!result.has_value()) return sim::Unexpected<StepFailure>(result.error());
    std::vector<Item> items;
    for (const sql::Row& row : result->rows) {
      items.push_back(item_from(instance_.runtime().events, row));
      unread_.read(items.back().record.event_id);
    }
    return items;
  }

  bool mark(const Item& item) override {
    const sql::Parameters row{
        {"position", sql::Value::bigint(static_cast<std::int64_t>(item.position))}};
    return instance_.execute_alone(mark_, row, {mark_step_}).has_value();
  }

 private:
  service::Instance& instance_;
  const OutboxStatements& statements_;
  UnreadEvents& unread_;
  const StatementReference mark_;
  sim::Name read_step_;
  sim::Name mark_step_;
};

Policy policy_of(const service::Settings& settings) {
  const bool marks_first = settings.outbox.mark == Mark::before_publish;
  return {settings.name + ".relay",
          marks_first ? MarkOrder::before_handling : MarkOrder::after_handling,
          marks_first ? "between mark and publish" : "between publish and mark",
          "publish",
          "mark",
          settings.outbox.retry,
          keeps_position(settings.outbox)};
}

}  // namespace

void run_message_relay(service::Instance& instance, const Statements& statements,
                       Attempts& attempts, UnreadEvents& unread, const std::string& loop_name) {
  HALFWRITE_ASSERT(statements.outbox.has_value(), "a relay runs without the outbox's statements");
  const service::Outbox& outbox = instance.settings().outbox;
  std::unique_ptr<Source> source;
  if (keeps_position(outbox)) {
    source = std::make_unique<OutboxCursor>(instance, *statements.outbox, unread);
  } else {
    source = std::make_unique<MarkedRows>(instance, *statements.outbox, unread);
  }
  const Policy policy = policy_of(instance.settings());
  instance.simulation().windows().declare(policy.window);
  RelayHandler handler(instance, policy);
  LoopSettings loop;
  loop.operation = policy.operation;
  loop.name = loop_name;
  loop.batch = outbox.batch;
  loop.concurrency = outbox.concurrency;
  loop.every = outbox.every;
  // A poll that failed is tried again at the next turn, as a scheduled job would.
  loop.after_trouble = std::max(outbox.every, sim::Duration::milliseconds(1));
  run_loop(instance.simulation(), loop, attempts, *source, handler);
}

}  // namespace halfwrite::publishing
