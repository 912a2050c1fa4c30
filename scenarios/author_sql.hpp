// The author's own invariants: SQL whose rows are violations, or whose one number must stay the
// same or must not fall below zero, over all databases of the scenario as they stand committed at
// one instant, and over the ground truth in schema `history`. `at_end` is asked once, after
// settling; `always` each time a commit that touched a table it reads has become visible. It reads
// committed rows only and changes nothing.
#pragma once

#include "models/database/server.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/invariants/invariant.hpp"
#include "scenarios/scenario.hpp"
#include "sim/explanation.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::scenarios {

class AuthorSqlInvariant {
 public:
  // `views` has one entry per database in the order of the scenario, and the history last. All
  // outlive it.
  AuthorSqlInvariant(const AuthorSql& author, sim::Simulation& simulation,
                     sql::Evaluator& evaluator, std::vector<const sql::ReadView*> views);
  ~AuthorSqlInvariant();

  bool is_always() const { return author_.when == AuthorSql::When::always; }
  // Does it read one of these tables of this database?
  bool reads(std::size_t database, std::span<const sql::TableId> tables) const;
  // Asks now; rows that were not there the time before are new violations.
  void evaluate();
  invariants::Verdict judge(sim::Instant at_end);
  // How often it was evaluated.
  std::uint64_t evaluations() const { return evaluations_; }

 private:
  bool all_tables_empty() const;
  // What is wrong with a row: whom it names first, whom besides, and the sentence.
  struct Complaint {
    std::string subject;
    std::string sentence;
    std::vector<std::string> others = {};
  };
  std::vector<Complaint> complaints_of(const sql::Rows& rows);
  std::vector<Complaint> complaints_of_number(const sql::Rows& rows);
  void add_violation(const Complaint& complaint);

  const AuthorSql& author_;
  sim::Simulation& simulation_;
  sql::Evaluator& evaluator_;
  std::vector<const sql::ReadView*> views_;
  std::vector<std::string> seen_;  // the sentences of the last evaluation
  std::optional<std::string> number_before_the_run_;
  std::vector<invariants::Violation> violations_;
  std::uint64_t evaluations_ = 0;
  bool had_rows_to_read_ = false;
};

// The built-ins that an author gives the SQL for: money_is_conserved, no_oversell.
std::vector<sim::Explanation> sql_builtin_explanations();

}  // namespace halfwrite::scenarios
