#include "models/database/sql/function_table.hpp"

#include <array>

namespace halfwrite::sql {

namespace {

using enum TypeKind;

const FunctionEntry kFunctions[] = {
    // Text.
    {"lower", {text}, text, "lower($1)"},
    {"upper", {text}, text, "upper($1)"},
    {"length", {text}, integer, "length($1)"},
    {"char_length", {text}, integer, "length($1)"},
    {"character_length", {text}, integer, "length($1)"},
    {"octet_length", {text}, integer, "length(CAST($1 AS BLOB))"},
    {"substr", {text, integer, integer}, text, "hw_substring($1, $2, $3)"},
    {"substr", {text, integer}, text, "hw_substring($1, $2)"},
    {"substring", {text, integer, integer}, text, "hw_substring($1, $2, $3)"},
    {"substring", {text, integer}, text, "hw_substring($1, $2)"},
    {"left", {text, integer}, text, "hw_left($1, $2)"},
    {"right", {text, integer}, text, "hw_right($1, $2)"},
    {"replace", {text, text, text}, text, "hw_replace($1, $2, $3)"},
    {"btrim", {text}, text, "trim($1)"},
    {"btrim", {text, text}, text, "trim($1, $2)"},
    {"ltrim", {text}, text, "ltrim($1)"},
    {"ltrim", {text, text}, text, "ltrim($1, $2)"},
    {"rtrim", {text}, text, "rtrim($1)"},
    {"rtrim", {text, text}, text, "rtrim($1, $2)"},
    {"position", {text, text}, integer, "instr($1, $2)"},
    {"strpos", {text, text}, integer, "instr($1, $2)"},
    {"starts_with", {text, text}, boolean, "(substr($1, 1, length($2)) COLLATE BINARY = $2)"},
    {"lpad", {text, integer}, text, "hw_pad($1, $2, ' ', 1)"},
    {"lpad", {text, integer, text}, text, "hw_pad($1, $2, $3, 1)"},
    {"rpad", {text, integer}, text, "hw_pad($1, $2, ' ', 0)"},
    {"rpad", {text, integer, text}, text, "hw_pad($1, $2, $3, 0)"},
    {"repeat", {text, integer}, text, "hw_repeat($1, $2)"},
    {"reverse", {text}, text, "hw_reverse($1)"},
    {"split_part", {text, text, integer}, text, "hw_split_part($1, $2, $3)"},
    {"md5", {text}, text, "hw_md5($1)"},
    {"hashtext", {text}, integer, "hw_hash_text($1)"},
    {"hashtextextended", {text, bigint}, bigint, "hw_hash_text_extended($1, $2)"},
    {"to_hex", {bigint}, text, "hw_hexadecimal($1, 64)"},
    {"to_hex", {integer}, text, "hw_hexadecimal($1, 32)"},
    {"ascii", {text}, integer, "coalesce(unicode($1), CASE WHEN $1 IS NULL THEN NULL ELSE 0 END)"},
    {"chr", {integer}, text, "hw_character($1)"},
    // Numbers.
    {"abs", {smallint}, smallint, "hw_abs($1, 16)"},
    {"abs", {integer}, integer, "hw_abs($1, 32)"},
    {"abs", {bigint}, bigint, "hw_abs($1, 64)"},
    {"abs", {numeric}, numeric, "hw_numeric_abs($1)"},
    {"mod", {smallint, smallint}, smallint, "hw_modulo($1, $2, 16)"},
    {"mod", {integer, integer}, integer, "hw_modulo($1, $2, 32)"},
    {"mod", {bigint, bigint}, bigint, "hw_modulo($1, $2, 64)"},
    {"mod", {numeric, numeric}, numeric, "hw_numeric_modulo($1, $2)"},
    {"div", {numeric, numeric}, numeric, "hw_numeric_div($1, $2)"},
    {"round", {numeric}, numeric, "hw_numeric_round($1, 0)"},
    {"round", {numeric, integer}, numeric, "hw_numeric_round($1, $2)"},
    {"trunc", {numeric}, numeric, "hw_numeric_trunc($1, 0)"},
    {"trunc", {numeric, integer}, numeric, "hw_numeric_trunc($1, $2)"},
    {"floor", {numeric}, numeric, "hw_numeric_floor($1)"},
    {"ceil", {numeric}, numeric, "hw_numeric_ceil($1)"},
    {"ceiling", {numeric}, numeric, "hw_numeric_ceil($1)"},
    {"sign", {numeric}, numeric, "hw_numeric_sign($1)"},
    // Moments.
    {"now", {}, timestamptz, "hw_now()"},
    {"transaction_timestamp", {}, timestamptz, "hw_now()"},
    {"statement_timestamp", {}, timestamptz, "hw_statement_time()"},
    {"clock_timestamp", {}, timestamptz, "hw_clock_time()"},
    {"timezone", {text, timestamptz}, timestamp, "hw_zone($1, $2)"},
    {"timezone", {text, timestamp}, timestamptz, "hw_zone($1, $2)"},
    {"date_trunc", {text, timestamptz}, timestamptz, "hw_date_trunc($1, $2)"},
    {"date_trunc", {text, timestamp}, timestamp, "hw_date_trunc($1, $2)"},
    {"justify_hours", {interval}, interval, "hw_justify_hours($1)"},
    {"justify_days", {interval}, interval, "hw_justify_days($1)"},
    {"justify_interval", {interval}, interval, "hw_justify_interval($1)"},
    {"to_timestamp", {numeric}, timestamptz, "hw_to_timestamp($1)"},
    // Identifiers of the session.
    {"gen_random_uuid", {}, uuid, "hw_uuid()"},
    {"uuid_generate_v4", {}, uuid, "hw_uuid()"},
    {"pg_current_xact_id", {}, xid8, "hw_transaction_id()"},
    {"txid_current", {}, bigint, "hw_transaction_id()"},
    {"pg_current_xact_id_if_assigned", {}, xid8, "hw_transaction_id_if_assigned()"},
    {"txid_current_if_assigned", {}, bigint, "hw_transaction_id_if_assigned()"},
    {"pg_current_snapshot", {}, pg_snapshot, "hw_snapshot()"},
    {"txid_current_snapshot", {}, pg_snapshot, "hw_snapshot()"},
    {"pg_snapshot_xmin", {pg_snapshot}, xid8, "hw_snapshot_part($1, 0)"},
    {"pg_snapshot_xmax", {pg_snapshot}, xid8, "hw_snapshot_part($1, 1)"},
    {"txid_snapshot_xmin", {pg_snapshot}, bigint, "hw_snapshot_part($1, 0)"},
    {"txid_snapshot_xmax", {pg_snapshot}, bigint, "hw_snapshot_part($1, 1)"},
    {"pg_visible_in_snapshot", {xid8, pg_snapshot}, boolean, "hw_snapshot_sees($1, $2)"},
    {"current_setting", {text}, text, "hw_setting($1)"},
    {"lastval", {}, bigint, "hw_last_value()"},
    // JSON.
    {"jsonb_array_length", {jsonb}, integer, "hw_json_length($1)"},
    {"json_array_length", {json}, integer, "hw_json_length($1)"},
    {"jsonb_typeof", {jsonb}, text, "hw_json_type($1)"},
    {"json_typeof", {json}, text, "hw_json_type($1)"},
    {"jsonb_strip_nulls", {jsonb}, jsonb, "hw_json_strip_nulls($1)"},
    {"jsonb_exists", {jsonb, text}, boolean, "hw_json_has($1, $2)"},
    {"jsonb_contains", {jsonb, jsonb}, boolean, "hw_json_contains($1, $2)"},
};

struct RefusedFunction {
  std::string_view name;
  std::string_view instead;
};
constexpr std::array<RefusedFunction, 16> kRefused{{
    {"random", "Draw a value in the scenario and pass it as a variable."},
    {"json_extract", "That is SQLite's. Write data::jsonb ->> 'field', and ::int for a number."},
    {"strftime", "That is SQLite's. Write extract(...) or date_trunc(...)."},
    {"datetime", "That is SQLite's. Write now() and intervals."},
    {"ifnull", "That is MySQL's and SQLite's. Write coalesce(a, b)."},
    {"date_part", "It gives floating-point numbers. Write extract(field FROM value)."},
    {"sqrt", "It gives floating-point numbers."},
    {"power", "It gives floating-point numbers. Multiply instead."},
    {"exp", "It gives floating-point numbers."},
    {"ln", "It gives floating-point numbers."},
    {"to_char", "Print with ::text."},
    {"age", "Subtract one timestamp from the other."},
    {"pg_sleep", "Write a sleep step."},
    {"row_to_json", "Write json_build_object('a', a, ...)."},
    {"regexp_replace", "Write replace(...)."},
    {"percentile_cont", "It gives floating-point numbers."},
}};

}  // namespace

std::span<const FunctionEntry> known_functions() {
  return kFunctions;
}

std::string_view refused_function(std::string_view name) {
  for (const auto& refused : kRefused)
    if (refused.name == name) return refused.instead;
  return {};
}

}  // namespace halfwrite::sql
