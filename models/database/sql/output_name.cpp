// The name PostgreSQL gives an output column or an index without one (FigureColname).
#include "models/database/sql/translator.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

struct FiguredName {
  std::string name = "?column?";
  int strength = 0;  // 2: a name of its own, 1: only a type's
};

// The name PostgreSQL gives an unnamed output column.
FiguredName figure_name(const Json& node) {
  if (node.members().empty()) return {};
  const auto& [kind, body] = node.members().front();
  if (kind == "ColumnRef") {
    const auto& last = body["fields"].items().back();
    return last.has("String") ? FiguredName{last["String"].string("sval"), 2} : FiguredName{};
  }
  if (kind == "FuncCall") return {body["funcname"].items().back()["String"].string("sval"), 2};
  if (kind == "A_Indirection") return figure_name(body["arg"]);
  if (kind == "A_ArrayExpr") return {"array", 2};
  if (kind == "CoalesceExpr") return {"coalesce", 2};
  if (kind == "MinMaxExpr") return {body.string("op") == "IS_GREATEST" ? "greatest" : "least", 2};
  if (kind == "CaseExpr") {
    const auto inner = body.has("defresult") ? figure_name(body["defresult"]) : FiguredName{};
    return inner.strength > 1 ? inner : FiguredName{"case", 1};
  }
  if (kind == "TypeCast") {
    const auto inner = figure_name(body["arg"]);
    if (inner.strength > 1) return inner;
    return {body["typeName"]["names"].items().back()["String"].string("sval"), 1};
  }
  if (kind == "A_Expr" && body.string("kind") == "AEXPR_NULLIF") return {"nullif", 2};
  if (kind == "SQLValueFunction") {
    auto name = body.string("op").substr(6);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return {name, 2};
  }
  if (kind == "SubLink") {
    const auto& sort = body.string("subLinkType");
    if (sort == "EXISTS_SUBLINK") return {"exists", 2};
    const auto& targets = body["subselect"]["SelectStmt"]["targetList"].items();
    if (sort == "EXPR_SUBLINK" && targets.size() == 1) {
      const auto& target = targets[0]["ResTarget"];
      return target.has("name") ? FiguredName{target.string("name"), 2}
                                : figure_name(target["val"]);
    }
  }
  return {};
}

}  // namespace

std::string figured_name(const Json& node, const std::string& otherwise) {
  const auto figured = figure_name(node);
  return figured.strength > 0 ? figured.name : otherwise;
}

}  // namespace halfwrite::sql
