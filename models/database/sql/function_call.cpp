#include "models/database/sql/function_call.hpp"

#include "sim/assert.hpp"

namespace halfwrite::sql {

namespace {

// SQLite is C: nothing may be thrown through it, and nothing here has a reason to.
void trampoline(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  const auto* registered = static_cast<const RegisteredFunction*>(sqlite3_user_data(context));
  Call call(context, count, values, *registered->evaluation);
  if (registered->definition->strict)
    for (int i = 0; i < count; ++i)
      if (call.is_null(i)) return call.answer_null();
  registered->definition->body(call);
}

}  // namespace

std::string_view Call::text(int i) const {
  const auto* begin = reinterpret_cast<const char*>(sqlite3_value_text(values_[i]));
  return begin == nullptr
             ? std::string_view{}
             : std::string_view{begin, static_cast<std::size_t>(sqlite3_value_bytes(values_[i]))};
}

Value Call::value(int i, TypeKind kind) const {
  switch (sqlite3_value_type(values_[i])) {
    case SQLITE_NULL:
      return Value::null(kind);
    case SQLITE_INTEGER:
      return Value::of(kind == TypeKind::unknown ? TypeKind::bigint : kind,
                       sqlite3_value_int64(values_[i]));
    default:
      return Value::of(kind == TypeKind::unknown ? TypeKind::text : kind, std::string(text(i)));
  }
}

void Call::answer(const Value& value) {
  if (value.is_null()) return answer_null();
  if (value.is_integer()) return answer(value.integer());
  answer(std::string_view(value.characters()));
}

void Call::fail(SqlError error) {
  if (!evaluation_.error) evaluation_.error = std::move(error);
  sqlite3_result_error(context_, "failed", -1);
}

void Call::fail(const char* sqlstate, std::string message) {
  SqlError error;
  error.sqlstate = sqlstate;
  error.message = std::move(message);
  fail(std::move(error));
}

Environment* Call::environment() {
  auto* environment = evaluation_.inputs->environment;
  if (environment == nullptr)
    fail("0A000",
         "no session stands behind this expression: clocks and sequences are not available");
  return environment;
}

void FunctionRegistry::add(const FunctionDefinition& definition) {
  registered_.push_back({&definition, &evaluation_});
  const int flags = SQLITE_UTF8 | (definition.deterministic ? SQLITE_DETERMINISTIC : 0);
  const int code =
      sqlite3_create_function_v2(handle_, definition.name, -1, flags, &registered_.back(),
                                 trampoline, nullptr, nullptr, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept a function");
}

void FunctionRegistry::add_all() {
  for (const auto& list : {number_functions(), text_functions(), moment_functions(),
                           json_functions(), json_path_functions(), session_functions()})
    for (const auto* definition = list.begin; definition != list.end; ++definition)
      add(*definition);
  register_aggregates(handle_, evaluation_);
}

}  // namespace halfwrite::sql
