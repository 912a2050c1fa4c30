#include "models/database/sql/evaluator.hpp"

#include <boost/container/small_vector.hpp>

#include <utility>

namespace halfwrite::sql {

namespace {

using Sorted = boost::container::small_vector<const NamedValue*, 16>;
using Entries = Parameters::sequence_type;

// By name; of equal ones the first.
Sorted sorted(std::span<const NamedValue> values) {
  Sorted sorted;
  const NameOrder before;
  for (const NamedValue& value : values) {
    if (sorted.empty() || before(sorted.back()->name, value.name)) {
      sorted.push_back(&value);
      continue;
    }
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), value,
                                     [&](const NamedValue* known, const auto& added) {
                                       return before(known->name, added.name);
                                     });
    if (at == sorted.end() || (*at)->name != value.name) sorted.insert(at, &value);
  }
  return sorted;
}

void adopt(Parameters& parameters, Entries&& entries) {
  parameters.adopt_sequence(boost::container::ordered_unique_range, std::move(entries));
}

bool has_exactly(const Parameters& values, const std::vector<std::string>& names) {
  return std::equal(values.begin(), values.end(), names.begin(), names.end(),
                    [](const auto& value, const std::string& name) { return value.first == name; });
}

}  // namespace

Parameters::Parameters() = default;

Parameters::Parameters(std::initializer_list<NamedValue> values)
    : Parameters(std::span(values.begin(), values.size())) {}

Parameters::Parameters(std::span<const NamedValue> values) {
  Entries entries;
  entries.reserve(values.size());
  for (const NamedValue* value : sorted(values)) entries.emplace_back(value->name, value->value);
  adopt(*this, std::move(entries));
}

Parameters::Parameters(const Parameters& values, std::initializer_list<NamedValue> others,
                       std::size_t more) {
  Entries entries;
  entries.reserve(values.size() + others.size() + more);
  const NameOrder before;
  auto value = values.begin();
  for (const NamedValue* other : sorted({others.begin(), others.size()})) {
    for (; value != values.end() && before(value->first, other->name); ++value)
      entries.push_back(*value);
    if (value != values.end() && value->first == other->name) ++value;
    entries.emplace_back(other->name, other->value);
  }
  for (; value != values.end(); ++value) entries.push_back(*value);
  adopt(*this, std::move(entries));
}

Parameters named_by(const Statement& statement, const Parameters& values, Missing missing) {
  Entries entries;
  entries.reserve(statement.sorted_parameters.size());
  auto value = values.begin();
  for (const std::string& name : statement.sorted_parameters) {
    value = std::lower_bound(value, values.end(), name,
                             [](const auto& known, const std::string& sought) {
                               return NameOrder()(known.first, sought);
                             });
    if (value != values.end() && value->first == name)
      entries.push_back(*value);
    else if (missing == Missing::null)
      entries.emplace_back(name, Value());
  }
  Parameters named;
  adopt(named, std::move(entries));
  return named;
}

Parameters named_by(const Statement& statement, Parameters&& values, Missing missing) {
  if (has_exactly(values, statement.sorted_parameters)) return std::move(values);
  return named_by(statement, std::as_const(values), missing);
}

}  // namespace halfwrite::sql
