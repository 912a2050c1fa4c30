#include "models/publishing/outbox_cursor.hpp"

#include "models/database/client.hpp"
#include "models/publishing/relay_handler.hpp"
#include "sim/quiescence.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::publishing {
namespace {

using service::OnGap;
using service::Read;

// Ids further behind than that are not looked for (Axon, JpaEventStorageEngine's maxGapOffset): a
// sequence that somebody has set far ahead does not fill the table.
constexpr std::uint64_t farthest_gap = 10'000;

sql::Value id_of(std::uint64_t position) {
  return sql::Value::bigint(static_cast<std::int64_t>(position));
}

std::vector<std::uint64_t> ids_behind(std::uint64_t stored, const std::vector<Item>& items) {
  std::vector<std::uint64_t> ids;
  ids.reserve(items.size());
  for (const Item& item : items) {
    if (item.position > stored) ids.push_back(item.position);
  }
  return ids;
}

}  // namespace

OutboxCursor::OutboxCursor(service::Instance& instance, const OutboxStatements& statements,
                           UnreadEvents& unread)
    : instance_(instance),
      statements_(statements),
      unread_(unread),
      read_step_(instance.name_of("read")),
      remember_step_(instance.name_of("remember")),
      mark_step_(instance.name_of("mark")),
      wait_(instance.settings().outbox.gap_timeout) {}

sim::Expected<std::vector<Item>, StepFailure> OutboxCursor::look() {
  const service::Outbox& outbox = instance_.settings().outbox;
  auto result = instance_.execute_alone(statements_.read, {}, {read_step_});
  if (!result.has_value()) return sim::Unexpected<StepFailure>(result.error());
  xids_.clear();
  were_missing_.clear();
  std::uint64_t stored = 0;
  std::vector<Item> items;
  items.reserve(result->rows.size());
  for (const sql::Row& row : result->rows) {
    items.push_back(item_from(instance_.runtime().events, row));
    const sql::Value& cursor = value_of(row, OutboxColumn::cursor);
    if (outbox.read == Read::xid_cursor) {
      xids_.emplace(items.back().position, cursor);
    } else {
      stored = static_cast<std::uint64_t>(cursor.integer());
    }
  }
  if (outbox.read == Read::id_cursor && outbox.on_gap == OnGap::wait) hold_back(items, stored);
  if (outbox.read == Read::id_cursor && outbox.on_gap == OnGap::remember) {
    if (auto failure = remember_gaps(items, stored)) {
      return sim::Unexpected<StepFailure>(std::move(*failure));
    }
  }
  last_ = items.empty() ? 0 : items.back().position;
  for (const Item& item : items) unread_.read(item.record.event_id);
  return items;
}

// Waiting for a time-out is waiting all the same: the run is not quiet before it is over.
void OutboxCursor::hold_back(std::vector<Item>& items, std::uint64_t stored) {
  sim::Simulation& simulation = instance_.simulation();
  const std::size_t ready = wait_.ready(stored, ids_behind(stored, items), simulation.now());
  if (ready == items.size()) return;
  items.resize(ready);
  if (wait_.ends()) sim::look_again(simulation);
}

std::optional<StepFailure> OutboxCursor::remember_gaps(const std::vector<Item>& items,
                                                       std::uint64_t stored) {
  for (const Item& item : items) {
    if (item.position <= stored) were_missing_.insert(item.position);
  }
  const std::vector<Gap> gaps = gaps_between(stored, ids_behind(stored, items));
  for (const Gap& gap : gaps) {
    if (auto failure = remember(gap)) return failure;
  }
  if (gaps.empty() || statements_.forget_old_gaps == nullptr) return std::nullopt;
  return execute(statements_.forget_old_gaps, {}, remember_step_);
}

std::optional<StepFailure> OutboxCursor::remember(const Gap& gap) {
  const std::uint64_t first =
      gap.last - gap.first < farthest_gap ? gap.first : gap.last - (farthest_gap - 1);
  return execute(statements_.remember_gap, {{"first", id_of(first)}, {"last", id_of(gap.last)}},
                 remember_step_);
}

std::optional<StepFailure> OutboxCursor::execute(const StatementReference& statement,
                                                 const sql::Parameters& variables, sim::Name step) {
  const auto result = instance_.execute_alone(statement, variables, {step});
  if (result.has_value()) return std::nullopt;
  return result.error();
}

bool OutboxCursor::mark(const Item& item) {
  if (were_missing_.contains(item.position)) {
    return !execute(statements_.forget_gap, {{"position", id_of(item.position)}}, mark_step_);
  }
  const service::Outbox& outbox = instance_.settings().outbox;
  // Sent together, so the last of them stands for all.
  if (outbox.concurrency > 1 && item.position != last_) return true;
  sql::Parameters position{{"relay", sql::Value::text(instance_.settings().name + ".relay")},
                           {"position", id_of(item.position)}};
  if (outbox.read == Read::xid_cursor) position["xid"] = xids_.at(item.position);
  return !execute(statements_.store_position, position, mark_step_);
}

}  // namespace halfwrite::publishing
