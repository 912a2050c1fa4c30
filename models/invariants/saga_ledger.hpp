// The sagas of a run, joined from their facts: which transactions did, undid or confirmed which
// step, what systems outside did for it, what was asked for, learned, decided. It keeps what was
// said and judges nothing; whether a transaction survives is the ledger's to say (ledger.hpp).
#pragma once

#include "models/history/facts.hpp"
#include "models/invariants/moment.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace halfwrite::invariants {

// A transaction, or none: what was only in a process's memory.
struct InTransaction {
  Name database;
  TransactionToken token;
  bool in_memory() const { return token.value == 0; }
};

// A step was worked on inside a transaction.
struct StepWork {
  history::StepKind kind = history::StepKind::action;
  InTransaction where;
  bool empty = false;  // a compensation that found nothing to compensate, recorded as such
  Moment moment;
};
// A system outside did something for a step. It cannot be lost.
struct StepOutside {
  history::StepKind kind = history::StepKind::action;
  Name system;
  Name operation;
  bool irreversible = false;
  Moment moment;
};
struct StepAsked {
  history::StepKind kind = history::StepKind::action;
  std::uint32_t attempt = 1;
  Name service;
  InTransaction where;
  Moment moment;
};
struct StepLearned {
  history::StepKind kind = history::StepKind::action;
  history::StepOutcome outcome = history::StepOutcome::applied;
  std::string reason;
  Moment moment;
};

struct SagaStepRecord {
  Name step;
  std::vector<StepWork> works;
  std::vector<StepOutside> outside;
  std::vector<StepAsked> asked;
  std::vector<StepLearned> learned;
};

struct SagaStart {
  InTransaction where;
  Moment moment;
};
struct SagaDecision {
  bool commit = true;
  InTransaction where;
  std::string reason;
  Moment moment;
};
struct SagaEnding {
  history::SagaEnd state = history::SagaEnd::completed;
  InTransaction where;
  std::string reason;
  Moment moment;
};

struct SagaRecord {
  Identity saga;
  Name type;
  std::string arguments;
  std::vector<SagaStart> starts;
  std::vector<SagaStepRecord> steps;  // in order of first mention
  std::vector<SagaDecision> decisions;
  std::vector<SagaEnding> endings;
};

class SagaLedger {
 public:
  void fold(const history::SagaStarted& fact, Moment moment);
  void fold(const history::SagaStepAsked& fact, Moment moment);
  void fold(const history::SagaStepApplied& fact, Moment moment);
  void fold(const history::SagaStepEnded& fact, Moment moment);
  void fold(const history::SagaDecided& fact, Moment moment);
  void fold(const history::SagaEnded& fact, Moment moment);
  void fold(const history::ExternalEffect& fact, Moment moment);

  // In order of first mention.
  const std::vector<SagaRecord>& sagas() const { return sagas_; }

 private:
  SagaRecord& saga(const Identity& identity, Name type);
  SagaStepRecord& step(const history::SagaStep& step);

  std::vector<SagaRecord> sagas_;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> by_hash_;  // looked up only
};

}  // namespace halfwrite::invariants
