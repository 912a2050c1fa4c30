// The facts of one saga as its coordinator records them: that it began, and what a transition
// taught and decided. Inside a transaction they count if and only if it survives; without one they
// are in a process's memory only.
#pragma once

#include "models/saga/transition.hpp"
#include "models/service/instance.hpp"

namespace halfwrite::saga {

struct SagaFacts {
  const service::Instance& instance;
  const Definition& definition;
  history::Identity saga;
  sim::Name database = {};
  history::TransactionToken transaction = {};

  history::SagaStep step(std::size_t position, StepKind kind, std::uint32_t attempt) const;
  // The saga's own variables are told of the arguments.
  void record_started(const sql::Parameters& arguments) const;
  void record(const Transition& transition) const;
};

}  // namespace halfwrite::saga
