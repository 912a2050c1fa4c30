// The servers of one database: a primary and its standbys, each an engine on a node of its own, and
// which of them leads the timeline that counts. It is the ground truth of a failover: who was
// promoted with which part of the log, and what the old primary had committed behind it. It owns
// the engines; it moves no log and no client itself (log_shipping.hpp, standby.hpp do), and no
// server learns more from it than its own configuration, its peers' addresses and the history of
// timelines would tell.
#pragma once

#include "models/database/settings.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/history/recorder.hpp"
#include "sim/quiescence.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace halfwrite::database {

class Engine;

class Cluster {
 public:
  // Adds the nodes: the primary under settings.name, then its standbys.
  Cluster(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings,
          sql::Evaluator& evaluator);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  const Settings& settings() const { return settings_; }
  sim::Name name() const { return name_; }
  // In order: the first primary, standby_1, ...
  const std::vector<std::unique_ptr<Engine>>& members() const { return members_; }
  // Who leads the timeline that counts.
  Engine& primary() const { return *primary_; }
  bool has_standbys() const { return members_.size() > 1; }
  // The committed rows of whoever is primary.
  const sql::ReadView& committed_view() const { return *view_; }
  std::uint64_t promotions() const { return forks_.size(); }

  // Whom commits (if replication is synchronous) and slots that wait for a standby wait for: the
  // first standby; after a promotion nobody, until a standby has caught up with the new primary.
  const Engine* awaited_standby() const { return awaited_; }
  void follows(const Engine& standby);
  // Who is promoted by itself: whom commits wait for, and with asynchronous replication else the
  // first standby.
  const Engine* candidate() const;

  // Every member that may ever come back has flushed the log up to here: nobody needs an earlier
  // record again, nor returns to an earlier state.
  std::uint64_t flushed_by_all() const;
  // The last position that a member on this timeline shares with the present one.
  std::uint64_t shared_with(std::uint64_t timeline) const;

  // A run has not come to rest while a standby that will is behind the primary: who reads there may
  // find more; nor while slots wait for one that will tell the primary how far it is; nor while a
  // manager is about to promote, for the primary is gone for ever. To be asked whenever that may
  // have changed.
  void note_lag();
  // The standby leads from now on, with all of the log that it has. With `fenced` the old primary
  // is stopped, and comes back as a standby. What only the old primary had is lost; facts say so.
  void promote(Engine& standby, bool fenced);

 private:
  class View;
  std::string lag() const;
  void note_failover();

  sim::Simulation& simulation_;
  history::Recorder& recorder_;
  const Settings& settings_;
  sim::Name name_;
  std::vector<std::unique_ptr<Settings>> member_settings_;
  std::vector<std::unique_ptr<Engine>> members_;
  Engine* primary_ = nullptr;
  const Engine* awaited_ = nullptr;
  std::unique_ptr<sql::ReadView> view_;
  std::string lagging_;  // what the open thing says
  sim::OpenThing lag_;
  const Engine* successor_ = nullptr;  // whom the open thing is about
  sim::OpenThing failover_;
  std::vector<std::uint64_t> forks_;  // where each timeline after the first left the one before
};

}  // namespace halfwrite::database
