#include "models/service/connection_pool.hpp"

#include "models/database/client.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::service {

ConnectionPool::ConnectionPool(sim::Simulation& simulation, history::Recorder& recorder,
                               std::string database, std::uint32_t size)
    : simulation_(simulation),
      recorder_(recorder),
      database_(std::move(database)),
      permits_(simulation, size) {}

ConnectionPool::~ConnectionPool() = default;

sim::Expected<ConnectionPool::Lease, StepFailure> ConnectionPool::acquire(sim::Duration timeout) {
  const sim::Instant deadline = simulation_.now() + timeout;
  const sim::Place waiting{simulation_.names().of("pool")};
  if (!permits_.acquire(waiting, timeout)) {
    return sim::Unexpected(StepFailure::timeout("no connection of the pool became free in time"));
  }
  while (!idle_.empty()) {
    std::unique_ptr<database::Session> session = std::move(idle_.back());
    idle_.pop_back();
    // Another server may have taken over: who is free follows, who is at work finishes first.
    if (session->is_usable() && session->is_current()) return Lease(this, std::move(session));
    session->close();
  }
  const sim::Place connecting{simulation_.names().of("connect")};
  const sim::Duration left = std::min(deadline - simulation_.now(), sim::Duration::seconds(10));
  auto opened = database::Session::open(simulation_, recorder_, database_, connecting, left);
  if (!opened) {
    permits_.release();
    return sim::Unexpected(failure_of(opened.error(), Doing::inside_transaction));
  }
  return Lease(this, std::make_unique<database::Session>(std::move(*opened)));
}

ConnectionPool::Lease::Lease(ConnectionPool* pool, std::unique_ptr<database::Session> session)
    : pool_(pool), session_(std::move(session)) {}

ConnectionPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), session_(std::move(other.session_)) {}

ConnectionPool::Lease& ConnectionPool::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    give_back();
    pool_ = std::exchange(other.pool_, nullptr);
    session_ = std::move(other.session_);
  }
  return *this;
}

ConnectionPool::Lease::~Lease() {
  give_back();
}

void ConnectionPool::Lease::discard() {
  if (session_ == nullptr) return;
  session_->abort();
  session_.reset();
  pool_->permits_.release();
  pool_ = nullptr;
}

void ConnectionPool::Lease::give_back() {
  if (session_ == nullptr) return;
  if (!session_->is_usable() || session_->in_transaction()) {
    discard();
    return;
  }
  pool_->idle_.push_back(std::move(session_));
  pool_->permits_.release();
  pool_ = nullptr;
}

}  // namespace halfwrite::service
