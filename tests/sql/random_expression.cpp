#include "tests/sql/random_expression.hpp"

#include "tests/sql/expression_patterns.hpp"

#include <algorithm>
#include <stdexcept>

namespace halfwrite::sql::test {

namespace {

std::size_t drawn(sim::Key key, std::size_t bound) {
  return static_cast<std::size_t>(sim::Draws::below(key, bound));
}

Meant meant_by(std::string_view hole, sim::Key key) {
  constexpr Meant kNumbers[] = {Meant::smallint, Meant::integer, Meant::integer, Meant::bigint,
                                Meant::numeric};
  if (hole == "number") return kNumbers[drawn(key, std::size(kNumbers))];
  if (hole == "any") return static_cast<Meant>(drawn(key, static_cast<std::size_t>(Meant::any)));
  for (std::size_t i = 0; i < std::size(kMeantNames); ++i)
    if (kMeantNames[i] == hole) return static_cast<Meant>(i);
  throw std::logic_error("no such hole: " + std::string(hole));
}

// One of "a|b|c".
std::string_view one_of(std::string_view choices, sim::Key key) {
  const auto count = static_cast<std::size_t>(std::count(choices.begin(), choices.end(), '|')) + 1;
  for (auto left = drawn(key, count); left > 0; --left)
    choices.remove_prefix(choices.find('|') + 1);
  return choices.substr(0, choices.find('|'));
}

bool reads_a_column(const Node& node) {
  return node.is_column || std::any_of(node.parts.begin(), node.parts.end(), reads_a_column);
}

// PostgreSQL's planner evaluates what is constant before the first row, so it also meets errors in
// branches no row takes. What must agree is what rows give: each pattern gets a column.
void keep_a_column(Node& node, sim::Key key) {
  if (node.parts.empty()) return;
  // Of coalesce() the first part decides whether the others are reached.
  const bool first_decides = node.pieces.front().starts_with("coalesce");
  if (first_decides ? reads_a_column(node.parts.front()) : reads_a_column(node)) return;
  auto& part = node.parts[first_decides ? 0 : drawn(key.with("part"), node.parts.size())];
  const auto& sources = kLeaves[static_cast<std::size_t>(part.meant)];
  part.pieces = {std::string(one_of(sources.columns, key.with("which")))};
  part.parts.clear();
  part.is_column = true;
}

// Fills a pattern: $(a|b) is one of the texts, ${kind} an expression; ${same} is of a kind drawn
// once for the whole pattern.
Node filled(std::string_view pattern, Meant meant, int depth, sim::Key key) {
  Node node{.meant = meant, .pieces = {""}, .parts = {}};
  const auto same = meant_by("any", key.with("same"));
  std::uint64_t hole = 0;
  while (!pattern.empty()) {
    const auto at = pattern.find('$');
    node.pieces.back() += pattern.substr(0, at);
    if (at == std::string_view::npos) break;
    const bool choice = pattern[at + 1] == '(';
    const auto end = pattern.find(choice ? ')' : '}', at);
    const auto inside = pattern.substr(at + 2, end - at - 2);
    const auto own = key.with("hole").with(hole++);
    pattern.remove_prefix(end + 1);
    if (choice) {
      node.pieces.back() += one_of(inside, own);
      continue;
    }
    // Now and then something of a kind that does not fit: the errors must be the same, too.
    const bool odd = sim::Draws::happens(own.with("odd"), {1, 150});
    const auto kind = odd                ? meant_by("any", own.with("kind"))
                      : inside == "same" ? same
                      : inside == "self" ? meant
                                         : meant_by(inside, own.with("kind"));
    node.parts.push_back(random_expression(kind, depth - 1, own.with("part")));
    node.pieces.emplace_back();
  }
  keep_a_column(node, key.with("kept"));
  return node;
}

Node leaf(Meant meant, sim::Key key) {
  Node node{.meant = meant, .pieces = {}, .parts = {}};
  const auto& sources = kLeaves[static_cast<std::size_t>(meant)];
  const bool column = sim::Draws::happens(key.with("column"), {3, 5});
  node.is_column = column;
  node.pieces.emplace_back(one_of(column ? sources.columns : sources.constants, key.with("which")));
  return node;
}

std::string_view pattern_for(Meant meant, sim::Key key) {
  std::vector<std::string_view> fitting;
  for (const auto& entry : expression_patterns())
    if (entry.meant == meant || entry.meant == Meant::any) fitting.push_back(entry.pattern);
  return fitting[drawn(key, fitting.size())];
}

void all_nodes(Node& node, std::vector<Node*>& out) {
  for (auto& part : node.parts) {
    out.push_back(&part);
    all_nodes(part, out);
  }
}

// What a part may be replaced by, the smallest first.
std::vector<Node> replacements(Node node) {
  std::vector<Node> result;
  const auto& sources = kLeaves[static_cast<std::size_t>(node.meant)];
  if (node.parts.empty() && node.pieces.front() == one_of(sources.columns, sim::Key(0)))
    return result;
  const auto column = one_of(sources.columns, sim::Key(0));
  if (node.pieces.front() != column)
    result.push_back({.meant = node.meant, .pieces = {std::string(column)}, .parts = {}});
  std::vector<Node*> inside;
  all_nodes(node, inside);
  for (const auto* part : inside) result.push_back(*part);
  return result;
}

}  // namespace

std::string Node::text() const {
  std::string out = pieces.front();
  for (std::size_t i = 0; i < parts.size(); ++i) out += parts[i].text() + pieces[i + 1];
  return out;
}

Node random_expression(Meant meant, int depth, sim::Key key) {
  if (depth <= 0 || sim::Draws::happens(key.with("leaf"), {1, 4}))
    return leaf(meant, key.with("leaf"));
  return filled(pattern_for(meant, key.with("pattern")), meant, depth, key.with("filled"));
}

Node random_statement(sim::Key key) {
  const auto patterns = statement_patterns();
  std::size_t total = 0;
  for (const auto& entry : patterns) total += entry.weight;
  auto at = drawn(key.with("statement"), total);
  std::size_t which = 0;
  while (at >= patterns[which].weight) at -= patterns[which++].weight;
  const int depth = 1 + static_cast<int>(drawn(key.with("depth"), 4));
  return filled(patterns[which].pattern, Meant::any, depth + 1, key.with("filled"));
}

Node smaller(Node statement, const std::function<bool(const Node&)>& fails, int tries) {
  std::size_t at = 0;
  while (tries > 0) {
    std::vector<Node*> parts;
    all_nodes(statement, parts);
    if (at >= parts.size()) break;
    Node& part = *parts[at];
    Node before = part;
    bool progress = false;
    for (auto& candidate : replacements(before)) {
      if (candidate.text().size() >= before.text().size()) continue;
      part = std::move(candidate);
      progress = fails(statement);
      if (progress || --tries <= 0) break;
    }
    if (progress) {
      at = 0;
    } else {
      part = std::move(before);
      ++at;
    }
  }
  return statement;
}

}  // namespace halfwrite::sql::test
