// A first-in-first-out queue in one piece of memory that it keeps. std::deque takes and gives back
// a block for every second message, for its blocks hold few of them; connections carry millions.
#pragma once

#include "sim/assert.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace halfwrite::sim {

template <class T>
class Queue {
 public:
  bool empty() const { return head_ == items_.size(); }
  T& front() { return items_[head_]; }
  auto begin() { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() { return items_.end(); }

  void push_back(T item) {
    // Taken places are given up once they are the larger part, so that the price stays constant.
    if (head_ >= 16 && head_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), begin());
      head_ = 0;
    }
    items_.push_back(std::move(item));
  }
  void push_front(T item) {
    if (head_ > 0) {
      items_[--head_] = std::move(item);
    } else {
      items_.insert(items_.begin(), std::move(item));
    }
  }
  T take_front() {
    HALFWRITE_ASSERT(!empty(), "something was taken from an empty queue");
    T item = std::move(items_[head_++]);
    if (empty()) clear();
    return item;
  }
  void clear() {
    items_.clear();
    head_ = 0;
  }

 private:
  std::vector<T> items_;
  std::size_t head_ = 0;  // what lies before it has been taken
};

}  // namespace halfwrite::sim
