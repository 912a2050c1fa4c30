// Reads the text of a translated query as a DirectQuery. The grammar is what the translator writes
// for plain values, comparisons and logic; anything else is left to SQLite.
#include "models/database/sql/direct_query.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

namespace halfwrite::sql {

namespace {

// Expressions are evaluated on any stack: their depth is bounded by their size.
constexpr std::size_t kNodesMost = 64;

}  // namespace

class DirectQueryReader {
 public:
  DirectQueryReader(const Query& query, const Plan& plan) : rest_(query.sql), plan_(plan) {
    read_.kinds_ = query.kinds;
  }

  std::shared_ptr<const DirectQuery> read() {
    if (!query() || read_.outputs_.size() != read_.kinds_.size()) return nullptr;
    return std::make_shared<const DirectQuery>(std::move(read_));
  }

 private:
  using Form = DirectQuery::Form;
  using Operation = AskedConstraint::Operation;
  using Node = DirectQuery::Node;
  using Result = std::optional<std::uint32_t>;  // a node
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  // What `s<alias>` stands for: images name parameters, else it is the table.
  struct Source {
    std::size_t alias = 0;
    bool is_table = false;
    std::vector<std::size_t> image;  // parameters, by column
  };
  // `s<alias>.c<column>`, until FROM has told what it is.
  struct PendingColumn {
    std::uint32_t node = 0;
    std::size_t alias = 0;
  };

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  template <typename Number>
  bool take_number(Number& number) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  std::uint32_t add(Node node) {
    read_.nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(read_.nodes_.size() - 1);
  }

  bool query() {
    if (!take("SELECT ")) return false;
    do {
      const Result output = expression();
      if (!output) return false;
      read_.outputs_.push_back(*output);
      std::size_t column = 0;
      if (take(" AS c") && !take_number(column)) return false;
    } while (take(", "));
    if (take(" FROM ")) {
      do {
        if (!source()) return false;
      } while (take(", "));
    }
    if (take(" WHERE ")) {
      is_in_condition_ = true;
      read_.condition_ = expression();
      if (!read_.condition_) return false;
    }
    if (!order() || !limit()) return false;
    // What SQLite is asked after all must not have drawn yet.
    if (calculates_ && draws_) return false;
    return rest_.empty() && name_columns() && choose_key() && note_parameters();
  }

  bool order() {
    if (!take(" ORDER BY ")) return true;
    do {
      const Result by = take("s") ? column() : std::nullopt;
      const bool descending = by && take(" DESC");
      if (!by || (!descending && !take(" ASC"))) return false;
      order_.push_back({*by, descending});
    } while (take(", "));
    return true;
  }

  bool limit() {
    if (!take(" LIMIT hw_limit(")) return true;
    return take_number(most_) && take(", 0)") && most_ > 0;
  }

  bool source() {
    Source made;
    if (take("(SELECT ")) {
      do {
        std::size_t parameter = 0;
        std::size_t column = 0;
        if (!take("?") || !take_number(parameter) || !take(" AS c") || !take_number(column))
          return false;
        made.image.push_back(parameter - 1);
      } while (take(", "));
      if (!take(")")) return false;
    } else {
      const std::string_view name = rest_.substr(0, rest_.find(' '));
      if (plan_.tables.size() != 1 || name != plan_.tables.front().name) return false;
      rest_.remove_prefix(name.size());
      made.is_table = true;
    }
    if (!take(" AS s") || !take_number(made.alias)) return false;
    sources_.push_back(std::move(made));
    return true;
  }

  Result expression() {
    if (take("?")) {
      std::uint32_t number = 0;
      if (!take_number(number)) return std::nullopt;
      return add({.form = Form::parameter, .left = number - 1});
    }
    if (take("NULL")) return add({.form = Form::null});
    if (take("hw_now()")) return session({.form = Form::now});
    if (take("hw_next_value(")) {
      Node node{.form = Form::next_value};
      if (!take_number(node.left) || !take(", ") || !take_number(node.right) || !take(")"))
        return std::nullopt;
      draws_ = true;
      return session(std::move(node));
    }
    if (take("hw_add(")) return arithmetic(Form::add);
    if (take("hw_subtract(")) return arithmetic(Form::subtract);
    if (take("'")) return text();
    if (take("s")) return column();
    if (take("(-")) return integer("-", ")");
    if (take("(")) return operation();
    return integer("", "");
  }

  Result session(Node node) {
    read_.asks_session_ = true;
    return add(std::move(node));
  }

  // Behind an opening parenthesis. Not in a condition: of terms of which one fails and one is false
  // SQLite chooses the first.
  Result arithmetic(Form form) {
    if (is_in_condition_) return std::nullopt;
    const Result left = expression();
    if (!left || !take(", ")) return std::nullopt;
    const Result right = expression();
    Node node{.form = form, .left = *left, .right = right.value_or(0)};
    if (!right || !take(", ") || !take_number(node.integer) || !take(")")) return std::nullopt;
    calculates_ = true;
    return add(std::move(node));
  }

