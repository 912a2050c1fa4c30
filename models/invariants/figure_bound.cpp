#include "models/invariants/figure_bound.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

__extension__ using Wide = unsigned __int128;

bool is_above(sim::Ratio a, sim::Ratio b) {
  return Wide{a.numerator} * b.denominator > Wide{b.numerator} * a.denominator;
}

bool is_duration(const std::string& figure) {
  return figure.starts_with("publish_delay_") || figure.starts_with("latency_");
}

// Is the value above the limit (or, with `below`, below it)?
bool breaks(const FigureValue& value, const Limit& limit, bool below) {
  if (const auto* const duration = std::get_if<sim::Duration>(&limit)) {
    const std::int64_t bound = duration->in_nanoseconds();
    return below ? value.nanoseconds < bound : value.nanoseconds > bound;
  }
  const sim::Ratio bound = std::get<sim::Ratio>(limit);
  return below ? is_above(bound, value.ratio) : is_above(value.ratio, bound);
}

// At most three decimals, without trailing zeros, rounded down: "0.94".
std::string decimal(sim::Ratio ratio) {
  std::string text = std::to_string(ratio.numerator / ratio.denominator);
  const Wide rest = Wide{ratio.numerator % ratio.denominator} * 1'000 / ratio.denominator;
  const std::string digits = std::to_string(1'000 + static_cast<unsigned>(rest)).substr(1);
  const std::size_t last = digits.find_last_not_of('0');
  if (last == std::string::npos) return text;
  return text + "." + digits.substr(0, last + 1);
}

std::string text_of(const Limit& limit) {
  if (const auto* const duration = std::get_if<sim::Duration>(&limit)) {
    return sim::to_text(*duration);
  }
  return decimal(std::get<sim::Ratio>(limit));
}

class FigureBoundInvariant : public Invariant {
 public:
  FigureBoundInvariant(FigureBound bound, const sim::Names& names, std::shared_ptr<Ledger> ledger)
      : bound_(std::move(bound)), collector_(names, std::move(ledger)) {}

  void on_fact(const history::Fact& fact) override { collector_.on_fact(fact); }

  Verdict judge(history::Instant at_end) override {
    Verdict verdict;
    verdict.invariant = bound_.name;
    const FigureValue value = figure(collector_.finish(), bound_.figure, bound_.of);
    if (!value.measured()) {
      verdict.outcome = Outcome::vacuous;
      verdict.vacuous_because = "nothing was measured for " + title();
      return verdict;
    }
    if (bound_.at_most && breaks(value, *bound_.at_most, false)) {
      verdict.violations.push_back(broken(value, "at most", *bound_.at_most, at_end));
    }
    if (bound_.at_least && breaks(value, *bound_.at_least, true)) {
      verdict.violations.push_back(broken(value, "at least", *bound_.at_least, at_end));
    }
    if (!verdict.violations.empty()) verdict.outcome = Outcome::violated;
    return verdict;
  }

 private:
  std::string title() const {
    return bound_.of.empty() ? bound_.figure : bound_.figure + " of " + bound_.of;
  }

  Violation broken(const FigureValue& value, const std::string& words, const Limit& limit,
                   history::Instant at_end) const {
    Violation violation;
    violation.subject = bound_.of;
    violation.at = at_end;
    violation.sentence =
        title() + " was " + to_text(value) + ", allowed is " + words + " " + text_of(limit);
    return violation;
  }

  FigureBound bound_;
  FigureCollector collector_;
};

std::optional<std::string> problem_of_limit(const std::string& figure, const Limit& limit) {
  const bool is_time = std::holds_alternative<sim::Duration>(limit);
  if (is_duration(figure) && !is_time) return figure + " is bounded by a duration, such as 200ms";
  if (!is_duration(figure) && is_time) return figure + " is bounded by a number";
  if (!is_time && std::get<sim::Ratio>(limit).denominator == 0) {
    return "a limit cannot have the denominator 0";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> problem_of(const FigureBound& bound) {
  const std::vector<std::string> unmeasured = figure_names_not_measured();
  if (std::find(unmeasured.begin(), unmeasured.end(), bound.figure) != unmeasured.end()) {
    return bound.figure + " is not measured yet";
  }
  const std::vector<std::string> measured = figure_names();
  if (std::find(measured.begin(), measured.end(), bound.figure) == measured.end()) {
    return bound.figure + " is no figure";
  }
  if (!bound.at_most && !bound.at_least) return bound.name + " needs at_most or at_least";
  for (const std::optional<Limit>& limit : {bound.at_most, bound.at_least}) {
    if (!limit) continue;
    if (std::optional<std::string> problem = problem_of_limit(bound.figure, *limit)) return problem;
  }
  return std::nullopt;
}

std::unique_ptr<Invariant> make_figure_bound(FigureBound bound, const sim::Names& names,
                                             std::shared_ptr<Ledger> ledger) {
  HALFWRITE_ASSERT(!problem_of(bound), "a bound on a figure is checked before it is made");
  return std::make_unique<FigureBoundInvariant>(std::move(bound), names, std::move(ledger));
}

std::string to_text(const FigureValue& value) {
  switch (value.unit) {
    case FigureValue::Unit::nothing:
      return "not measured";
    case FigureValue::Unit::duration:
      return sim::to_text(sim::Duration::nanoseconds(value.nanoseconds));
    case FigureValue::Unit::ratio:
      return decimal(value.ratio);
    case FigureValue::Unit::per_second:
      return decimal(value.ratio) + " per second";
  }
  return "not measured";
}

}  // namespace halfwrite::invariants
