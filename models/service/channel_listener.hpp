// A session of a process's own that listens to a NOTIFY channel of its service's database: wakes a
// job when a transaction that notified has become visible. It connects again when its session is
// gone; what was told meanwhile is lost, as in PostgreSQL. It never looks into what it is told.
// Points, under the scope of who waits: connect, listen. Volatile.
#pragma once

#include "models/service/instance.hpp"

#include <memory>
#include <string>

namespace halfwrite::database {
class Session;
}

namespace halfwrite::service {

class ChannelListener {
 public:
  // The instance's service has a database.
  ChannelListener(Instance& instance, std::string channel);
  ~ChannelListener();

  // Waits until it is told something, at most so long. True: it was, once or several times.
  bool await(sim::Duration longest);

 private:
  bool is_listening();

  Instance& instance_;
  std::string channel_;
  std::unique_ptr<database::Session> session_;
};

}  // namespace halfwrite::service
