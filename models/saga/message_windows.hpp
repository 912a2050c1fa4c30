// The windows of a saga's messages: stretches in which one half of a pair is there and the other is
// not: a state and the command that follows from it, an effect and the answer or event that tells
// of it, a decision to go back and the first compensation asked for. Which half comes first is up
// to how a service publishes, and the window is the same. A crash of the service, its relay or its
// database meanwhile is a hit. It listens to the facts of a run and counts; no process can ask it
// anything.
#pragma once

#include "models/history/recorder.hpp"
#include "models/saga/definition.hpp"
#include "sim/explanation.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::saga {

const std::vector<sim::Explanation>& windows();
const std::vector<sim::Explanation>& coordination_explanations();

class MessageWindows : public history::FactListener {
 public:
  // `databases` by service. Declares the windows this way to coordinate has. Outlives no run.
  MessageWindows(history::Recorder& recorder, std::shared_ptr<const Definition> definition,
                 std::map<std::string, std::string> databases);
  void on_fact(const history::Fact& fact) override;

 private:
  struct Half {
    const char* window = nullptr;
    std::string service;
    bool committed = false;
    bool published = false;
    bool is_open() const { return committed != published; }
  };
  struct Told {
    const char* window;
    std::string service;
  };

  void add(const std::string& event, const char* window, const std::string& service);
  void owe(const history::Emitted& emitted);
  void commit(history::TransactionToken transaction, bool survives);
  void change(const std::string& event_id, bool Half::*half);
  void strike(const sim::LandedFault& fault);
  bool concerns(std::string_view targets, const std::string& service) const;

  history::Recorder& recorder_;
  std::shared_ptr<const Definition> definition_;
  std::map<std::string, std::string> databases_;
  std::map<std::string, Told> told_;    // by event type
  std::map<std::string, Half> halves_;  // by event id, until both are there
  std::map<history::TransactionToken, std::vector<std::string>> owed_;
};

}  // namespace halfwrite::saga
