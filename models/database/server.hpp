// One PostgreSQL-like database: a server on a node of its own, and its standbys on theirs, with
// multi-version rows, row locks, transactions, a write-ahead log and logical replication slots. It
// records the true fate of every transaction. It is made before the run, survives crashes of its
// nodes (log and checkpointed slots are on their disks, the rest is rebuilt by recovery), and never
// asks which pattern its clients follow. Clients connect to the database's name, which stands for
// the primary, or to a standby by its node's.
#pragma once

#include "models/database/settings.hpp"
#include "models/database/sql/catalog.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/history/recorder.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::database {

class Cluster;

// Told when a commit has become visible: from now on every new snapshot sees it. Called on the
// server's fiber; must not wait.
class CommitListener {
 public:
  virtual ~CommitListener() = default;
  // `tables` were changed, each once, ascending. Also called with position 0 after a recovery that
  // dropped visible commits.
  virtual void on_visible(std::uint64_t position, std::span<const sql::TableId> tables) = 0;
};

class Server {
 public:
  // Adds the nodes (the name and group of the first are settings.name) and runs settings.data.
  // `settings` and `evaluator` must outlive it; the evaluator may serve any number of servers of
  // this thread.
  Server(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings,
         sql::Evaluator& evaluator);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // A statement of settings.data that failed: its position in the list, and why. Later ones were
  // not run.
  struct DataError {
    std::size_t statement = 0;
    sql::SqlError error;
  };
  const std::optional<DataError>& data_error() const;

  const Settings& settings() const;
  const sql::Catalog& catalog() const;

  // All committed and visible rows of the primary as of now, outside any transaction; also while
  // the server is down (what was visible at the crash, until recovery drops some of it).
  const sql::ReadView& committed_view() const;
  // Changes whenever the committed, visible content of the table does.
  std::uint64_t version_of(sql::TableId table) const;
  void listen(CommitListener& listener);

  // A logical replication slot that exists before the run; it starts behind settings.data.
  void create_slot(std::string_view name, SlotOptions options = {});
  // Makes a standby the primary, as an operator does. Must be a standby that is up.
  void promote(std::string_view standby, bool fenced);
  // The node that is primary now.
  std::string_view primary() const;
  // The committed rows that reads of this member see.
  const sql::ReadView& view_of(std::string_view node) const;
  // The last commit in the primary's log, and the last one that is flushed.
  std::uint64_t logged_position() const;
  std::uint64_t flushed_position() const;
  // Nothing when there is no such slot.
  std::optional<std::uint64_t> confirmed_position(std::string_view slot) const;

 private:
  std::unique_ptr<Cluster> cluster_;
  std::optional<DataError> data_error_;
};

}  // namespace halfwrite::database
