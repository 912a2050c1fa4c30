#include "models/database/cluster.hpp"

#include "models/database/engine.hpp"
#include "sim/assert.hpp"
#include "sim/network.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::database {

namespace {

// The sync of the standby's disk is a part of the delay from flush to flush, always the same, so
// that the whole stays within its range.
sim::Duration sync_part(const Settings& settings) {
  return std::min(settings.sync_time.least, settings.replication_delay.least);
}

}  // namespace

// Whoever is primary when it is asked.
class Cluster::View final : public sql::ReadView {
 public:
  explicit View(const Cluster& cluster) : cluster_(cluster) {}
  void scan(sql::TableId table, std::vector<sql::StoredRow>& rows) const override {
    cluster_.primary().committed_view().scan(table, rows);
  }
  void find(sql::TableId table, const sql::KeyRange& range,
            std::vector<sql::StoredRow>& rows) const override {
    cluster_.primary().committed_view().find(table, range, rows);
  }
  const sql::Row* row(sql::TableId table, sql::RowId id) const override {
    return cluster_.primary().committed_view().row(table, id);
  }

 private:
  const Cluster& cluster_;
};

std::string standby_name(std::string_view database, std::uint32_t number) {
  return std::string(database) + ".standby_" + std::to_string(number);
}

Cluster::Cluster(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings,
                 sql::Evaluator& evaluator)
    : simulation_(simulation),
      recorder_(recorder),
      settings_(settings),
      name_(simulation.names().of(settings.name)),
      view_(std::make_unique<View>(*this)) {
  for (std::uint32_t number = 0; number <= settings.standbys; ++number) {
    auto own = std::make_unique<Settings>(settings);
    if (number > 0) {
      own->name = standby_name(settings.name, number);
      own->sync_time = sim::DurationRange::exactly(sync_part(settings));
    }
    member_settings_.push_back(std::move(own));
    members_.push_back(
        std::make_unique<Engine>(simulation, recorder, *this, *member_settings_.back(), evaluator));
  }
  primary_ = members_.front().get();
  if (!has_standbys()) return;
  awaited_ = members_[1].get();
  const sim::Duration sync = sync_part(settings);
  const sim::DurationRange way{settings.replication_delay.least - sync,
                               settings.replication_delay.most - sync};
  // Answers, and the log to an old primary that follows, take what the network takes.
  for (const auto& from : member_settings_) {
    for (std::size_t to = 1; to < member_settings_.size(); ++to) {
      if (from == member_settings_[to]) continue;
      simulation.network().set_latency(from->name, member_settings_[to]->name, way);
    }
  }
}

Cluster::~Cluster() = default;

void Cluster::follows(const Engine& standby) {
  if (awaited_ == nullptr) awaited_ = &standby;
}

const Engine* Cluster::candidate() const {
  if (awaited_ != nullptr) return awaited_;
  // What was acknowledged meanwhile is on no standby for certain.
  if (settings_.synchronous_replication) return nullptr;
  for (const auto& member : members_) {
    if (member.get() != primary_ && member->comes_back()) return member.get();
  }
  return nullptr;
}

std::uint64_t Cluster::flushed_by_all() const {
  std::uint64_t position = primary_->log().flushed();
  for (const auto& member : members_) {
    if (!member->comes_back()) continue;
    position = std::min({position, member->log().flushed(), shared_with(member->timeline())});
  }
  return position;
}

std::uint64_t Cluster::shared_with(std::uint64_t timeline) const {
  std::uint64_t position = ~0ull;
  for (std::size_t i = timeline; i < forks_.size(); ++i) position = std::min(position, forks_[i]);
  return position;
}

std::string Cluster::lag() const {
  if (!primary_->comes_back()) return {};
  const std::uint64_t flushed = primary_->log().flushed();
  for (const auto& member : members_) {
    const bool follows = member->in_recovery() && member->comes_back();
    if (!follows || member->progress().applied >= flushed) continue;
    return member->settings().name + " has not caught up with " + primary_->settings().name;
  }
  // It may have everything, and its primary not know of it yet.
  const bool is_asked = awaited_ != nullptr && awaited_->comes_back() &&
                        primary_->slots().wait_for_standby() &&
                        primary_->shipping().flushed_on_standby() < flushed;
  if (!is_asked) return {};
  return "a replication slot of " + primary_->settings().name + " waits for " +
         awaited_->settings().name;
}

void Cluster::note_lag() {
  note_failover();
  std::string lagging = lag();
  if (lagging == lagging_) return;
  lagging_ = std::move(lagging);
  lag_.close();
  if (!lagging_.empty()) lag_ = sim::OpenThing(simulation_.quiescence(), lagging_);
}

void Cluster::note_failover() {
  const bool is_gone = settings_.failover && !primary_->comes_back();
  const Engine* successor = is_gone ? candidate() : nullptr;
  if (successor != nullptr && !successor->comes_back()) successor = nullptr;
  if (successor == successor_) return;
  successor_ = successor;
  failover_.close();
  if (successor == nullptr) return;
  failover_ = sim::OpenThing(
      simulation_.quiescence(),
      successor->settings().name + " has not taken over from " + primary_->settings().name);
}

void Cluster::promote(Engine& standby, bool fenced) {
  HALFWRITE_ASSERT(&standby != primary_ && standby.in_recovery(),
                   "a server was promoted that is no standby");
  Engine& old = *primary_;
  const std::uint64_t position = standby.log().end();
  recorder_.record(history::Promoted{name_, simulation_.names().of(old.settings().name),
                                     simulation_.names().of(standby.settings().name), position,
                                     fenced});
  forks_.push_back(position);
  primary_ = &standby;
  standby.take_over();
  old.give_way(position, fenced);
  awaited_ = nullptr;
  standby.tell_recovered();
  for (const auto& member : members_) {
    if (member->in_recovery()) member->standby().look_for_primary();
  }
  note_lag();
  simulation_.quiescence().durable_change();
  const auto reroute = [this, &standby] {
    if (primary_ == &standby) simulation_.network().redirect(settings_.name, standby.node());
  };
  if (settings_.reroute.is_zero()) {
    reroute();
  } else {
    simulation_.at(simulation_.now() + settings_.reroute, sim::Activity::work, reroute);
  }
  // Last: it may be the process that is running now.
  if (fenced && old.node().is_up()) {
    simulation_.crash(old.node(), false, false, Standby::rewind_time);
  }
}

}  // namespace halfwrite::database
