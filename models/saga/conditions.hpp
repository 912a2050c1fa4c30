// The scenario's own expressions over the variables of a saga: the conditions of its steps and
// their arguments. Evaluated without a database and without waiting.
#pragma once

#include "models/saga/definition.hpp"
#include "models/service/instance.hpp"

#include <string>
#include <vector>

namespace halfwrite::saga {

// By position: the steps whose `when` is not true. An error where an expression fails.
sim::Expected<std::vector<bool>, service::StepFailure> skipped_steps(
    const service::Instance& instance, const Definition& definition,
    const sql::Parameters& arguments);

// What the operation of a step gets: each of its inputs, from `with` or from the variable of the
// same name (NULL where there is none), in their order.
sim::Expected<std::vector<std::pair<std::string, sql::Value>>, service::StepFailure> inputs_of(
    const service::Instance& instance, const Step& step, history::StepKind kind,
    const sql::Parameters& arguments);

}  // namespace halfwrite::saga
