#include "models/publishing/connector.hpp"

#include "models/database/client.hpp"
#include "models/publishing/connector_heartbeat.hpp"
#include "models/publishing/connector_snapshot.hpp"
#include "models/publishing/relay_handler.hpp"
#include "models/publishing/schema.hpp"
#include "sim/quiescence.hpp"
#include "sim/synchronization.hpp"

#include <algorithm>

namespace halfwrite::publishing {
namespace {

using service::Confirm;
using service::Snapshot;
using service::UnknownPosition;

constexpr const char* window = "between read and store";
// A producer that does not wait for each record: what one read of the log brought is on its way at
// once.
constexpr std::uint32_t records_at_once = 100;
constexpr sim::Duration receive_wait = sim::Duration::seconds(1);
// Writing and syncing the offsets' file.
constexpr sim::DurationRange store_time{sim::Duration::microseconds(200),
                                        sim::Duration::milliseconds(2)};

class ReplicationLog : public Source {
 public:
  ReplicationLog(service::Instance& instance, const OutboxStatements& statements,
                 ConnectorOffsets& offsets, UnreadEvents& unread)
      : instance_(instance),
        statements_(statements),
        offsets_(offsets),
        unread_(unread),
        connect_step_(instance.name_of("connect")),
        receive_step_(instance.name_of("receive")),
        snapshot_(instance, statements),
        heartbeat_(instance, statements),
        drop_step_(instance.name_of("drop_slot")),
        create_step_(instance.name_of("create_slot")),
        store_step_(instance.name_of("store")),
        confirm_step_(instance.name_of("confirm")),
        next_flush_(simulation().now() + interval()) {
    if (const auto stored = offsets.stored()) done_ = stored_ = *stored;
    if (instance.settings().outbox.snapshot == Snapshot::always) offsets.owe_snapshot();
  }

  sim::Expected<std::vector<Item>, StepFailure> look() override {
    if (!stream_) {
      if (auto failure = connect()) return sim::Unexpected<StepFailure>(std::move(*failure));
    }
    if (offsets_.owes_snapshot()) return read_snapshot();
    heartbeat_.beat_if_due();
    store_if_due();
    // The status update of the replication protocol: a server that has restarted and knows nothing
    // of this connection resets it, instead of leaving it silent until the keepalive.
    stream_->confirm(stored_);
    auto changes = stream_->receive(
        {receive_step_}, std::min({receive_wait, until_flush(), heartbeat_.until_due()}));
    if (!changes.has_value()) {
      stream_->abort();
      stream_.reset();
      return sim::Unexpected<StepFailure>(
          service::failure_of(changes.error(), service::Doing::inside_transaction));
    }
    // What the server sent may be held up, or gone with a connection of which nobody was told yet.
    if (!stream_->is_undisturbed()) sim::look_again(simulation());
    std::vector<Item> items = items_of(*changes);
    if (!changes->empty() && instance_.settings().outbox.confirm == Confirm::received) {
      stream_->confirm(batch_end_);
    }
    store_if_due();
    return items;
  }

  // Every item up to this one has been sent: the position moves at the end of a commit only, since
  // a commit is the least the slot hands out.
  bool marks_in_order() const override { return true; }
  bool is_over() const override { return is_over_; }
  bool mark(const Item& item) override {
    if (unmarked_of_snapshot_ > 0) {
      if (--unmarked_of_snapshot_ == 0) offsets_.snapshot_sent();
      return true;
    }
    ++handled_;
    const bool is_last = handled_ == positions_.size();
    if (is_last) {
      done_ = batch_end_;
    } else if (positions_[handled_] != item.position) {
      done_ = item.position;
    }
    store_if_due();
    return true;
  }

