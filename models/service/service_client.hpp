// Asks a service for one of its operations, from whichever process the running fiber belongs to:
// one connection, one request, one answer or none. For clients, and for systems outside that call
// back. It tells what was answered, never what became of it, and tries nothing twice.
#pragma once

#include "models/service/outcome.hpp"
#include "models/service/settings.hpp"
#include "sim/draw.hpp"
#include "sim/expected.hpp"
#include "sim/network.hpp"
#include "sim/simulation.hpp"

#include <string_view>
#include <vector>

namespace halfwrite::service {

// "order.place": its service and its operation.
struct OperationName {
  std::string_view service;
  std::string_view operation;
};
OperationName split(std::string_view full_name);

struct Unanswered {
  bool sent = false;  // false: surely nothing happened
  sim::Broken broken = sim::Broken::refused;
};

// What one request needs to be made.
struct ServiceRequest {
  const Settings* service = nullptr;
  std::string_view operation;  // without its service
  const sql::Parameters* parameters = nullptr;
  sim::Key instance{0};    // draws which of the service's instances is asked
  sim::Name connect_step;  // of the wait for a connection
  sim::Name request_step;
  sim::Duration timeout;  // in all
};
sim::Expected<Outcome, Unanswered> ask(sim::Simulation& simulation, const ServiceRequest& request);

// A system outside brings a result to "payment.charged", at the steps "connect" and "callback" of
// the running scope. True once somebody answered who will not want it again: the operation was done
// or refused by a business failure. What ended in an error is brought again (webhooks: any answer
// but success).
bool call_back(sim::Simulation& simulation, const std::vector<Settings>& services,
               std::string_view run, const sql::Parameters& arguments);

}  // namespace halfwrite::service
