// Aggregates: exact sums and averages, and those that collect values in an order of their own.
#include "models/database/sql/array_text.hpp"
#include "models/database/sql/calendar.hpp"
#include "models/database/sql/function_call.hpp"
#include "models/database/sql/json_value.hpp"
#include "models/database/sql/numeric.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

namespace halfwrite::sql {

namespace {

Evaluation& evaluation_of(sqlite3_context* context) {
  return *static_cast<Evaluation*>(sqlite3_user_data(context));
}

// SQLite hands out zeroed memory per group: a pointer in it, made on first use, deleted in the
// final step.
template <typename State>
State* state_of(sqlite3_context* context, bool create) {
  auto** slot =
      static_cast<State**>(sqlite3_aggregate_context(context, create ? sizeof(State*) : 0));
  if (slot == nullptr) return nullptr;
  if (*slot == nullptr && create) *slot = std::make_unique<State>().release();
  return *slot;
}
template <typename State>
std::unique_ptr<State> take_state(sqlite3_context* context) {
  auto** slot = static_cast<State**>(sqlite3_aggregate_context(context, 0));
  if (slot == nullptr) return nullptr;
  return std::unique_ptr<State>(std::exchange(*slot, nullptr));
}

struct Sum {
  Numeric total;
  std::map<int, std::int64_t> scales;  // how many numbers have so many digits after the point
  std::int64_t count = 0;
  bool overflow = false;
  Interval interval;
};

enum class SumKind { integer, numeric, average, interval, interval_average };

void fail(sqlite3_context* context, const char* sqlstate, const char* message) {
  Call(context, 0, nullptr, evaluation_of(context)).fail(sqlstate, message);
}

template <SumKind Kind, int Sign>
void sum_step(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  Call call(context, count, values, evaluation_of(context));
  auto* sum = state_of<Sum>(context, true);
  if (sum == nullptr || call.is_null(0)) return;
  sum->count += Sign;
  if constexpr (Kind == SumKind::interval || Kind == SumKind::interval_average) {
    const auto read = read_interval(call.text(0));
    HALFWRITE_ASSERT(read.has_value(), "an interval argument does not hold an interval");
    sum->interval = plus(sum->interval, Sign > 0 ? *read : negated(*read));
    sum->overflow = sum->overflow || !is_in_range(sum->interval);
  } else {
    auto number = call.is_integer(0) ? Numeric::from_integer(call.integer(0))
                                     : Numeric::parse(call.text(0)).value_or(Numeric{});
    if (Sign < 0) number.unscaled = -number.unscaled;
    const auto total = add(sum->total, number);
    sum->overflow = sum->overflow || !total;
    if (total) sum->total = *total;
    sum->scales[number.scale] += Sign;
  }
}

// A number that has left the window takes its digits with it.
Numeric total_of(const Sum& sum) {
  Numeric total = sum.total;
  int scale = 0;
  for (const auto& [digits, count] : sum.scales)
    if (count > 0) scale = std::max(scale, digits);
  for (; total.scale > scale; --total.scale) total.unscaled /= 10;
  return total;
}

template <SumKind Kind>
void answer_sum(sqlite3_context* context, const Sum* sum) {
  if (sum == nullptr || sum->count == 0) return sqlite3_result_null(context);
  Call call(context, 0, nullptr, evaluation_of(context));
  if constexpr (Kind == SumKind::interval || Kind == SumKind::interval_average) {
    const auto part = Kind == SumKind::interval_average ? sum->count : 1;
    const auto result = !sum->overflow ? multiple(sum->interval, 1, part) : std::nullopt;
    if (!result) return fail(context, "22008", "interval out of range");
    call.answer(std::string_view(to_text(*result)));
  } else if constexpr (Kind == SumKind::integer) {
    const auto whole = sum->overflow ? std::nullopt : to_integer(sum->total);
    if (!whole) return fail(context, "22003", "bigint out of range");
    call.answer(*whole);
  } else {
    const auto result = sum->overflow ? std::nullopt
                        : Kind == SumKind::average
                            ? divide(total_of(*sum), Numeric::from_integer(sum->count))
                            : std::optional(total_of(*sum));
    if (!result) return fail(context, "22003", "a numeric of more than 38 digits is not supported");
    call.answer(std::string_view(to_text(*result)));
  }
}

template <SumKind Kind>
void sum_value(sqlite3_context* context) noexcept {
  answer_sum<Kind>(context, state_of<Sum>(context, false));
}
template <SumKind Kind>
void sum_final(sqlite3_context* context) noexcept {
  answer_sum<Kind>(context, take_state<Sum>(context).get());
}

template <SumKind Kind>
void register_sum(sqlite3* handle, Evaluation& evaluation, const char* name) {
  const int code = sqlite3_create_window_function(
      handle, name, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, &evaluation, sum_step<Kind, 1>,
      sum_final<Kind>, sum_value<Kind>, sum_step<Kind, -1>, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept an aggregate");
}

// Collected values with the keys they are to be ordered by.
struct Collected {
  struct Entry {
    Value value;
    std::string separator;
    std::vector<Value> keys;
  };
  std::vector<Entry> entries;
  std::vector<std::int64_t> directions;  // 1: descending, 2: nulls first
};

enum class CollectKind { string, array, json, jsonb };

// Arguments: value, separator or kind, then (direction, kind, key) for each key.
template <CollectKind Kind>
void collect_step(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  Call call(context, count, values, evaluation_of(context));
  if (Kind == CollectKind::string && call.is_null(0)) return;
  auto* collected = state_of<Collected>(context, true);
  if (collected == nullptr) return;
  Collected::Entry entry;
  entry.value = call.value(
      0, Kind == CollectKind::string ? TypeKind::text : static_cast<TypeKind>(call.integer(1)));
  if (Kind == CollectKind::string) entry.separator = std::string(call.text(1));
  collected->directions.clear();
  for (int i = 2; i + 2 < count; i += 3) {
    collected->directions.push_back(call.integer(i));
    entry.keys.push_back(call.value(i + 2, static_cast<TypeKind>(call.integer(i + 1))));
  }
  collected->entries.push_back(std::move(entry));
}

void sort_entries(Collected& collected) {
  std::stable_sort(collected.entries.begin(), collected.entries.end(),
                   [&](const auto& a, const auto& b) {
                     for (std::size_t i = 0; i < collected.directions.size(); ++i) {
                       const bool descending = (collected.directions[i] & 1) != 0;
                       const bool nulls_first = (collected.directions[i] & 2) != 0;
                       if (a.keys[i].is_null() != b.keys[i].is_null())
                         return a.keys[i].is_null() == nulls_first;
                       const auto order = compare(a.keys[i], b.keys[i]);
                       if (order != 0) return descending ? order > 0 : order < 0;
                     }
                     return false;
                   });
}

template <CollectKind Kind>
void collect_final(sqlite3_context* context) noexcept {
  const auto collected = take_state<Collected>(context);
  if (collected == nullptr || collected->entries.empty()) return sqlite3_result_null(context);
  sort_entries(*collected);
  std::string out = Kind == CollectKind::string ? "" : "[";
  bool first = true;
  if constexpr (Kind == CollectKind::array) {
    ArrayElements elements;
    for (const auto& entry : collected->entries)
      elements.push_back(entry.value.is_null() ? std::nullopt
                                               : std::optional(to_text(entry.value)));
    out = array_text(elements);
  } else {
    for (const auto& entry : collected->entries) {
      if (!first) out += Kind == CollectKind::string ? entry.separator : ", ";
      first = false;
      out += Kind == CollectKind::string ? std::string(entry.value.characters())
                                         : to_json_text(entry.value);
    }
    if (Kind != CollectKind::string) out += "]";
  }
  sqlite3_result_text64(context, out.data(), out.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void register_aggregate(sqlite3* handle, Evaluation& evaluation, const char* name, int arguments,
                        void (*step)(sqlite3_context*, int, sqlite3_value**) noexcept,
                        void (*final)(sqlite3_context*) noexcept) {
  const int code =
      sqlite3_create_function_v2(handle, name, arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                 &evaluation, nullptr, step, final, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept an aggregate");
}

template <CollectKind Kind>
void register_collect(sqlite3* handle, Evaluation& evaluation, const char* name) {
  register_aggregate(handle, evaluation, name, -1, collect_step<Kind>, collect_final<Kind>);
}

// json_object_agg and jsonb_object_agg: kind and value of the key, kind and value.
struct Members {
  std::vector<Json::Member> members;
  std::string text;
};

template <bool Binary>
void members_step(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  Call call(context, count, values, evaluation_of(context));
  if (call.is_null(1)) return call.fail("22004", "field name must not be null");
  auto* state = state_of<Members>(context, true);
  if (state == nullptr) return;
  const auto key = to_text(call.value(1, static_cast<TypeKind>(call.integer(0))));
  const auto value = call.value(3, static_cast<TypeKind>(call.integer(2)));
  if constexpr (Binary)
    state->members.emplace_back(key, to_json(value));
  else
    state->text +=
        (state->text.empty() ? "{ " : ", ") + quoted_json(key) + " : " + to_json_text(value);
}

template <bool Binary>
void members_final(sqlite3_context* context) noexcept {
  const auto state = take_state<Members>(context);
  if (state == nullptr) return sqlite3_result_null(context);
  const auto out = Binary ? to_jsonb_text(normalized(Json::of_object(std::move(state->members))))
                          : state->text + " }";
  sqlite3_result_text64(context, out.data(), out.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

// The value of a sub-select that may give one row only.
struct Only {
  sqlite3_value* value = nullptr;
  int rows = 0;
  Only() = default;
  Only(const Only&) = delete;
  Only& operator=(const Only&) = delete;
  ~Only() { sqlite3_value_free(value); }
};

void only_step(sqlite3_context* context, int, sqlite3_value** values) noexcept {
  auto* only = state_of<Only>(context, true);
  if (only == nullptr) return;
  if (++only->rows > 1)
    return fail(context, "21000", "more than one row returned by a subquery used as an expression");
  only->value = sqlite3_value_dup(values[0]);
}
void only_final(sqlite3_context* context) noexcept {
  const auto only = take_state<Only>(context);
  if (only == nullptr || only->value == nullptr) return sqlite3_result_null(context);
  sqlite3_result_value(context, only->value);
}

}  // namespace

void register_aggregates(sqlite3* handle, Evaluation& evaluation) {
  register_sum<SumKind::integer>(handle, evaluation, "hw_sum");
  register_sum<SumKind::numeric>(handle, evaluation, "hw_numeric_sum");
  register_sum<SumKind::average>(handle, evaluation, "hw_numeric_avg");
  register_sum<SumKind::interval>(handle, evaluation, "hw_interval_sum");
  register_sum<SumKind::interval_average>(handle, evaluation, "hw_interval_avg");
  register_collect<CollectKind::string>(handle, evaluation, "hw_string_agg");
  register_collect<CollectKind::array>(handle, evaluation, "hw_array_agg");
  register_collect<CollectKind::json>(handle, evaluation, "hw_json_agg");
  register_collect<CollectKind::jsonb>(handle, evaluation, "hw_jsonb_agg");
  register_aggregate(handle, evaluation, "hw_json_object_agg", 4, members_step<false>,
                     members_final<false>);
  register_aggregate(handle, evaluation, "hw_jsonb_object_agg", 4, members_step<true>,
                     members_final<true>);
  const int code = sqlite3_create_function_v2(handle, "hw_only", 1, SQLITE_UTF8, &evaluation,
                                              nullptr, only_step, only_final, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept an aggregate");
}

}  // namespace halfwrite::sql
