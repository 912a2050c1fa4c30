// A database whose statements are given to its engine directly, by whoever measures them: no
// network, no sessions, virtual time that does not pass.
#pragma once

#include "models/database/cluster.hpp"
#include "models/database/statement_execution.hpp"
#include "models/history/recorder.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::bench {

class StatementWorld {
 public:
  // Ends the process with a sentence when the schema, or a statement below, is refused.
  explicit StatementWorld(const std::vector<std::string>& schema);

  database::StatementReference read(const std::string& text) const;
  // Runs `work` on a fiber of a client.
  void on_fiber(std::function<void()> work);
  // Off every fiber: one transaction, committed before the start.
  void commit(const std::function<void(database::Transaction&)>& work);
  database::Transaction& begin();
  void abort(database::Transaction& transaction) {
    cluster_->primary().abort(transaction, "measured");
  }
  // The number of rows it answered or changed.
  std::int64_t run(database::Transaction& transaction,
                   const database::StatementReference& statement,
                   const sql::Parameters& parameters);

 private:
  sim::Simulation simulation_;
  history::Recorder recorder_;
  database::Settings settings_;
  sql::Evaluator evaluator_;
  std::optional<database::Cluster> cluster_;  // of the primary alone
  std::optional<database::SessionSettings> session_;
  std::optional<database::SessionEnvironment> environment_;
};

}  // namespace halfwrite::bench
