// The window of an outbox that no process holds: events whose transaction has become visible and
// that no relay has read yet. A crash of the service, its relay or its database meanwhile is a hit:
// it is there that a dual write loses an event. It listens to the facts of a run and counts; no
// process can ask it anything, and it changes nothing.
#pragma once

#include "models/history/recorder.hpp"
#include "models/service/settings.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::publishing {

class UnreadEvents : public history::FactListener {
 public:
  // Declares the window; the caller makes the recorder tell it of facts. Outlives no run.
  UnreadEvents(sim::Simulation& simulation, const service::Settings& settings);
  void on_fact(const history::Fact& fact) override;
  // A relay has the row in its hands. Reading it again changes nothing.
  void read(const std::string& event_id);

  static constexpr const char* window = "between commit and read";

 private:
  void become_visible(history::TransactionToken transaction);
  void strike(const sim::LandedFault& fault);
  bool concerns(std::string_view targets) const;

  sim::Simulation& simulation_;
  sim::Name service_;
  std::string nodes_;  // "order.": the service's own nodes and its relays
  std::string database_;
  std::map<history::TransactionToken, std::vector<std::string>> owed_;  // by transactions under way
  std::set<std::string> unread_;
  // Read before their commit was said to be visible: a slot may hand them out earlier.
  std::set<std::string> read_early_;
};

}  // namespace halfwrite::publishing
