#include "models/database/sql/evaluator.hpp"

namespace halfwrite::sql {

Parameters::Parameters() = default;
Parameters::Parameters(std::initializer_list<value_type> values) : flat_map(values) {}

}  // namespace halfwrite::sql
