#include "models/database/sql/direct_query.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace halfwrite::sql {

namespace {
// A statement that reads more is SQLite's, which counts its steps.
constexpr std::size_t rows_most = 10'000;
}  // namespace

DirectQuery::Datum DirectQuery::datum_of(const Value& value) {
  if (value.is_null()) return {};
  if (value.is_integer()) return {Datum::Kind::integer, value.integer()};
  return {Datum::Kind::text, 0, value.characters(), &value};
}

Value DirectQuery::value_of(const Datum& datum, TypeKind kind) {
  switch (datum.kind) {
    case Datum::Kind::null:
      return Value::null(kind);
    case Datum::Kind::integer:
      return Value::of(kind == TypeKind::unknown ? TypeKind::bigint : kind, datum.integer);
    case Datum::Kind::text:
      break;
  }
  if (kind == TypeKind::unknown) kind = TypeKind::text;
  return datum.value != nullptr ? datum.value->with_kind(kind) : Value::of(kind, datum.text);
}

DirectQuery::Datum DirectQuery::truth(bool value) {
  return {Datum::Kind::integer, value ? 1 : 0};
}

// NULL compares to nothing; an integer is less than any text (SQLite's order of storage classes).
DirectQuery::Datum DirectQuery::compared(const Node& node, Frame& frame) const {
  const Datum left = evaluate(node.left, frame);
  const Datum right = evaluate(node.right, frame);
  if (left.kind == Datum::Kind::null || right.kind == Datum::Kind::null) return {};
  std::strong_ordering order = left.kind <=> right.kind;
  if (order == 0) {
    order = left.kind == Datum::Kind::integer ? left.integer <=> right.integer
                                              : left.text.compare(right.text) <=> 0;
  }
  switch (node.form) {
    case Form::equal:
      return truth(order == 0);
    case Form::not_equal:
      return truth(order != 0);
    case Form::less:
      return truth(order < 0);
    case Form::less_or_equal:
      return truth(order <= 0);
    case Form::greater:
      return truth(order > 0);
    default:
      return truth(order >= 0);
  }
}

// AND is settled by one that is false, OR by one that is true; else NULL wins.
DirectQuery::Datum DirectQuery::joined(const Node& node, Frame& frame) const {
  const bool settles = node.form == Form::logical_or;
  const Datum left = evaluate(node.left, frame);
  if (left.kind != Datum::Kind::null && left.is_true() == settles) return truth(settles);
  const Datum right = evaluate(node.right, frame);
  if (right.kind != Datum::Kind::null && right.is_true() == settles) return truth(settles);
  if (left.kind == Datum::Kind::null || right.kind == Datum::Kind::null) return {};
  return truth(!settles);
}

DirectQuery::Datum DirectQuery::calculated(const Node& node, Frame& frame) const {
  const Datum left = evaluate(node.left, frame);
  const Datum right = evaluate(node.right, frame);
  if (left.kind == Datum::Kind::null || right.kind == Datum::Kind::null) return {};
  const bool are_integers = left.kind == Datum::Kind::integer && right.kind == Datum::Kind::integer;
  std::int64_t result = 0;
  const bool overflows =
      !are_integers ||
      (node.form == Form::add ? __builtin_add_overflow(left.integer, right.integer, &result)
                              : __builtin_sub_overflow(left.integer, right.integer, &result));
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() >> (64 - node.integer);
  if (overflows || result > most || result < -most - 1) {
    frame.is_left_to_sqlite = true;
    return {};
  }
  return {Datum::Kind::integer, result};
}

DirectQuery::Datum DirectQuery::next_value(const Node& node, Frame& frame) const {
  if (frame.error) return {};
  const Expected<std::int64_t> next =
      frame.inputs.environment->next_value(node.left, static_cast<SequenceId>(node.right));
  if (next) return {Datum::Kind::integer, *next};
  frame.error = next.error();
  return {};
}

DirectQuery::Datum DirectQuery::evaluate(std::uint32_t index, Frame& frame) const {
  const Node& node = nodes_[index];
  switch (node.form) {
    case Form::null:
      return {};
    case Form::integer:
      return {Datum::Kind::integer, node.integer};
    case Form::text:
      return {Datum::Kind::text, 0, node.text};
    case Form::parameter:
      return datum_of(*frame.values[node.left]);
    case Form::column:
      return datum_of((*frame.row->values)[node.left]);
    case Form::row_id:
      return {Datum::Kind::integer, frame.row->id};
    case Form::next_value:
      return next_value(node, frame);
    case Form::now:
      return {Datum::Kind::integer, frame.inputs.environment->transaction_time()};
    case Form::add:
    case Form::subtract:
      return calculated(node, frame);
    case Form::is_null:
      return truth(evaluate(node.left, frame).kind == Datum::Kind::null);
    case Form::is_not_null:
      return truth(evaluate(node.left, frame).kind != Datum::Kind::null);
    case Form::logical_not: {
      const Datum operand = evaluate(node.left, frame);
      return operand.kind == Datum::Kind::null ? Datum{} : truth(!operand.is_true());
    }
    case Form::logical_and:
    case Form::logical_or:
      return joined(node, frame);
    default:
      return compared(node, frame);
  }
}

