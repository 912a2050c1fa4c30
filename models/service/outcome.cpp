#include "models/service/outcome.hpp"

#include "models/broker/producer.hpp"
#include "models/database/client.hpp"
#include "models/external/client.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace halfwrite::service {

namespace {

bool is_of_class(std::string_view sqlstate, std::string_view sqlstate_class) {
  return sqlstate.substr(0, 2) == sqlstate_class;
}

// Does an error that the server reported leave open whether the transaction committed?
bool leaves_open(std::string_view sqlstate, Doing doing) {
  switch (doing) {
    case Doing::inside_transaction:
      return false;
    case Doing::statement_alone:
      return is_of_class(sqlstate, "08") || is_of_class(sqlstate, "57") ||
             is_of_class(sqlstate, "58") || is_of_class(sqlstate, "XX");
    case Doing::commit:
      return !is_of_class(sqlstate, "40") && !is_of_class(sqlstate, "23") &&
             !is_of_class(sqlstate, "25");
  }
  HALFWRITE_ASSERT(false, "a failure came from a doing that is none");
}

}  // namespace

StepFailure StepFailure::business(std::string failure) {
  std::string message = "business failure " + failure;
  return {Kind::business, std::move(failure), std::move(message)};
}

StepFailure StepFailure::error(std::string name, std::string message) {
  return {Kind::error, std::move(name), std::move(message)};
}

StepFailure StepFailure::timeout(std::string message) {
  return {Kind::error, "timeout", std::move(message)};
}

bool may_pass(const StepFailure& failure) {
  if (failure.kind != StepFailure::Kind::error) return failure.kind == StepFailure::Kind::unknown;
  if (failure.name == "timeout" || failure.name == "broker") return true;
  if (failure.name.size() != 5) return false;
  constexpr std::array<std::string_view, 6> passing{"08", "40", "53", "55", "57", "58"};
  return std::any_of(passing.begin(), passing.end(), [&](std::string_view sqlstate_class) {
    return is_of_class(failure.name, sqlstate_class);
  });
}

StepFailure failure_of(const database::Failure& failure, Doing doing) {
  using Kind = database::Failure::Kind;
  std::string message = database::to_text(failure);
  switch (failure.kind) {
    case Kind::refused: {
      const bool has_code = failure.error.sqlstate.size() == 5;
      return StepFailure::error(has_code ? failure.error.sqlstate : "08001", std::move(message));
    }
    case Kind::error: {
      const bool open = leaves_open(failure.error.sqlstate, doing);
      return {open ? StepFailure::Kind::unknown : StepFailure::Kind::error, failure.error.sqlstate,
              std::move(message)};
    }
    case Kind::unknown: {
      const bool timed_out = failure.broken == sim::Broken::timed_out;
      if (doing == Doing::inside_transaction) {
        return StepFailure::error(timed_out ? "timeout" : "08006", std::move(message));
      }
      return {StepFailure::Kind::unknown, timed_out ? "timeout" : "unknown", std::move(message)};
    }
  }
  HALFWRITE_ASSERT(false, "a database client failed in a way that is none");
}

StepFailure failure_of(const broker::ProduceFailure& failure) {
  if (failure.surely_not_written) return StepFailure::error("broker", failure.reason);
  return {StepFailure::Kind::unknown, "unknown", failure.reason};
}

StepFailure failure_of(const external::Failure& failure) {
  using Kind = external::Failure::Kind;
  switch (failure.kind) {
    case Kind::declined:
      return {StepFailure::Kind::business, failure.name, failure.message};
    case Kind::refused:
      return StepFailure::error(failure.name, failure.message);
    case Kind::unknown:
      return {StepFailure::Kind::unknown, failure.name, failure.message};
  }
  HALFWRITE_ASSERT(false, "a system outside failed in a way that is none");
}

StepFailure failure_of(const sql::SqlError& error) {
  return StepFailure::error(error.sqlstate, error.sqlstate + " " + error.message);
}

history::Answer Outcome::answer() const {
  switch (kind) {
    case Kind::done:
    case Kind::skipped:
      return history::Answer::ok;
    case Kind::business_failure:
      return history::Answer::fail;
    case Kind::error:
      return left_effects ? history::Answer::unknown : history::Answer::fail;
    case Kind::unknown:
      return history::Answer::unknown;
  }
  HALFWRITE_ASSERT(false, "an operation ended in a way that is none");
}

StepFailure Outcome::failure() const {
  HALFWRITE_ASSERT(!succeeded(), "the failure of an operation that succeeded was asked for");
  switch (kind) {
    case Kind::business_failure:
      return {StepFailure::Kind::business, name, message};
    case Kind::error:
      return {StepFailure::Kind::error, name, message};
    default:
      return {StepFailure::Kind::unknown, name, message};
  }
}

}  // namespace halfwrite::service
