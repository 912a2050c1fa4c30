// I0 (semantics.md, section H): what was acknowledged survives.
#include "models/invariants/builtins.hpp"
#include "sim/address.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

class NoLostCommit : public LedgerInvariant {
 public:
  explicit NoLostCommit(const Ingredients& ingredients) : LedgerInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> lost;
    bool some_acknowledged = false;
    const std::deque<Transaction>& transactions = ledger().transactions();
    for (std::uint32_t index = 0; index < transactions.size(); ++index) {
      const Transaction& transaction = transactions[index];
      // U1: an unknown outcome acknowledges nothing, whatever became of it.
      if (!transaction.acknowledged()) continue;
      some_acknowledged = true;
      // A commit with nothing to log (a transaction that only read) has nothing to lose.
      const bool gone = transaction.lost.happened() || transaction.aborted.happened();
      if (gone) lost.push_back(lost_commit(index));
    }
    judge_requests(lost);
    return conclude(std::move(lost), some_acknowledged, "no commit was acknowledged");
  }

 private:
  // What became of the transactions of one request.
  struct Fate {
    bool one_survives = false;
    bool one_reported = false;
    std::optional<std::uint32_t> gone;
  };

  // U2: an unknown commit whose client was told ok in the end is acknowledged, too.
  void judge_requests(std::vector<Violation>& lost) const {
    std::vector<Fate> fates(ledger().requests().size());
    for (std::uint32_t index = 0; index < ledger().transactions().size(); ++index) {
      const Transaction& transaction = ledger().transaction(index);
      const std::optional<std::uint32_t> request = ledger().find_request(transaction.intent);
      if (!request) continue;
      Fate& fate = fates[*request];
      fate.one_survives = fate.one_survives || transaction.survives();
      if (!transaction.lost.happened()) continue;
      fate.one_reported = fate.one_reported || transaction.acknowledged();
      if (!fate.gone) fate.gone = index;
    }
    for (std::size_t index = 0; index < fates.size(); ++index) {
      const Request& request = ledger().requests()[index];
      const Fate& fate = fates[index];
      if (request.final_answer != history::Answer::ok) continue;
      if (!fate.gone || fate.one_survives || fate.one_reported) continue;
      Violation violation = lost_commit(*fate.gone);
      violation.sentence = violation.subject + ": the client was told ok, and the commit in " +
                           text(ledger().transaction(*fate.gone).database) + " is gone";
      violation.fact_number = std::max(violation.fact_number, request.final_moment.number);
      violation.at = std::max(violation.at, request.final_moment.at);
      lost.push_back(std::move(violation));
    }
  }

  Violation lost_commit(std::uint32_t index) const {
    const Transaction& transaction = ledger().transaction(index);
    Violation violation = known_by(index);
    violation.intent = transaction.intent;
    violation.allowed_by_config = transaction.lost.happened() && transaction.lost_by_config;
    const Moment fate = transaction.lost.happened() ? transaction.lost : transaction.aborted;
    const Moment& last = fate.number > transaction.answered.number ? fate : transaction.answered;
    violation.at = last.at;
    violation.fact_number = last.number;
    violation.sentence = violation.subject + ": a commit in " + text(transaction.database) +
                         " was acknowledged, and it is gone";
    return violation;
  }

  // By the key of the first event it owed, else by its intent.
  Violation known_by(std::uint32_t index) const {
    Violation violation;
    for (const EventRecord& record : ledger().records()) {
      for (const Emission& emission : record.emissions) {
        if (emission.transaction != index) continue;
        const EventClass& event_class = ledger().classes()[record.event_class];
        violation.subject = event_class.key;
        violation.event_id = record.event_id;
        violation.event = text(event_class.event);
        return violation;
      }
    }
    const Transaction& transaction = ledger().transaction(index);
    violation.subject = transaction.intent.empty() ? text(transaction.operation)
                                                   : sim::to_text(names(), transaction.intent);
    return violation;
  }
};

}  // namespace

Builtin no_lost_commit() {
  return {[](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
            return std::make_unique<NoLostCommit>(ingredients);
          },
          "commit lost",
          {"no_lost_commit",
           "What was acknowledged as committed stays committed.",
           {{{"violated if",
              "a commit was acknowledged to its session and the transaction does not survive; or a "
              "client was told ok and nothing of its request survives"},
             {"evidence", "the log of the database after all crashes and failovers"},
             {"does not see",
              "a commit that had nothing to log; a commit whose outcome nobody was told"},
             {"mend it by",
              "`synchronous_commit`; where the configuration openly allows the loss, the verdict "
              "says allowed_by_config"}}}}};
}

}  // namespace halfwrite::invariants
