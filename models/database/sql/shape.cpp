#include "models/database/sql/shape.hpp"

#include "models/database/sql/plan.hpp"
#include "sim/assert.hpp"

#include <charconv>

namespace halfwrite::sql {

namespace {

std::size_t take_number(std::string_view& rest) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  HALFWRITE_ASSERT(error == std::errc{}, "a virtual table has a name this room did not make");
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return number;
}

}  // namespace

char shape_letter(TypeKind kind) {
  switch (kind) {
    case TypeKind::boolean:
    case TypeKind::smallint:
    case TypeKind::integer:
    case TypeKind::bigint:
    case TypeKind::timestamptz:
    case TypeKind::timestamp:
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::xid8:
      return 'i';
    case TypeKind::numeric:
      return 'n';
    case TypeKind::interval:
      return 'v';
    case TypeKind::character:
      return 'r';
    default:
      return 's';
  }
}

std::string shape_name(const Table& table) {
  std::string name;
  for (const auto& column : table.columns) {
    const char letter = shape_letter(column.type.kind);
    name += column.not_null ? static_cast<char>(letter - 'a' + 'A') : letter;
  }
  for (const auto& computed : table.computed) name += shape_letter(computed->type.kind);
  for (const auto& key : table.keys) {
    name += key.unique ? "_u" : "_x";
    const char* separator = "";
    for (const auto column : key.columns) {
      name += separator + std::to_string(column);
      separator = "k";
    }
    if (key.condition) name += "w" + std::to_string(*key.condition);
  }
  return name;
}

Shape read_shape(std::string_view table_name) {
  Shape shape;
  shape.is_step = table_name.front() == 'm';
  table_name.remove_prefix(1);
  shape.slot = take_number(table_name);
  table_name.remove_prefix(1);
  if (shape.is_step) {
    shape.letters = std::string(take_number(table_name), 's');
    shape.not_null.resize(shape.letters.size(), false);
    return shape;
  }
  while (!table_name.empty() && table_name.front() != '_') {
    const char letter = table_name.front();
    shape.not_null.push_back(letter >= 'A' && letter <= 'Z');
    shape.letters += shape.not_null.back() ? static_cast<char>(letter - 'A' + 'a') : letter;
    table_name.remove_prefix(1);
  }
  while (!table_name.empty()) {
    table_name.remove_prefix(1);
    ShapeKey key;
    key.unique = table_name.front() == 'u';
    do {
      table_name.remove_prefix(1);
      key.columns.push_back(static_cast<ColumnId>(take_number(table_name)));
    } while (!table_name.empty() && table_name.front() == 'k');
    if (!table_name.empty() && table_name.front() == 'w') {
      table_name.remove_prefix(1);
      key.condition = static_cast<ColumnId>(take_number(table_name));
    }
    shape.keys.push_back(std::move(key));
  }
  return shape;
}

}  // namespace halfwrite::sql
