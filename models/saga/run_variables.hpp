// The variables of a running operation, as the parts of a saga ask for them. It sets none.
#pragma once

#include "models/saga/definition.hpp"
#include "models/service/operation_run.hpp"

#include <string>
#include <string_view>

namespace halfwrite::saga {

// NULL where it is not there.
sql::Value value_of(service::OperationRun& run, std::string_view name);
// Empty where it is not there, or NULL.
std::string text_of(service::OperationRun& run, std::string_view name);
// The saga's variables that are there.
sql::Parameters arguments_of(service::OperationRun& run, const Definition& definition);

}  // namespace halfwrite::saga
