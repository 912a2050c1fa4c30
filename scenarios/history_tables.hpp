// The ground truth as tables: schema `history` of the author's SQL, filled from the fact stream as
// it comes. A row is what is known at that instant; fates are filled in when they are. It reads
// facts only and costs nothing when no invariant asks.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/history/recorder.hpp"
#include "scenarios/history_rows.hpp"
#include "scenarios/history_sagas.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

class HistoryTables : public history::FactListener {
 public:
  HistoryTables(std::shared_ptr<const sql::Catalog> catalog, const sim::Names& names);

  void on_fact(const history::Fact& fact) override;

  // Valid as long as this.
  const sql::ReadView& view() const { return rows_; }

 private:
  sql::Value text(sim::Name name) const;

  void record_request(const history::Fact& fact, const history::RequestInvoked& content);
  void record_answer(const history::Fact& fact, const history::RequestAnswered& content);
  void record_commit(const history::Fact& fact, const history::CommitLogged& content);
  void settle(history::TransactionToken transaction, bool survives);
  void record_emitted(const history::Emitted& content);
  void record_published(const history::Fact& fact, const history::Published& content);
  void record_publish_lost(const history::PublishLost& content);
  void record_delivered(const history::Fact& fact, const history::Delivered& content);
  void record_applied(const history::Fact& fact, const history::Applied& content);
  void record_parked(const history::Fact& fact, const history::Parked& content);
  void record_external(const history::Fact& fact, const history::ExternalEffect& content);
  void record_job(const history::Fact& fact, const history::JobRan& content);
  void record_fault(const history::Fact& fact, const history::FaultStruck& content);

  HistoryRows rows_;
  const sim::Names& names_;
  HistorySagas sagas_;
  struct PublishedColumns {
    std::size_t topic;
    std::size_t partition;
    std::size_t offset;
  } published_;
  std::map<std::string, std::size_t> request_rows_;   // by intent
  std::map<std::uint64_t, std::size_t> commit_rows_;  // by transaction token
  std::map<std::uint64_t, std::size_t> request_of_;  // its row, by token of who changed rows for it
  std::map<std::size_t, std::set<std::uint64_t>> surviving_;  // of those, by row of the request
  std::map<std::uint64_t, std::vector<std::size_t>> applied_rows_;  // by transaction token
  std::map<std::string, std::uint64_t> emitted_per_key_;
};

}  // namespace halfwrite::scenarios
