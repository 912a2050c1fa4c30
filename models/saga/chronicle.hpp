// The end of choreographed sagas, which no participant can know: when the last step is done, or the
// last compensation of a saga that was refused, the ground truth says so. It listens to the facts
// of a run; no process can ask it anything.
#pragma once

#include "models/history/recorder.hpp"
#include "models/saga/definition.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace halfwrite::saga {

class Chronicle : public history::FactListener {
 public:
  // Of one choreographed saga of the scenario. Outlives no run.
  Chronicle(history::Recorder& recorder, std::shared_ptr<const Definition> definition);
  void on_fact(const history::Fact& fact) override;

 private:
  struct Story {
    std::set<std::size_t> done;
    std::set<std::size_t> outside;  // something was done for it by a system outside
    std::set<std::size_t> undone;
    bool refused = false;
    bool ended = false;
  };
  // What a transaction brings about if it survives.
  struct Brings {
    history::Identity saga;
    std::size_t step = 0;
    enum class What : std::uint8_t { action, compensation, refusal } what = What::action;
  };
  using Key = std::pair<std::uint32_t, std::uint64_t>;  // source and number of a saga

  void expect(history::TransactionToken transaction, Brings brings);
  void became_visible(history::TransactionToken transaction, sim::Name database);
  void end_if_over(const history::Identity& saga, history::TransactionToken transaction,
                   sim::Name database);
  std::size_t position(sim::Name step) const;

  history::Recorder& recorder_;
  std::shared_ptr<const Definition> definition_;
  sim::Name type_;
  std::map<Key, Story> stories_;
  std::map<history::TransactionToken, std::vector<Brings>> pending_;
};

}  // namespace halfwrite::saga
