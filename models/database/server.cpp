#include "models/database/server.hpp"

#include "models/database/cluster.hpp"
#include "models/database/engine.hpp"
#include "sim/assert.hpp"

namespace halfwrite::database {

namespace {

// Content versions of different servers never meet.
constexpr unsigned kPromotionShift = 40;

}  // namespace

Server::Server(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings,
               sql::Evaluator& evaluator)
    : cluster_(std::make_unique<Cluster>(simulation, recorder, settings, evaluator)) {
  for (const auto& member : cluster_->members()) {
    if (!data_error_) data_error_ = member->load_data();
  }
}

Server::~Server() = default;

const std::optional<Server::DataError>& Server::data_error() const {
  return data_error_;
}
const Settings& Server::settings() const {
  return cluster_->settings();
}
const sql::Catalog& Server::catalog() const {
  return cluster_->primary().catalog();
}
const sql::ReadView& Server::committed_view() const {
  return cluster_->committed_view();
}
std::uint64_t Server::version_of(sql::TableId table) const {
  return cluster_->primary().version_of(table) + (cluster_->promotions() << kPromotionShift);
}
void Server::listen(CommitListener& listener) {
  for (const auto& member : cluster_->members()) member->listen(listener);
}

void Server::create_slot(std::string_view name, SlotOptions options) {
  Engine& primary = cluster_->primary();
  const bool created = primary.slots().create(name, primary.log().end(), options);
  HALFWRITE_ASSERT(created, "a replication slot was created twice before the run");
}

void Server::promote(std::string_view standby, bool fenced) {
  Engine* const engine = cluster_->primary().peer(standby);
  HALFWRITE_ASSERT(engine != nullptr && engine->standby().can_be_promoted(),
                   "a server was promoted that is no standby, or is down");
  cluster_->promote(*engine, fenced);
}

std::string_view Server::primary() const {
  return cluster_->primary().settings().name;
}

const sql::ReadView& Server::view_of(std::string_view node) const {
  const Engine* const engine = cluster_->primary().peer(node);
  HALFWRITE_ASSERT(engine != nullptr, "a database has no server of this name");
  return engine->committed_view();
}

std::uint64_t Server::logged_position() const {
  return cluster_->primary().log().end();
}
std::uint64_t Server::flushed_position() const {
  return cluster_->primary().log().flushed();
}

std::optional<std::uint64_t> Server::confirmed_position(std::string_view slot) const {
  const ReplicationSlot* found = cluster_->primary().slots().find(slot);
  if (found == nullptr) return std::nullopt;
  return found->confirmed;
}

}  // namespace halfwrite::database
