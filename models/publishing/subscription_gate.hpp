// A gate behind the subscription of a process: closed when the process starts, opened by what runs
// in it later. While it is closed the member reads and hands nothing on, as in systems that make a
// subscription when it is first needed and leave unread after a restart what came before. Volatile.
#pragma once

#include "models/service/instance.hpp"

#include <string>

namespace halfwrite::publishing {

struct SubscriptionGate {
  bool is_open = false;
};

// Of the member of `group` that reads `topic`. Before the process's subscriptions first run.
void close_gate(service::Instance& instance, const std::string& group, const std::string& topic);
// Once open it stays so for the life of the process; nothing where it was never closed.
void open_gate(service::Instance& instance, const std::string& group, const std::string& topic);
// Null where it was never closed. Lives as long as the instance.
const SubscriptionGate* find_gate(service::Instance& instance, const std::string& group,
                                  const std::string& topic);

}  // namespace halfwrite::publishing
