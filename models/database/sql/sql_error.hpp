// An error as PostgreSQL reports it, and the value-or-error type the room returns. Wrong SQL, wrong
// data and refused constructs are values of this kind; nothing throws out of this room.
#pragma once

#include "sim/assert.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halfwrite::sql {

struct SqlError {
  std::string sqlstate;  // five characters; 0A000 also marks what this house refuses although
                         // PostgreSQL can do it
  std::string message;   // PostgreSQL's wording where PostgreSQL has one
  std::string detail;
  std::string hint;          // what to write instead
  int position = 0;          // character in the user's statement, from 1; 0 when there is none
  std::string unknown_name;  // the bad table, column, function or variable; empty otherwise
  std::vector<std::string> candidates;  // names that exist where `unknown_name` was looked for
};

// Either a value or a SqlError. Asking for the one that is not there is our own mistake and ends
// the process.
template <typename T>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Expected(SqlError error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    HALFWRITE_ASSERT(has_value(), "the value of an SQL result that is an error was asked for");
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    HALFWRITE_ASSERT(has_value(), "the value of an SQL result that is an error was asked for");
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(value()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const SqlError& error() const {
    HALFWRITE_ASSERT(!has_value(), "the error of an SQL result that is a value was asked for");
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, SqlError> state_;
};

// For what has no value, such as a check that passed.
struct Done {};

}  // namespace halfwrite::sql