  Result integer(std::string_view sign, std::string_view end) {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return std::nullopt;
    Node node{.form = Form::integer};
    if (!take_number(node.integer) || !take(end)) return std::nullopt;
    if (!sign.empty()) node.integer = -node.integer;
    return add(std::move(node));
  }

  Result text() {
    Node node{.form = Form::text};
    for (;;) {
      const auto end = rest_.find('\'');
      if (end == std::string_view::npos) return std::nullopt;
      node.text += rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      if (!take("'")) return add(std::move(node));
      node.text += '\'';
    }
  }

  Result column() {
    PendingColumn pending;
    Node node{.form = Form::column};
    if (!take_number(pending.alias) || !take(".")) return std::nullopt;
    if (take("rowid")) {
      node.form = Form::row_id;
    } else if (!take("c") || !take_number(node.left)) {
      return std::nullopt;
    }
    pending.node = add(std::move(node));
    pending_.push_back(pending);
    return pending.node;
  }

  Result unary(Form form, std::uint32_t operand) {
    return add({.form = form, .left = operand, .right = operand});
  }

  // Behind an opening parenthesis.
  Result operation() {
    if (take("NOT ")) {
      const Result operand = expression();
      if (!operand || !take(")")) return std::nullopt;
      return unary(Form::logical_not, *operand);
    }
    Result left = expression();
    if (!left) return std::nullopt;
    if (take(")")) return left;
    if (take(" IS NULL)")) return unary(Form::is_null, *left);
    if (take(" IS NOT NULL)")) return unary(Form::is_not_null, *left);
    constexpr std::pair<std::string_view, Form> joining[] = {{" AND ", Form::logical_and},
                                                             {" OR ", Form::logical_or}};
    for (const auto& [word, form] : joining) {
      if (!rest_.starts_with(word)) continue;
      while (take(word)) {
        const Result right = expression();
        if (!right) return std::nullopt;
        left = add({.form = form, .left = *left, .right = *right});
      }
      return take(")") ? left : std::nullopt;
    }
    constexpr std::pair<std::string_view, Form> comparing[] = {
        {" = ", Form::equal},          {" <> ", Form::not_equal}, {" < ", Form::less},
        {" <= ", Form::less_or_equal}, {" > ", Form::greater},    {" >= ", Form::greater_or_equal},
    };
    for (const auto& [word, form] : comparing) {
      if (!take(word)) continue;
      const Result right = expression();
      if (!right || !take(")")) return std::nullopt;
      return add({.form = form, .left = *left, .right = *right});
    }
    return std::nullopt;
  }

  // Columns of images become their parameters. Columns that are compared by a collation of ours,
  // and row ids anywhere but among the outputs, are SQLite's.
  bool name_columns() {
    for (const PendingColumn& pending : pending_) {
      const auto source = std::find_if(sources_.begin(), sources_.end(), [&](const Source& known) {
        return known.alias == pending.alias;
      });
      if (source == sources_.end()) return false;
      Node& node = read_.nodes_[pending.node];
      if (source->is_table) continue;
      if (node.form == Form::row_id || node.left >= source->image.size()) return false;
      node = {.form = Form::parameter,
              .left = static_cast<std::uint32_t>(source->image[node.left])};
    }
    for (const auto& [node, descending] : order_)
      if (read_.nodes_[node].form != Form::column || !is_compared_by_bytes(read_.nodes_[node]))
        return false;
    for (const Node& node : read_.nodes_) {
      if (node.form < Form::equal) continue;
      for (const std::uint32_t operand : {node.left, node.right})
        if (!is_compared_by_bytes(read_.nodes_[operand])) return false;
    }
    return true;
  }
  bool is_compared_by_bytes(const Node& operand) const {
    if (operand.form == Form::row_id) return false;
    if (operand.form != Form::column) return true;
    const char letter = shape_letter(plan_.tables.front().kinds[operand.left]);
    return letter == 'i' || letter == 's';
  }

  // The rows of a table are read as SQLite would read them. Of many SQLite reads one way for each
  // side of an OR, draws from a sequence before it sorts, and meets errors in what a sort leaves
  // out.
  bool choose_key() {
    const auto tables = std::count_if(sources_.begin(), sources_.end(),
                                      [](const Source& source) { return source.is_table; });
    if (tables == 0) return order_.empty() && most_ == unlimited;
    if (sources_.size() != 1) return false;
    if (read_.condition_) note_terms(*read_.condition_);
    if (equates_and_asks_more()) return false;
    const TableSlot& slot = plan_.tables.front();
    DirectQuery::Scan scan;
    scan.database = slot.database;
    scan.table = slot.table;
    scan.most = most_;
    for (const auto& [node, descending] : order_)
      scan.order.push_back({read_.nodes_[node].left, descending});
    const IndexChoice choice = choose_index(read_shape(slot.name), asked_, scan.order);
    if (choice.ordered || choice.single) scan.order.clear();
    const auto is_or = [](const Node& node) { return node.form == Form::logical_or; };
    const bool has_or = std::any_of(read_.nodes_.begin(), read_.nodes_.end(), is_or);
    const bool errs_in_sort = calculates_ && !scan.order.empty();
    if (!choice.single && (has_or || draws_ || errs_in_sort)) return false;
    scan.descending = choice.descending;
    if (choice.key >= 0) scan.key = static_cast<KeyId>(choice.key);
    for (std::size_t i = 0; i < choice.constraints.size(); ++i) {
      const std::size_t place = choice.constraints[i];
      scan.limits.push_back(
          {choice.operators[i], values_[place], slot.kinds[asked_[place].column]});
    }
    read_.scan_ = std::move(scan);
    return true;
  }

