// Expected<T, E>: a value or the reason there is none. The house's way to return what a user or a
// simulated system can do wrong (C++20 has no std::expected). It owns what it holds; reading the
// side that is not there is an assertion.
#pragma once

#include "sim/assert.hpp"

#include <utility>
#include <variant>

namespace halfwrite::sim {

// Marks an error on its way into an Expected: `return Unexpected(error);`
template <class E>
class Unexpected {
 public:
  explicit Unexpected(E error) : error_(std::move(error)) {}
  E& error() { return error_; }

 private:
  E error_;
};

template <class T, class E>
class [[nodiscard]] Expected {
 public:
  Expected(T value)
      : content_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by intent
  Expected(Unexpected<E> error)                                // NOLINT: implicit by intent
      : content_(std::in_place_index<1>, std::move(error.error())) {}

  bool has_value() const { return content_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    HALFWRITE_ASSERT(has_value(), "a value was read from an Expected that holds an error");
    return std::get<0>(content_);
  }
  const T& value() const& {
    HALFWRITE_ASSERT(has_value(), "a value was read from an Expected that holds an error");
    return std::get<0>(content_);
  }
  T&& value() && {
    HALFWRITE_ASSERT(has_value(), "a value was read from an Expected that holds an error");
    return std::get<0>(std::move(content_));
  }
  E& error() {
    HALFWRITE_ASSERT(!has_value(), "an error was read from an Expected that holds a value");
    return std::get<1>(content_);
  }
  const E& error() const {
    HALFWRITE_ASSERT(!has_value(), "an error was read from an Expected that holds a value");
    return std::get<1>(content_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, E> content_;
};

// The value side of an Expected that carries nothing but success.
struct Done {};

}  // namespace halfwrite::sim
