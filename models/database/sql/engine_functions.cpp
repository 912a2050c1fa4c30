#include "models/database/sql/engine_functions.hpp"

#include <array>

namespace halfwrite::sql {

namespace {

struct EngineFunction {
  std::string_view name;
  TypeKind result;  // unknown: several columns
};
constexpr std::array<EngineFunction, 23> kEngineFunctions{{
    {"pg_advisory_lock", TypeKind::text},
    {"pg_advisory_lock_shared", TypeKind::text},
    {"pg_advisory_xact_lock", TypeKind::text},
    {"pg_advisory_xact_lock_shared", TypeKind::text},
    {"pg_try_advisory_lock", TypeKind::boolean},
    {"pg_try_advisory_lock_shared", TypeKind::boolean},
    {"pg_try_advisory_xact_lock", TypeKind::boolean},
    {"pg_try_advisory_xact_lock_shared", TypeKind::boolean},
    {"pg_advisory_unlock", TypeKind::boolean},
    {"pg_advisory_unlock_shared", TypeKind::boolean},
    {"pg_advisory_unlock_all", TypeKind::text},
    {"pg_create_logical_replication_slot", TypeKind::unknown},
    {"pg_drop_replication_slot", TypeKind::text},
    {"pg_replication_slot_advance", TypeKind::unknown},
    {"pg_logical_slot_get_changes", TypeKind::unknown},
    {"pg_logical_slot_peek_changes", TypeKind::unknown},
    {"pg_current_wal_lsn", TypeKind::text},
    {"pg_notify", TypeKind::text},
    {"pg_listening_channels", TypeKind::text},
    {"pg_promote", TypeKind::boolean},
    {"pg_terminate_backend", TypeKind::boolean},
    {"pg_cancel_backend", TypeKind::boolean},
    {"pg_backend_pid", TypeKind::integer},
}};

}  // namespace

bool is_engine_function(std::string_view name) {
  for (const auto& function : kEngineFunctions)
    if (function.name == name) return true;
  return false;
}

bool is_advisory_function(std::string_view name) {
  return is_engine_function(name) && name.find("_advisory_") != std::string_view::npos;
}

bool has_declared_arguments(std::string_view name) {
  return is_advisory_function(name) || name == "pg_notify" || name == "pg_listening_channels";
}

bool is_modelled_function(std::string_view name) {
  return has_declared_arguments(name) || name == "pg_current_wal_lsn" ||
         name == "pg_create_logical_replication_slot" || name == "pg_drop_replication_slot";
}

std::vector<ResultColumn> engine_function_columns(std::string_view name) {
  const Type text{.kind = TypeKind::text};
  if (name == "pg_create_logical_replication_slot") return {{"slot_name", text}, {"lsn", text}};
  if (name == "pg_replication_slot_advance") return {{"slot_name", text}, {"end_lsn", text}};
  if (name == "pg_logical_slot_get_changes" || name == "pg_logical_slot_peek_changes")
    return {{"lsn", text}, {"xid", {.kind = TypeKind::bigint}}, {"data", text}};
  for (const auto& function : kEngineFunctions)
    if (function.name == name) return {{std::string(name), {.kind = function.result}}};
  return {};
}

}  // namespace halfwrite::sql