  // Those that hold in every row that passes. What asks for no column is settled before any row is
  // read; of `column = value`, or less or greater, where the value is no column, a key may know.
  void note_terms(std::uint32_t index) {
    const Node& node = read_.nodes_[index];
    if (node.form == Form::logical_and) {
      note_terms(node.left);
      note_terms(node.right);
      return;
    }
    terms_.push_back(index);
    const auto is_of_row = [](const Node& asked) {
      return asked.form == Form::column || asked.form == Form::row_id;
    };
    if (!has(index, is_of_row)) read_.prior_.push_back(index);
    constexpr std::pair<Form, std::pair<Operation, Operation>> comparing[] = {
        {Form::equal, {Operation::equal, Operation::equal}},
        {Form::less, {Operation::less, Operation::greater}},
        {Form::less_or_equal, {Operation::less_or_equal, Operation::greater_or_equal}},
        {Form::greater, {Operation::greater, Operation::less}},
        {Form::greater_or_equal, {Operation::greater_or_equal, Operation::less_or_equal}},
    };
    for (const auto& [form, operations] : comparing) {
      if (node.form != form) continue;
      note_comparison(node.left, operations.first, node.right);
      note_comparison(node.right, operations.second, node.left);
    }
  }

  // Where one term says what a column is SQLite puts that into the others, and goes by what they
  // say then.
  bool equates_and_asks_more() const {
    return std::any_of(asked_.begin(), asked_.end(), [&](const AskedConstraint& asked) {
      const auto is_it = [&](const Node& node) {
        return node.form == Form::column && node.left == asked.column;
      };
      return asked.operation == Operation::equal &&
             std::count_if(terms_.begin(), terms_.end(),
                           [&](std::uint32_t term) { return has(term, is_it); }) > 1;
    });
  }

  // Is there such a node in the expression? Nodes with operands come after these.
  template <class Condition>
  bool has(std::uint32_t index, const Condition& condition) const {
    const Node& node = read_.nodes_[index];
    if (condition(node)) return true;
    if (node.form < Form::add) return false;
    return has(node.left, condition) || (node.right != node.left && has(node.right, condition));
  }

  void note_comparison(std::uint32_t column, Operation operation, std::uint32_t value) {
    const bool is_value = read_.nodes_[value].form <= Form::parameter;
    if (read_.nodes_[column].form != Form::column || !is_value) return;
    asked_.push_back({read_.nodes_[column].left, operation});
    values_.push_back(value);
  }

  bool note_parameters() {
    for (const Node& node : read_.nodes_) {
      if (node.form == Form::parameter) read_.parameters_.push_back(node.left);
    }
    // An image is bound as a whole, though not every column of it is asked for.
    for (const Source& source : sources_)
      read_.parameters_.insert(read_.parameters_.end(), source.image.begin(), source.image.end());
    for (const std::size_t number : read_.parameters_)
      if (number >= plan_.parameters.size() || needs_deep_stack(plan_.parameters[number].type.kind))
        return false;
    std::sort(read_.parameters_.begin(), read_.parameters_.end());
    read_.parameters_.erase(std::unique(read_.parameters_.begin(), read_.parameters_.end()),
                            read_.parameters_.end());
    return read_.nodes_.size() <= kNodesMost;
  }
  // Reading a document as such a value goes as deep as the document.
  static bool needs_deep_stack(TypeKind kind) {
    return kind == TypeKind::json || kind == TypeKind::jsonb || kind == TypeKind::array;
  }

  std::string_view rest_;
  const Plan& plan_;
  DirectQuery read_;
  std::vector<Source> sources_;
  std::vector<PendingColumn> pending_;
  bool is_in_condition_ = false;
  bool calculates_ = false;
  bool draws_ = false;
  std::vector<std::uint32_t> terms_;                   // of the condition: nodes
  std::vector<AskedConstraint> asked_;                 // of the condition
  std::vector<std::uint32_t> values_;                  // nodes: what each of them compares with
  std::vector<std::pair<std::uint32_t, bool>> order_;  // nodes of columns; is it descending?
  std::size_t most_ = unlimited;
};

std::shared_ptr<const DirectQuery> DirectQuery::read(const Query& query, const Plan& plan) {
  return query.present() ? DirectQueryReader(query, plan).read() : nullptr;
}

void read_direct_queries(Plan& plan) {
  for (Query* query : {&plan.main, &plan.recheck, &plan.limits, &plan.returning, &plan.conflict})
    query->direct = DirectQuery::read(*query, plan);
}

}  // namespace halfwrite::sql
