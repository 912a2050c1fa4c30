// A translated query that needs no SQLite: plain values, images of rows, or the rows of one table
// that a condition lets pass, in an order, the first of them. It is read once, from the very text
// SQLite would be given, so both ways have one meaning; whatever the small grammar does not know
// stays with SQLite. Immutable, shared by runs and threads; it keeps no rows and runs on any stack.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/index_choice.hpp"
#include "models/database/sql/piece_reader.hpp"
#include "models/database/sql/plan.hpp"
#include "models/database/sql/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

class DirectQuery {
 public:
  // Of `query.sql`; nullptr when SQLite must evaluate it.
  static std::shared_ptr<const DirectQuery> read(const Query& query, const Plan& plan);

  // The numbers of the parameters it uses, ascending, from 0.
  const std::vector<std::size_t>& parameters() const { return parameters_; }

  // Kept between runs by whoever runs queries: capacity only.
  struct Scratch {
    PieceReader reader;
  };
  // `values` has an entry per parameter of the plan; those in use are set. Of a table at least the
  // first `most` rows. Nothing when SQLite must evaluate it after all.
  std::optional<Expected<std::vector<Row>>> run(std::span<const Value* const> values,
                                                const Inputs& inputs, std::size_t most,
                                                Scratch& scratch) const;

 private:
  friend class DirectQueryReader;
  enum class Form : std::uint8_t {
    null,
    integer,
    text,
    parameter,
    column,
    row_id,
    next_value,
    now,
    add,
    subtract,
    equal,
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    is_null,
    is_not_null,
    logical_not,
    logical_and,
    logical_or,
  };
  struct Node {
    Form form = Form::null;
    std::uint32_t left = 0;  // node; parameter: its number; column: its number; next_value: the
    std::uint32_t right =
        0;  // node;                                            database and sequence
    std::int64_t integer = 0;  // add, subtract: the bits of their result
    std::string text = {};
  };
  // A table that is read by some key, or from end to end.
  struct Scan {
    // A value that limits what is read of the key, and for what (IndexChoice::operators).
    struct Limit {
      char operation = 'e';
      std::uint32_t value = 0;  // node
      TypeKind kind = TypeKind::unknown;
    };
    std::size_t database = 0;
    TableId table = 0;
    std::optional<KeyId> key;
    std::vector<Limit> limits;
    bool descending = false;
    std::vector<AskedOrder> order;  // by which they are sorted; empty: as they are read
    std::size_t most = std::numeric_limits<std::size_t>::max();  // LIMIT
  };
  // What an expression comes to. Text lies in a value of a row or a parameter, or in a node.
  struct Datum {
    enum class Kind : std::uint8_t { null, integer, text };
    Kind kind = Kind::null;
    std::int64_t integer = 0;
    std::string_view text = {};
    const Value* value = nullptr;  // that holds the text, where one does
    bool is_true() const { return kind == Kind::integer && integer != 0; }
  };
  struct Frame {
    std::span<const Value* const> values;
    const Inputs& inputs;
    const StoredRow* row = nullptr;
    std::optional<SqlError> error = std::nullopt;
    bool is_left_to_sqlite = false;  // what it says of a number out of range
  };

  static Datum datum_of(const Value& value);
  static Value value_of(const Datum& datum, TypeKind kind);
  static Datum truth(bool value);
  Datum evaluate(std::uint32_t node, Frame& frame) const;
  Datum compared(const Node& node, Frame& frame) const;
  Datum joined(const Node& node, Frame& frame) const;
  Datum calculated(const Node& node, Frame& frame) const;
  Datum next_value(const Node& node, Frame& frame) const;
  bool read_limits(Frame& frame, PieceReader& reader) const;
  bool passes(Frame& frame) const;
  void add_row(Frame& frame, std::vector<Row>& rows) const;
  // False: left to SQLite.
  bool scan(Frame& frame, std::size_t most, PieceReader& reader, std::vector<Row>& rows) const;
  bool sort(std::vector<StoredRow>& rows) const;

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> outputs_;
  std::vector<TypeKind> kinds_;
  std::optional<std::uint32_t> condition_;
  std::vector<std::uint32_t> prior_;  // of a table: its terms that are settled before a row is read
  std::optional<Scan> scan_;
  std::vector<std::size_t> parameters_;
  bool asks_session_ = false;
};

// Gives every query of the plan that can do without SQLite its DirectQuery.
void read_direct_queries(Plan& plan);

}  // namespace halfwrite::sql
