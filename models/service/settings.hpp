// What a scenario says about services, their subscriptions and jobs, and the clients that use them.
// Values only. How events reach the broker is `publishing`'s affair; here stands only the word and
// its settings.
#pragma once

#include "models/broker/settings.hpp"
#include "models/service/program.hpp"
#include "sim/draw.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::service {

// Before or after the commit of the operation, or by the polls of the client itself ("auto").
enum class Acknowledge : std::uint8_t { before, after, automatic };
enum class Deduplicate : std::uint8_t { none, inbox };
enum class InboxWhen : std::uint8_t { with_effect, before_effect, after_effect };
enum class WhenWaiting : std::uint8_t { hold_all, hold_key, pass };

struct Subscription {
  std::string name;  // the operation it runs, unless `run` says another
  std::string run;
  std::string event;
  std::string topic;
  Acknowledge acknowledge = Acknowledge::after;
  Deduplicate deduplicate = Deduplicate::none;
  InboxWhen inbox_when = InboxWhen::with_effect;
  Retry retry;  // 10 attempts, multiplier 2, then dead_letter, where the scenario says nothing
  WhenWaiting when_waiting = WhenWaiting::hold_all;
  broker::ConsumerSettings consumer;
  // Operations that answer for the handler when it fails by business rule or by an error, each in a
  // transaction of its own, with `:error`, and with `:left_effects` where something of the
  // handler's doing may stand all the same; the delivery is then done with. Empty: a refusal is
  // final without an answer, an error is retried.
  std::string on_refusal = {};
  std::string on_error = {};
  std::uint32_t concurrency = 1;  // deliveries of a poll handled at once, never two of one key
};

struct Job {
  std::string name;
  std::string run;
  std::optional<sim::DurationRange> every;
  std::string listen = {};  // NOTIFY channel of the service's database; empty: none
  bool at_start = false;
  bool own_node = false;  // a process <service>.<job> that crashes alone
};

// Settings of the dual writes.
struct Direct {
  std::optional<Retry> retry;  // in memory: it dies with the process
  bool await = true;
};

enum class Relay : std::uint8_t { none, polling, cdc };
enum class Mark : std::uint8_t { after_publish, before_publish, erase };
// How a polling relay knows what it has not sent: by the mark of each row, or by a position that it
// keeps, a row's id or its transaction id and id.
enum class Read : std::uint8_t { unpublished, id_cursor, xid_cursor };
// What a hole in the ids is to a cursor on them: nothing, a row that it waits for, or one that it
// looks for later.
enum class OnGap : std::uint8_t { skip, wait, remember };
enum class OrderBy : std::uint8_t { id, created_at, xid };

// Which rows of the outbox a connector reads before it follows the log (Debezium, snapshot.mode).
enum class Snapshot : std::uint8_t { initial, no_data, always, when_needed };
// What a connector does when its slot is lost or gone.
enum class UnknownPosition : std::uint8_t { fail, latest, snapshot };
// Up to which of its positions a connector tells the slot.
enum class Confirm : std::uint8_t { stored, received };

struct Outbox {
  Relay relay = Relay::polling;
  std::vector<std::pair<std::string, std::string>>
      columns;            // further columns and the SQL expressions that fill them
  bool own_node = false;  // process <service>.relay
  std::uint32_t instances = 1;
  sim::Duration every = sim::Duration::seconds(1);
  std::uint32_t batch = 100;
  std::uint32_t concurrency = 1;  // polling: rows sent at once
  Read read = Read::unpublished;
  OrderBy order_by = OrderBy::id;            // of unpublished rows
  OnGap on_gap = OnGap::skip;                // with id_cursor
  std::optional<sim::Duration> gap_timeout;  // nothing: for ever
  Mark mark = Mark::after_publish;
  bool await = true;
  Retry retry;  // unlimited where the scenario says nothing
  std::string slot = "outbox";
  sim::Duration offset_flush_interval = sim::Duration::seconds(1);
  Snapshot snapshot = Snapshot::initial;
  std::optional<UnknownPosition> on_unknown_position;  // nothing: of its kind, see connector.hpp
  Confirm confirm = Confirm::stored;
  std::optional<sim::Duration> heartbeat;  // cdc; nothing: none
};

struct Settings {
  std::string name;
  std::string database;  // empty: none
  std::string broker;
  std::uint32_t instances = 1;
  sim::Duration starts;
  Publishing publishing = Publishing::none;
  std::optional<Publishing> further_publishing;  // of operations that say so
  bool further_inbox = false;  // subscriptions with an inbox are added to those below
  Direct direct;
  Outbox outbox;
  broker::ProducerSettings producer;
  std::uint32_t workers = 16;
  sim::DurationRange cpu = sim::DurationRange::exactly(sim::Duration::microseconds(100));
  std::uint32_t pool = 20;
  sim::Clock clock;
  std::map<std::string, Operation> operations;
  std::vector<Subscription> subscriptions;
  std::vector<Job> jobs;
};

// A named load: requests to one operation.
struct Load {
  std::string name;
  std::string run;    // "order.place", or a saga
  std::string entry;  // the operation that is asked for, where `run` is none
  NamedValues arguments;
  sim::Duration at;
  std::uint64_t count = 1;
  std::optional<sim::Duration> interval;  // from the rate; empty: all at once
  sim::Duration timeout = sim::Duration::seconds(10);
  std::optional<Retry> retry;
  std::uint32_t copies = 1;
  // Only these of its requests are made, ascending; the others keep their numbers, instants and
  // draws. Empty: all.
  std::optional<std::vector<std::uint64_t>> only;

  // Is this request made?
  bool makes(std::uint64_t number) const {
    return number >= 1 && number <= count &&
           (!only || std::binary_search(only->begin(), only->end(), number));
  }
  // The number of the last request that is made; 0: none is.
  std::uint64_t last_made() const {
    if (!only) return count;
    return only->empty() ? 0 : std::min(only->back(), count);
  }
};

}  // namespace halfwrite::service
