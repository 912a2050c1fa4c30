// The clients: named loads of requests to operations. Each load has a node, "client" if there is
// one load, else "client-1", "client-2", ... in their order (group "client"), and each request a
// fiber on it: connect to an instance, send, wait, perhaps again with the same intent. Arguments
// are drawn once per intent by its key. Users are no software: a crash of a client node loses the
// requests under way, and the load goes on with the next when it is back. It never learns more than
// an answer told it.
//
// Points, all of the operation "client": pace (between requests), connect, request, retry.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/history/facts.hpp"
#include "models/service/runtime.hpp"
#include "models/service/settings.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::service {

class Workload {
 public:
  // `services` by name: their numbers of instances say whom a client can ask. All must outlive the
  // run.
  Workload(Runtime& runtime, std::vector<Load> loads,
           std::map<std::string, const Settings*, std::less<>> services);
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // Adds the client nodes and tells the simulation until when the workload lasts. Once.
  void add_nodes();
  // When the last request of all loads is sent.
  sim::Instant last_request() const;

  // The arguments of one request, by keyed draws: the same whenever they are asked for. An error
  // where an expression fails; such a request is answered `fail` without being sent. A value picked
  // from another load is one of the requests that load has planned up to this one's instant (of all
  // its requests, if it has planned none yet).
  sql::Expected<sql::Parameters> arguments_of(std::string_view load, std::uint64_t number) const;

 private:
  struct Answered;
  void run_load(sim::Process& process, std::size_t position);
  void use(sim::Process& process, std::size_t position, std::uint64_t number,
           const std::shared_ptr<std::uint32_t>& attempts) const;
  Answered ask(const Load& load, std::uint64_t number, const sql::Parameters& arguments) const;
  sim::Instant planned(const Load& load, std::uint64_t number) const;
  sql::Expected<sql::Parameters> arguments_of(const Load& load, std::uint64_t number,
                                              int depth) const;
  const Load* find(std::string_view load) const;

  Runtime& runtime_;
  std::vector<Load> loads_;
  std::map<std::string, const Settings*, std::less<>> services_;
  std::vector<std::uint64_t> next_;  // per load: the number of the next request, from 1
};

}  // namespace halfwrite::service
