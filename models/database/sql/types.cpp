// Type names of the grammar, and the shapes tables have in SQLite.
#include "models/database/sql/plan.hpp"
#include "models/database/sql/translator.hpp"

#include <map>

namespace halfwrite::sql {

namespace {

struct NamedType {
  std::string_view name;
  TypeKind kind;
};
constexpr NamedType kTypes[] = {{"bool", TypeKind::boolean},
                                {"boolean", TypeKind::boolean},
                                {"int2", TypeKind::smallint},
                                {"int4", TypeKind::integer},
                                {"int8", TypeKind::bigint},
                                {"smallserial", TypeKind::smallint},
                                {"serial2", TypeKind::smallint},
                                {"serial", TypeKind::integer},
                                {"serial4", TypeKind::integer},
                                {"bigserial", TypeKind::bigint},
                                {"serial8", TypeKind::bigint},
                                {"numeric", TypeKind::numeric},
                                {"text", TypeKind::text},
                                {"name", TypeKind::text},
                                {"citext", TypeKind::unknown},
                                {"varchar", TypeKind::varchar},
                                {"bpchar", TypeKind::character},
                                {"timestamptz", TypeKind::timestamptz},
                                {"timestamp", TypeKind::timestamp},
                                {"date", TypeKind::date},
                                {"time", TypeKind::time},
                                {"interval", TypeKind::interval},
                                {"json", TypeKind::json},
                                {"jsonb", TypeKind::jsonb},
                                {"uuid", TypeKind::uuid},
                                {"bytea", TypeKind::bytea},
                                {"xid8", TypeKind::xid8},
                                {"pg_snapshot", TypeKind::pg_snapshot},
                                {"txid_snapshot", TypeKind::pg_snapshot}};

std::int32_t modifier(const Json& node, std::size_t index) {
  const auto& modifiers = node["typmods"].items();
  if (index >= modifiers.size()) return 0;
  return static_cast<std::int32_t>(modifiers[index]["A_Const"]["ival"].integer("ival"));
}

}  // namespace

Expression typed(std::string sql, TypeKind kind, std::int64_t location) {
  return {.sql = std::move(sql), .type = {.kind = kind}, .location = location};
}

std::string listed(const std::vector<std::string>& parts) {
  std::string sql;
  for (const auto& part : parts) sql += (sql.empty() ? "" : ", ") + part;
  return sql;
}

std::vector<TypeKind> kinds_of(const Table& table) {
  std::vector<TypeKind> kinds;
  for (const auto& column : table.columns) kinds.push_back(column.type.kind);
  return kinds;
}

Type Translator::type_of(const Json& node) const {
  const auto& names = node["names"].items();
  const auto location = node.integer("location");
  if (names.empty()) unsupported("this type", location);
  const auto& name = names.back()["String"].string("sval");
  if (name == "float4" || name == "float8")
    unsupported(
        "floating-point type " + std::string(name == "float4" ? "real" : "double precision"),
        location,
        "Floating-point results differ between machines. Write numeric(p,s) or bigint instead.");
  for (const auto& known : kTypes) {
    if (known.name != name || known.kind == TypeKind::unknown) continue;
    Type type{.kind = known.kind};
    if (type.kind == TypeKind::varchar || type.kind == TypeKind::character ||
        type.kind == TypeKind::numeric)
      type.length = modifier(node, 0);
    if (type.kind == TypeKind::character && type.length == 0 && names.size() > 1) type.length = 1;
    if (type.kind == TypeKind::numeric) {
      type.scale = modifier(node, 1);
      if (type.length > 38 || type.scale > type.length || type.scale < 0)
        unsupported("numeric with more than 38 digits or a scale outside 0..precision", location,
                    "Write numeric(p,s) with p up to 38.");
    }
    if (node.has("arrayBounds")) {
      type = Type{.kind = TypeKind::array, .element = known.kind};
    }
    return type;
  }
  if (name == "citext" || name == "money" || name == "timetz" || name == "inet" || name == "xml" ||
      name == "point")
    unsupported("type " + name, location);
  refuse("42704", "type \"" + name + "\" does not exist", location);
}

std::string_view collation_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::numeric:
      return "hw_numeric";
    case TypeKind::interval:
      return "hw_interval";
    case TypeKind::jsonb:
      return "hw_jsonb";
    case TypeKind::character:
      return "RTRIM";
    default:
      return {};
  }
}

std::string collated(const std::string& sql, TypeKind kind) {
  const auto collation = collation_of(kind);
  if (!collation.empty()) return sql + " COLLATE " + std::string(collation);
  return sql.find(" COLLATE ") == std::string::npos ? sql : sql + " COLLATE BINARY";
}

}  // namespace halfwrite::sql