 private:
  sim::Simulation& simulation() const { return instance_.simulation(); }
  sim::Duration interval() const {
    return simulation().truly(instance_.settings().outbox.offset_flush_interval);
  }
  sim::Duration until_flush() const {
    if (done_ == stored_) return receive_wait;
    return std::max(next_flush_ - simulation().now(), sim::Duration::microseconds(1));
  }

  std::optional<StepFailure> connect() {
    auto stream = open();
    if (!stream.has_value() && (is_gone(stream.error()) || is_lost(stream.error()))) {
      if (auto failure = replace_slot(stream.error())) return failure;
      stream = open();
    }
    if (!stream.has_value())
      return service::failure_of(stream.error(), service::Doing::inside_transaction);
    stream_.emplace(std::move(stream).value());
    return std::nullopt;
  }

  sim::Expected<database::ReplicationStream, database::Failure> open() {
    const std::optional<std::uint64_t> from =
        done_ == 0 ? std::nullopt : std::optional<std::uint64_t>(done_);
    const service::Settings& settings = instance_.settings();
    std::vector<std::string> tables{outbox_table};
    if (settings.outbox.heartbeat) tables.emplace_back(heartbeat_table);
    return database::ReplicationStream::open(simulation(), settings.database, settings.outbox.slot,
                                             from, std::move(tables), {connect_step_});
  }

  static bool is_gone(const database::Failure& failure) {
    return failure.error.sqlstate == "42704";
  }
  // A server in recovery refuses with the same code, and is asked again.
  static bool is_lost(const database::Failure& failure) {
    return failure.error.sqlstate == "55000" &&
           failure.error.message.starts_with("cannot read from logical replication slot");
  }

  UnknownPosition answer_to(const database::Failure& failure) const {
    const service::Outbox& outbox = instance_.settings().outbox;
    const bool has_position = is_lost(failure) || offsets_.stored();
    if (has_position && outbox.on_unknown_position) return *outbox.on_unknown_position;
    const bool reads_rows = outbox.snapshot == Snapshot::always ||
                            outbox.snapshot == Snapshot::when_needed ||
                            (outbox.snapshot == Snapshot::initial && !offsets_.stored());
    if (reads_rows) return UnknownPosition::snapshot;
    return is_lost(failure) ? UnknownPosition::fail : UnknownPosition::latest;
  }

  // The new slot begins with what is committed from now on: what lies between is skipped, but for
  // the rows that a snapshot still finds.
  std::optional<StepFailure> replace_slot(const database::Failure& failure) {
    const UnknownPosition answer = answer_to(failure);
    if (answer == UnknownPosition::fail) {
      is_over_ = true;
      return service::failure_of(failure, service::Doing::inside_transaction);
    }
    const service::Settings& settings = instance_.settings();
    if (answer == UnknownPosition::snapshot) offsets_.owe_snapshot();
    if (is_lost(failure)) {
      const auto dropped = database::ReplicationStream::drop_slot(
          simulation(), settings.database, settings.outbox.slot, {drop_step_});
      if (!dropped) return service::failure_of(dropped.error(), service::Doing::inside_transaction);
    }
    const auto created = database::ReplicationStream::create_slot(
        simulation(), settings.database, settings.outbox.slot, {create_step_});
    if (!created) return service::failure_of(created.error(), service::Doing::inside_transaction);
    slot_is_new_ = true;
    return std::nullopt;
  }

  // Nothing is stored while it lasts: a connector that dies meanwhile begins it anew.
  sim::Expected<std::vector<Item>, StepFailure> read_snapshot() {
    auto items = snapshot_.read(slot_is_new_);
    if (!items.has_value()) return items;
    slot_is_new_ = false;
    for (const Item& item : *items) unread_.read(item.record.event_id);
    unmarked_of_snapshot_ = items->size();
    if (items->empty()) offsets_.snapshot_sent();
    return items;
  }

