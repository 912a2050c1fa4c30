// The functions of PostgreSQL this house knows whose arguments and result have fixed types, and
// what SQLite calls for them.
#pragma once

#include "models/database/sql/value.hpp"

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

struct FunctionEntry {
  std::string_view name;
  std::initializer_list<TypeKind> arguments;
  TypeKind result = TypeKind::unknown;  // unknown: the kind of the first argument
  std::string_view sql;                 // with $1, $2, ... for the arguments
};

// All entries of a name stand together, the preferred one first.
std::span<const FunctionEntry> known_functions();
// Names of PostgreSQL functions that are refused, with what to write instead; empty if the name is
// not one of them.
std::string_view refused_function(std::string_view name);

}  // namespace halfwrite::sql
