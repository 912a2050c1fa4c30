// A service on its nodes: `<service>.1`, ... in the group `<service>`, and nodes of their own for
// jobs and relays. It owns what starts in each process and in which order: the instance, jobs with
// at_start, companions (relays, subscriptions: other rooms plug them in), jobs, then the listener
// for requests. Made before the run, survives every crash; nothing in a process does.
#pragma once

#include "models/service/event_publisher.hpp"
#include "models/service/instance.hpp"
#include "models/service/runtime.hpp"
#include "models/service/settings.hpp"
#include "sim/network.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::service {

// What a client sends. The operation is "place", without its service.
class OperationRequest : public sim::Payload {
 public:
  OperationRequest(std::string operation_name, sql::Parameters inputs)
      : operation(std::move(operation_name)), parameters(std::move(inputs)) {}
  std::string_view kind() const override { return "OperationRequest"; }
  std::uint64_t fingerprint() const override;
  std::string operation;
  sql::Parameters parameters;
};
// What it gets back.
class OperationReply : public sim::Payload {
 public:
  explicit OperationReply(Outcome result) : outcome(std::move(result)) {}
  std::string_view kind() const override { return "OperationReply"; }
  std::uint64_t fingerprint() const override;
  Outcome outcome;
};

// Started in a process once its instance is there; it spawns its fibers with Instance::spawn and
// returns without waiting long (what it waits for delays the listener).
using Companion = std::function<void(Instance&)>;

class Deployment {
 public:
  // `settings` must outlive the run. Steps that this room does not run are an assertion here.
  Deployment(Runtime& runtime, const Settings& settings);
  Deployment(const Deployment&) = delete;
  Deployment& operator=(const Deployment&) = delete;

  // All before `add_nodes`.
  void publish_with(PublisherFactory factory) { publisher_ = std::move(factory); }
  // In every process of the service's instances, in the order they were added.
  void add_companion(Companion companion) { companions_.push_back(std::move(companion)); }
  // A node `<service>.<name>` in the group `<service>.<name>`, with an instance of its own that
  // takes no requests. For a job's node the deployment calls this itself.
  void add_own_node(std::string name, Companion main);

  // Adds the nodes to the simulation: the instances first, then the nodes of their own, in the
  // order they were added. Once.
  void add_nodes();

  const Settings& settings() const { return settings_; }
  Runtime& runtime() const { return runtime_; }

 private:
  struct OwnNode {
    std::string name;
    Companion main;
  };
  void start(sim::Process& process, std::uint32_t number) const;
  void start_own(sim::Process& process, const OwnNode& node) const;

  Runtime& runtime_;
  const Settings& settings_;
  PublisherFactory publisher_;
  std::vector<Companion> companions_;
  std::vector<OwnNode> own_nodes_;
  bool added_ = false;
};

}  // namespace halfwrite::service
