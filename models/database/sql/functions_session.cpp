// What expressions ask of the session: sequences, transaction ids, snapshots, settings, random
// identifiers.
#include "models/database/sql/function_call.hpp"

#include <charconv>

namespace halfwrite::sql {

namespace {

void answer_expected(Call& call, const Expected<std::int64_t>& result) {
  if (!result) return call.fail(result.error());
  call.answer(*result);
}

void next_value(Call& call) {
  if (auto* environment = call.environment())
    answer_expected(call, environment->next_value(static_cast<std::size_t>(call.integer(0)),
                                                  static_cast<SequenceId>(call.integer(1))));
}
void current_value(Call& call) {
  if (auto* environment = call.environment())
    answer_expected(call, environment->current_value(static_cast<std::size_t>(call.integer(0)),
                                                     static_cast<SequenceId>(call.integer(1))));
}
void set_value(Call& call) {
  if (auto* environment = call.environment())
    answer_expected(call, environment->set_value(static_cast<std::size_t>(call.integer(0)),
                                                 static_cast<SequenceId>(call.integer(1)),
                                                 call.integer(2), call.integer(3) != 0));
}
void last_value(Call& call) {
  if (auto* environment = call.environment()) answer_expected(call, environment->last_value());
}
void uuid(Call& call) {
  if (auto* environment = call.environment())
    call.answer(std::string_view(environment->random_uuid()));
}
void transaction_id(Call& call) {
  if (auto* environment = call.environment()) answer_expected(call, environment->transaction_id());
}
void transaction_id_if_assigned(Call& call) {
  auto* environment = call.environment();
  if (environment == nullptr) return;
  const auto id = environment->transaction_id_if_assigned();
  if (!id) return call.answer_null();
  call.answer(*id);
}
void snapshot(Call& call) {
  if (auto* environment = call.environment())
    call.answer(std::string_view(environment->snapshot()));
}
void setting(Call& call) {
  auto* environment = call.environment();
  if (environment == nullptr) return;
  const auto value = environment->setting(call.text(0));
  if (!value)
    return call.fail("42704",
                     "unrecognized configuration parameter \"" + std::string(call.text(0)) + "\"");
  call.answer(std::string_view(*value));
}

// "xmin:xmax:xip,xip": the numbers from the front; false at the end.
bool take_number(std::string_view& rest, std::int64_t& number) {
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc{}) return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (!rest.empty()) rest.remove_prefix(1);
  return true;
}

void snapshot_part(Call& call) {
  auto rest = call.text(0);
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
  if (!take_number(rest, lowest) || !take_number(rest, highest))
    return call.fail("22P02", "invalid input syntax for type pg_snapshot: \"" +
                                  std::string(call.text(0)) + "\"");
  call.answer(call.integer(1) == 0 ? lowest : highest);
}

void snapshot_sees(Call& call) {
  auto rest = call.text(1);
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
  std::int64_t running = 0;
  if (!take_number(rest, lowest) || !take_number(rest, highest))
    return call.fail("22P02", "invalid input syntax for type pg_snapshot: \"" +
                                  std::string(call.text(1)) + "\"");
  const auto id = call.integer(0);
  bool visible = id < highest;
  while (take_number(rest, running)) visible = visible && running != id;
  call.answer(std::int64_t{id < lowest || visible});
}

const FunctionDefinition kSessionFunctions[] = {
    {"hw_next_value", next_value, true, false},
    {"hw_current_value", current_value, true, false},
    {"hw_set_value", set_value, true, false},
    {"hw_last_value", last_value, true, false},
    {"hw_uuid", uuid, true, false},
    {"hw_transaction_id", transaction_id, true, false},
    {"hw_transaction_id_if_assigned", transaction_id_if_assigned, true, false},
    {"hw_snapshot", snapshot, true, false},
    {"hw_setting", setting, true, false},
    {"hw_snapshot_part", snapshot_part},
    {"hw_snapshot_sees", snapshot_sees},
};

}  // namespace

FunctionList session_functions() {
  return {std::begin(kSessionFunctions), std::end(kSessionFunctions)};
}

}  // namespace halfwrite::sql
