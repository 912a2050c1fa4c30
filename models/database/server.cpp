#include "models/database/server.hpp"

#include "models/database/engine.hpp"
#include "sim/assert.hpp"

namespace halfwrite::database {

Server::Server(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings,
               sql::Evaluator& evaluator)
    : engine_(std::make_unique<Engine>(simulation, recorder, settings, evaluator)),
      data_error_(engine_->load_data()) {}

Server::~Server() = default;

const std::optional<Server::DataError>& Server::data_error() const {
  return data_error_;
}
const Settings& Server::settings() const {
  return engine_->settings();
}
const sql::Catalog& Server::catalog() const {
  return engine_->catalog();
}
const sql::ReadView& Server::committed_view() const {
  return engine_->committed_view();
}
std::uint64_t Server::version_of(sql::TableId table) const {
  return engine_->version_of(table);
}
void Server::listen(CommitListener& listener) {
  engine_->listen(listener);
}

void Server::create_slot(std::string_view name) {
  const bool created = engine_->slots().create(name, engine_->log().end());
  HALFWRITE_ASSERT(created, "a replication slot was created twice before the run");
}

std::uint64_t Server::logged_position() const {
  return engine_->log().end();
}
std::uint64_t Server::flushed_position() const {
  return engine_->log().flushed();
}

std::optional<std::uint64_t> Server::confirmed_position(std::string_view slot) const {
  const ReplicationSlot* found = engine_->slots().find(slot);
  if (found == nullptr) return std::nullopt;
  return found->confirmed;
}

}  // namespace halfwrite::database
