// The message relay: polls the outbox for rows that are not marked as published, or with a cursor
// for those behind a position (outbox_cursor.hpp), sends each with its event id as message id and
// the aggregate id as key, and marks it or moves the position. At least once with mark
// after_publish or erase (a crash between publish and mark sends the row again), at most once with
// before_publish. Several relays do not know of each other: they send a row more than once and may
// overtake each other. It never changes what a row says.
#pragma once

#include "models/publishing/loop.hpp"
#include "models/publishing/statements.hpp"
#include "models/publishing/unread_events.hpp"
#include "models/service/instance.hpp"

#include <memory>
#include <string>

namespace halfwrite::publishing {

// Polls on the running fiber until the process dies, or a row's attempts are used up with
// `then: fail`. `loop_name` tells several relays apart: "order.1.relay". Points of "order.relay":
// read, remember (idle), publish, mark; pause, retry.
void run_message_relay(service::Instance& instance, const Statements& statements,
                       Attempts& attempts, UnreadEvents& unread, const std::string& loop_name);

}  // namespace halfwrite::publishing