bool DirectQuery::passes(Frame& frame) const {
  return !condition_ || evaluate(*condition_, frame).is_true();
}

void DirectQuery::add_row(Frame& frame, std::vector<Row>& rows) const {
  Row row;
  row.reserve(outputs_.size());
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    row.push_back(value_of(evaluate(outputs_[i], frame), kinds_[i]));
  rows.push_back(std::move(row));
}

// False when a value is not stored as its column is: SQLite decides what that means.
bool DirectQuery::read_limits(Frame& frame, PieceReader& reader) const {
  if (!scan_->key) return true;
  KeyRange& range = reader.begin_by(*scan_->key);
  range.descending = scan_->descending;
  for (const Scan::Limit& limit : scan_->limits) {
    const Datum datum = evaluate(limit.value, frame);
    if (datum.kind == Datum::Kind::null) reader.position.at_end = true;  // nothing can match
    if (datum.kind == Datum::Kind::null || limit.operation == 'w') continue;
    const bool is_integer = shape_letter(limit.kind) == 'i';
    if (is_integer != (datum.kind == Datum::Kind::integer)) return false;
    range.limit(limit.operation, value_of(datum, limit.kind));
  }
  return true;
}

// False where the order leaves open which comes first, or a NULL is among what is compared.
bool DirectQuery::sort(std::vector<StoredRow>& rows) const {
  if (rows.size() < 2) return true;
  for (const AskedOrder& term : scan_->order)
    for (const StoredRow& row : rows)
      if ((*row.values)[term.column].is_null()) return false;
  bool is_settled = true;
  const auto comes_first = [&](const StoredRow& a, const StoredRow& b) {
    if (a.id == b.id) return false;
    for (const AskedOrder& term : scan_->order) {
      const Value& left = (*a.values)[term.column];
      const Value& right = (*b.values)[term.column];
      const std::strong_ordering order = left.is_integer()
                                             ? left.integer() <=> right.integer()
                                             : left.characters().compare(right.characters()) <=> 0;
      if (order != 0) return term.descending ? order > 0 : order < 0;
    }
    is_settled = false;
    return a.id < b.id;
  };
  std::sort(rows.begin(), rows.end(), comes_first);
  return is_settled;
}

bool DirectQuery::scan(Frame& frame, std::size_t most, PieceReader& reader,
                       std::vector<Row>& rows) const {
  most = std::min(most, scan_->most);
  reader.begin(frame.inputs.views[scan_->database], scan_->table);
  if (!read_limits(frame, reader)) return false;
  const bool sorts = !scan_->order.empty();
  std::vector<StoredRow> passing;
  std::size_t seen = 0;
  for (reader.read_on(); !reader.rows.empty(); reader.read_on()) {
    seen += reader.rows.size();
    if (seen > rows_most) return false;
    for (const StoredRow& row : reader.rows) {
      frame.row = &row;
      if (!passes(frame)) continue;
      if (sorts) {
        passing.push_back(row);
        continue;
      }
      add_row(frame, rows);
      if (rows.size() >= most) return true;
    }
  }
  if (!sorts) return true;
  if (!sort(passing)) return false;
  for (std::size_t i = 0; i < std::min(most, passing.size()); ++i) {
    frame.row = &passing[i];
    add_row(frame, rows);
  }
  return true;
}

std::optional<Expected<std::vector<Row>>> DirectQuery::run(std::span<const Value* const> values,
                                                           const Inputs& inputs, std::size_t most,
                                                           Scratch& scratch) const {
  if (asks_session_ && inputs.environment == nullptr) return std::nullopt;
  Frame frame{.values = values, .inputs = inputs};
  std::vector<Row> rows;
  const auto is_true = [&](std::uint32_t term) { return evaluate(term, frame).is_true(); };
  if (!std::all_of(prior_.begin(), prior_.end(), is_true)) return rows;
  if (scan_) {
    if (!scan(frame, most, scratch.reader, rows)) return std::nullopt;
  } else if (passes(frame)) {
    add_row(frame, rows);
  }
  if (frame.is_left_to_sqlite) return std::nullopt;
  if (frame.error) return Expected<std::vector<Row>>(std::move(*frame.error));
  return Expected<std::vector<Row>>(std::move(rows));
}

}  // namespace halfwrite::sql
