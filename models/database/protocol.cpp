#include "models/database/protocol.hpp"

namespace halfwrite::database::protocol {

namespace {

// The content by texts and numbers; the seed separates it from the kernel's draws.
sim::Key start() {
  return sim::Key(0x6461746162617365ull);
}

sim::Key add(sim::Key key, const sql::Value& value) {
  key = key.with(static_cast<std::uint64_t>(value.kind()));
  if (value.is_integer()) return key.with(static_cast<std::uint64_t>(value.integer()));
  return value.is_text() ? key.with(value.characters()) : key;
}

sim::Key add(sim::Key key, const sql::Row& row) {
  for (const sql::Value& value : row) key = add(key, value);
  return key.with(row.size());
}

sim::Key add(sim::Key key, const Notification& notification) {
  return key.with(notification.channel).with(notification.payload);
}

}  // namespace

std::uint64_t Startup::fingerprint() const {
  sim::Key key = start().with(slot).with(from.value_or(0));
  for (const std::string& table : tables) key = key.with(table);
  if (slot_command == SlotCommand::create) key = key.with("creates");
  if (slot_command == SlotCommand::drop) key = key.with("drops");
  if (standby) key = key.with(standby->written).with(standby->flushed).with(standby->applied);
  return key.value();
}

std::string_view Request::kind() const {
  switch (what) {
    case Kind::begin:
      return "Begin";
    case Kind::execute:
    case Kind::execute_alone:
      return "Execute";
    case Kind::commit:
      return "Commit";
    case Kind::rollback:
      return "Rollback";
  }
  return "Request";
}

std::uint64_t Request::fingerprint() const {
  sim::Key key = start().with(static_cast<std::uint64_t>(what));
  if (statement) key = key.with(statement->text);
  for (const auto& [name, value] : parameters) key = add(key.with(name), value);
  return key.value();
}

std::uint64_t Reply::fingerprint() const {
  if (error) return start().with(error->sqlstate).with(error->message).value();
  sim::Key key = start().with(result.tag);
  for (const sql::Row& row : result.rows) key = add(key, row);
  if (!result.warning.empty()) key = key.with(result.warning);
  for (const Notification& notification : notifications) key = add(key, notification);
  return key.value();
}

std::uint64_t Notified::fingerprint() const {
  return add(start(), notification).value();
}

std::uint64_t Changes::fingerprint() const {
  sim::Key key = start();
  for (const Change& change : changes) {
    key = add(key.with(change.position).with(static_cast<std::uint64_t>(change.operation)),
              change.row)
              .with(change.table);
  }
  return key.value();
}

std::uint64_t Confirm::fingerprint() const {
  return start().with(position).value();
}

std::uint64_t LogRecords::fingerprint() const {
  sim::Key key = start().with(behind).with(records.size());
  for (const SlotPosition& slot : slots) key = key.with(slot.name).with(slot.confirmed);
  return key.value();
}

std::uint64_t LogProgress::fingerprint() const {
  return start().with(progress.written).with(progress.flushed).with(progress.applied).value();
}

}  // namespace halfwrite::database::protocol
