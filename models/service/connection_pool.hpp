// The pool of database sessions of one process: at most `size`, opened when needed, given out in
// the order they were asked for. Who finds none waits at the point "pool"; a new session is opened
// at the point "connect". Broken sessions are dropped, and a session given back with a transaction
// open is broken off (the server then rolls it back). Volatile.
#pragma once

#include "models/history/recorder.hpp"
#include "models/service/outcome.hpp"
#include "sim/expected.hpp"
#include "sim/synchronization.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace halfwrite::database {
class Session;
}

namespace halfwrite::service {

class ConnectionPool {
 public:
  // A session on loan; gives it back when it goes.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();
    explicit operator bool() const { return session_ != nullptr; }
    database::Session& operator*() const { return *session_; }
    database::Session* operator->() const { return session_.get(); }
    // The session must not be used again: a transaction may be open on it.
    void discard();
    void give_back();

   private:
    friend class ConnectionPool;
    Lease(ConnectionPool* pool, std::unique_ptr<database::Session> session);
    ConnectionPool* pool_ = nullptr;
    std::unique_ptr<database::Session> session_;
  };

  ConnectionPool(sim::Simulation& simulation, history::Recorder& recorder, std::string database,
                 std::uint32_t size);
  ~ConnectionPool();

  // Waits for a session at most `timeout`. Failures: "timeout" in the pool, 08001 when the database
  // cannot be reached.
  sim::Expected<Lease, StepFailure> acquire(sim::Duration timeout = sim::Duration::for_ever());
  std::size_t waiting() const { return permits_.waiting(); }
  const std::string& database() const { return database_; }

 private:
  sim::Simulation& simulation_;
  history::Recorder& recorder_;
  std::string database_;
  sim::Semaphore permits_;
  std::vector<std::unique_ptr<database::Session>> idle_;  // the last given back is taken first
};

}  // namespace halfwrite::service
