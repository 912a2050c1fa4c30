#include "models/database/sql/index_choice.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

namespace halfwrite::sql {

namespace {

using Operation = AskedConstraint::Operation;

class Chooser {
 public:
  Chooser(const Shape& shape, std::span<const AskedConstraint> constraints,
          std::span<const AskedOrder> order)
      : shape_(shape), constraints_(constraints), order_(order) {}

  IndexChoice choose() const {
    IndexChoice best;
    for (std::size_t key = 0; key < shape_.keys.size(); ++key) {
      IndexChoice choice = choice_for(key);
      if (choice.key >= 0 && cost_in_order(choice) < cost_in_order(best)) best = std::move(choice);
    }
    return best;
  }

 private:
  // What a sort after it costs is counted for the choice between keys alone.
  std::int64_t cost_in_order(const IndexChoice& choice) const {
    return choice.cost +
           (!order_.empty() && !choice.ordered && !choice.single ? 2 * choice.rows : 0);
  }

  std::optional<std::size_t> find(ColumnId column,
                                  std::initializer_list<Operation> operations) const {
    for (std::size_t i = 0; i < constraints_.size(); ++i) {
      if (constraints_[i].column != column) continue;
      for (const Operation wanted : operations)
        if (constraints_[i].operation == wanted) return i;
    }
    return std::nullopt;
  }

  // Nothing (no key) when it does not help.
  IndexChoice choice_for(std::size_t index) const {
    const ShapeKey& key = shape_.keys[index];
    IndexChoice choice;
    if (key.condition) {
      const auto found = find(*key.condition, {Operation::equal});
      if (!found) return {};
      choice.constraints.push_back(*found);
      choice.operators += 'w';
    }
    std::size_t equal = 0;
    for (; equal < key.columns.size(); ++equal) {
      const auto found = find(key.columns[equal], {Operation::equal});
      if (!found) break;
      choice.constraints.push_back(*found);
      choice.operators += 'e';
    }
    const bool bounded = equal < key.columns.size() && add_bounds(key.columns[equal], choice);
    choice.ordered = gives_order(key, equal, bounded, choice.descending);
    choice.descending = choice.descending && choice.ordered;
    if (choice.constraints.empty() && !choice.ordered) return {};
    choice.key = static_cast<int>(index);
    choice.single = key.unique && equal == key.columns.size();
    if (choice.single)
      choice.rows = 1;
    else if (equal > 0)
      choice.rows = (bounded ? 10 : 100) - (key.condition ? 1 : 0);  // of a part there are fewer
    else if (bounded || key.condition)
      choice.rows = bounded && key.condition ? 1'000 : 10'000;
    choice.cost = static_cast<int>(choice.rows) + (choice.single ? 0 : 10);
    return choice;
  }

  // Bounds on the column behind the fixed ones.
  bool add_bounds(ColumnId column, IndexChoice& choice) const {
    const auto low = find(column, {Operation::greater, Operation::greater_or_equal});
    if (low) {
      choice.constraints.push_back(*low);
      choice.operators += constraints_[*low].operation == Operation::greater ? 'g' : 'G';
    }
    const auto high = find(column, {Operation::less, Operation::less_or_equal});
    if (high) {
      choice.constraints.push_back(*high);
      choice.operators += constraints_[*high].operation == Operation::less ? 'l' : 'L';
    }
    return low || high;
  }

  // Whether the key, whose first `equal` columns are fixed, gives the rows in the order asked for.
  // SQLite puts NULLs first and the store last: their column must have none (a bound leaves none).
  bool gives_order(const ShapeKey& key, std::size_t equal, bool bounded, bool& descending) const {
    std::size_t at = equal;
    for (const AskedOrder& term : order_) {
      const auto fixed = key.columns.begin() + static_cast<std::ptrdiff_t>(equal);
      if (std::find(key.columns.begin(), fixed, term.column) != fixed) continue;
      if (at == key.columns.size() || key.columns[at] != term.column) return false;
      const char letter = shape_.letters[term.column];
      if (letter != 'i' && letter != 's' && letter != 'n') return false;
      if (!shape_.not_null[term.column] && !(bounded && at == equal)) return false;
      if (at == equal) descending = term.descending;
      if (descending != term.descending) return false;
      ++at;
    }
    return !order_.empty();
  }

  const Shape& shape_;
  std::span<const AskedConstraint> constraints_;
  std::span<const AskedOrder> order_;
};

}  // namespace

IndexChoice choose_index(const Shape& shape, std::span<const AskedConstraint> constraints,
                         std::span<const AskedOrder> order) {
  return Chooser(shape, constraints, order).choose();
}

}  // namespace halfwrite::sql