  std::vector<Item> items_of(const std::vector<database::Change>& changes) {
    std::vector<Item> items;
    positions_.clear();
    handled_ = 0;
    for (const database::Change& change : changes) {
      batch_end_ = change.position;
      if (change.operation != database::Change::Operation::insert) continue;
      if (change.table != outbox_table) continue;  // its own heart has beaten
      Item item = item_of(change);
      if (snapshot_.has_read(item.record.event_id)) continue;
      items.push_back(std::move(item));
      unread_.read(items.back().record.event_id);
      positions_.push_back(change.position);
    }
    if (changes.empty()) return items;
    if (!unstored_) unstored_.emplace(simulation(), window);
    // Nothing to send, so the batch is done with.
    if (items.empty()) done_ = batch_end_;
    return items;
  }

  Item item_of(const database::Change& change) const {
    const sql::Row& row = change.row;
    Item item;
    item.position = change.position;
    item.record = record_from(instance_.runtime().events, row[statements_.event_id],
                              row[statements_.event_type], row[statements_.topic],
                              row[statements_.key], row[statements_.payload]);
    return item;
  }

  // The flush tick. The position is on the disk when the wait at "store" is over; the slot hears of
  // it after that.
  void store_if_due() {
    if (done_ == stored_ || simulation().now() < next_flush_) return;
    const std::uint64_t position = done_;
    const sim::Place place{store_step_};
    const sim::Key key = sim::key_of(simulation().draws().key().with("store time"),
                                     simulation().names(), simulation().address(place));
    sim::Completion<sim::Done> stored(simulation());
    instance_.process().after(sim::Draws::between(key, store_time), simulation().scope().activity,
                              [this, position, &stored] {
                                offsets_.store(position);
                                if (handled_ == positions_.size()) unstored_.reset();
                                simulation().quiescence().durable_change();
                                stored.complete({});
                              });
    stored.await(place);
    stored_ = position;
    next_flush_ = simulation().now() + interval();
    if (stream_) {
      stream_->confirm(position);
      simulation().pass({confirm_step_});
    }
  }

  service::Instance& instance_;
  const OutboxStatements& statements_;
  ConnectorOffsets& offsets_;
  UnreadEvents& unread_;
  sim::Name connect_step_;
  sim::Name receive_step_;
  ConnectorSnapshot snapshot_;
  ConnectorHeartbeat heartbeat_;
  sim::Name drop_step_;
  sim::Name create_step_;
  sim::Name store_step_;
  sim::Name confirm_step_;
  std::optional<database::ReplicationStream> stream_;
  std::vector<std::uint64_t> positions_;  // of the items of the batch
  std::size_t handled_ = 0;               // how many of them were sent
  std::uint64_t batch_end_ = 0;           // position of the last commit of the batch
  std::uint64_t done_ = 0;                // everything up to this commit was sent
  std::uint64_t stored_ = 0;              // and is on the disk
  sim::Instant next_flush_;
  bool slot_is_new_ = false;  // made by this life of the connector, and no snapshot was read since
  std::size_t unmarked_of_snapshot_ = 0;
  bool is_over_ = false;
  std::optional<sim::WindowGuard> unstored_;  // something was read and is not stored yet
};

}  // namespace

void run_connector(service::Instance& instance, const Statements& statements, Attempts& attempts,
                   ConnectorOffsets& offsets, UnreadEvents& unread) {
  HALFWRITE_ASSERT(statements.outbox.has_value(),
                   "a connector runs without the outbox's statements");
  instance.simulation().windows().declare(window);
  ReplicationLog log(instance, *statements.outbox, offsets, unread);
  const Policy policy{instance.settings().name + ".relay", MarkOrder::after_handling, "", "", "",
                      instance.settings().outbox.retry};
  RelayHandler handler(instance, policy);
  LoopSettings loop;
  loop.operation = policy.operation;
  loop.name = policy.operation;
  loop.concurrency = records_at_once;
  run_loop(instance.simulation(), loop, attempts, log, handler);
}

}  // namespace halfwrite::publishing
