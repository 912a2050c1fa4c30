#include "models/publishing/connector.hpp"

#include "models/database/client.hpp"
#include "models/publishing/relay_handler.hpp"
#include "models/publishing/schema.hpp"
#include "sim/synchronization.hpp"

#include <algorithm>

namespace halfwrite::publishing {
namespace {

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
        store_step_(instance.name_of("store")),
        confirm_step_(instance.name_of("confirm")),
        next_flush_(simulation().now() + interval()) {
    if (const auto stored = offsets.stored()) done_ = stored_ = *stored;
  }

  sim::Expected<std::vector<Item>, StepFailure> look() override {
    if (!stream_) {
      if (auto failure = connect()) return sim::Unexpected<StepFailure>(std::move(*failure));
    }
    store_if_due();
    // The status update of the replication protocol: a server that has restarted and knows nothing
    // of this connection resets it, instead of leaving it silent until the keepalive.
    stream_->confirm(stored_);
    auto changes = stream_->receive({receive_step_}, std::min(receive_wait, until_flush()));
    if (!changes.has_value()) {
      stream_->abort();
      stream_.reset();
      return sim::Unexpected<StepFailure>(
          service::failure_of(changes.error(), service::Doing::inside_transaction));
    }
    std::vector<Item> items = items_of(*changes);
    store_if_due();
    return items;
  }

  // Every item up to this one has been sent: the position moves at the end of a commit only, since
  // a commit is the least the slot hands out.
  bool marks_in_order() const override { return true; }
  bool mark(const Item& item) override {
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
    const std::optional<std::uint64_t> from =
        done_ == 0 ? std::nullopt : std::optional<std::uint64_t>(done_);
    const auto open = [&] {
      return database::ReplicationStream::open(simulation(), instance_.settings().database,
                                               instance_.settings().outbox.slot, from,
                                               {outbox_table}, {connect_step_});
    };
    auto stream = open();
    // A slot that is gone is made anew, as Debezium does: it begins with what is committed from now
    // on, and what lies between is skipped.
    if (!stream.has_value() && stream.error().error.sqlstate == "42704") {
      const auto created = database::ReplicationStream::create_slot(
          simulation(), instance_.settings().database, instance_.settings().outbox.slot,
          {connect_step_});
      if (!created) return service::failure_of(created.error(), service::Doing::inside_transaction);
      stream = open();
    }
    if (!stream.has_value())
      return service::failure_of(stream.error(), service::Doing::inside_transaction);
    stream_.emplace(std::move(stream).value());
    return std::nullopt;
  }

  std::vector<Item> items_of(const std::vector<database::Change>& changes) {
    std::vector<Item> items;
    positions_.clear();
    handled_ = 0;
    for (const database::Change& change : changes) {
      batch_end_ = change.position;
      if (change.operation != database::Change::Operation::insert) continue;
      items.push_back(item_of(change));
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
  sim::Name store_step_;
  sim::Name confirm_step_;
  std::optional<database::ReplicationStream> stream_;
  std::vector<std::uint64_t> positions_;  // of the items of the batch
  std::size_t handled_ = 0;               // how many of them were sent
  std::uint64_t batch_end_ = 0;           // position of the last commit of the batch
  std::uint64_t done_ = 0;                // everything up to this commit was sent
  std::uint64_t stored_ = 0;              // and is on the disk
  sim::Instant next_flush_;
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
