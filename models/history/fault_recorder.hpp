// Faults that strike become facts. It owns nothing and adds nothing to them.
#pragma once

#include "models/history/recorder.hpp"
#include "sim/fault_injection.hpp"

namespace halfwrite::history {

class FaultRecorder final : public sim::FaultListener {
 public:
  // Must outlive it.
  explicit FaultRecorder(Recorder& recorder) : recorder_(recorder) {}
  void on_fault(const sim::LandedFault& landed) override { recorder_.record(FaultStruck{landed}); }

 private:
  Recorder& recorder_;
};

}  // namespace halfwrite::history
