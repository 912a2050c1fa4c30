// Which variables the steps of an operation use and do not set: its inputs. A pure function of the
// program.
#pragma once

#include "models/external/settings.hpp"
#include "models/service/program.hpp"

#include <set>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

struct VariableFlow {
  std::vector<std::string> inputs;  // in order of first use
  std::set<std::string> set;        // by any of its steps
};

// Steps in order; what one branch sets counts as set behind it. Variables that are always there
// (:now, :instance, :request, :row_count, and :error within on_error) are no inputs. A question to
// a system outside uses what that decides by.
VariableFlow flow_of(const service::Steps& steps, const service::EventTypes& events,
                     const std::vector<external::Settings>& externals);

// The variables an emit needs: those of its key and payload, else of its event's.
std::vector<std::string> variables_of(const service::EmitStep& emit,
                                      const service::EventTypes& events);

// :event_id, :event, :version, :key, :attempt, :redelivered, :partition, :offset, :polled_offset:
// what a subscription gives the operation it runs beside the payload.
const std::vector<std::string>& delivery_variables();

}  // namespace halfwrite::scenarios
