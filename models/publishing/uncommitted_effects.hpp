// The window of a subscription whose client commits by itself: effects that stand while the offset
// behind their delivery does not, many at a time and over many polls, so no guard on a fiber holds
// it. A crash of the instance meanwhile is a hit: what it handled comes again. It listens to the
// facts of a run and counts; no process can ask it anything, and it changes nothing.
#pragma once

#include "models/history/recorder.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::publishing {

class UncommittedEffects : public history::FactListener {
 public:
  // Of one consumer group and topic. Declares the window; the caller makes the recorder tell it of
  // facts. Outlives no run.
  UncommittedEffects(sim::Simulation& simulation, const std::string& group,
                     const std::string& topic);
  void on_fact(const history::Fact& fact) override;

  static constexpr const char* window = "between effect and offset";

 private:
  struct Effect {
    sim::Name instance;
    std::uint32_t partition = 0;
    std::uint64_t offset = 0;
  };
  void deliver(const history::Delivered& delivered);
  void stand(history::TransactionToken transaction);
  void strike(const sim::LandedFault& fault);

  sim::Simulation& simulation_;
  sim::Name group_;
  sim::Name topic_;
  std::map<std::string, Effect> delivered_;  // by event id: the last time
  std::map<history::TransactionToken, Effect> under_way_;
  std::vector<Effect> standing_;  // and not committed
};

}  // namespace halfwrite::publishing
