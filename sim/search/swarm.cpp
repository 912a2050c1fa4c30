#include "sim/search/swarm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace halfwrite::sim::search {

namespace {

constexpr Ratio half{1, 2};

// How much denser or thinner, longer or shorter: powers of two, 1 in the middle.
struct Factor {
  std::int64_t times = 1;
  std::int64_t over = 1;
};
constexpr std::array<Factor, 5> factors{{{1, 4}, {1, 2}, {1, 1}, {2, 1}, {4, 1}}};

Factor draw_factor(Key key) {
  return factors[Draws::below(key, factors.size())];
}

Duration scaled(Duration duration, Factor factor) {
  return duration / factor.over * factor.times;
}
DurationRange scaled(DurationRange range, Factor factor) {
  return {scaled(range.least, factor), scaled(range.most, factor)};
}
Ratio scaled(Ratio chance, Factor factor) {
  const Ratio result{chance.numerator * static_cast<std::uint64_t>(factor.times),
                     chance.denominator * static_cast<std::uint64_t>(factor.over)};
  return result.numerator > result.denominator ? Ratio{1, 1} : result;
}

// Each kept by a coin of its own; the best of them where the coins would keep none.
template <class Item, class Text>
std::vector<Item> some_of(const std::vector<Item>& items, Key key, const Text& text_of) {
  std::vector<Item> kept;
  for (const Item& item : items)
    if (Draws::happens(key.with(text_of(item)), half)) kept.push_back(item);
  if (!kept.empty() || items.empty()) return kept;
  return {*std::max_element(items.begin(), items.end(), [&](const Item& a, const Item& b) {
    return key.with("last").with(text_of(a)).value() < key.with("last").with(text_of(b)).value();
  })};
}

// Groups rather than nodes: a rule for everything becomes one for some groups.
std::vector<std::string> groups_of(const std::vector<NodeName>& nodes) {
  std::vector<std::string> groups;
  for (const NodeName& node : nodes) {
    const std::string& name = node.group.empty() ? node.node : node.group;
    if (std::find(groups.begin(), groups.end(), name) == groups.end()) groups.push_back(name);
  }
  return groups;
}

bool strikes_nodes(FaultKind kind) {
  return kind == FaultKind::crash || kind == FaultKind::pause || kind == FaultKind::partition ||
         kind == FaultKind::slow || kind == FaultKind::clock;
}

std::string text_of_name(const std::string& name) {
  return name;
}

Key key_of_rule(Key key, const StormRule& rule) {
  Key rule_key = key.with(to_text(rule.kind));
  for (const std::string& target : rule.targets) rule_key = rule_key.with(target);
  return rule_key;
}

StormRule draw_rule(const StormRule& whole, const std::vector<NodeName>& nodes, Key key) {
  StormRule rule = whole;
  const bool narrow = Draws::happens(key.with("narrow"), half);
  if (narrow && rule.targets.size() > 1) {
    rule.targets = some_of(rule.targets, key.with("targets"), text_of_name);
  } else if (narrow && rule.targets.empty() && strikes_nodes(rule.kind)) {
    rule.targets = some_of(groups_of(nodes), key.with("targets"), text_of_name);
  }
  const Factor density = draw_factor(key.with("density"));
  if (rule.every) {
    rule.every = scaled(*rule.every, {density.over, density.times});
    rule.every->least = std::max(rule.every->least, Duration::milliseconds(1));
    rule.every->most = std::max(rule.every->most, rule.every->least);
  }
  rule.chance = scaled(rule.chance, density);
  const Factor length = draw_factor(key.with("length"));
  rule.lasting = scaled(rule.lasting, length);
  // A clock that is off is off by what the scenario says: twice as much may be another disease.
  if (rule.kind != FaultKind::clock) rule.by = scaled(rule.by, length);
  return rule;
}

std::string range_text(DurationRange range) {
  if (range.least == range.most) return to_text(range.least);
  return to_text(range.least) + ".." + to_text(range.most);
}

std::string text_of(const StormRule& rule) {
  std::string text = to_text(rule.kind);
  if (rule.targets.empty()) {
    text += " of anything";
  } else {
    text += fmt::format(" of {}", fmt::join(rule.targets, ", "));
  }
  if (rule.every) text += " every " + range_text(*rule.every);
  if (!rule.chance.is_never())
    text += fmt::format(" with a chance of {}/{}", rule.chance.numerator, rule.chance.denominator);
  if (!rule.lasting.most.is_zero()) text += " for " + range_text(rule.lasting);
  if (!rule.by.most.is_zero()) text += " by " + range_text(rule.by);
  return text;
}

}  // namespace

Swarm draw_swarm(const Storm& whole, const std::vector<NodeName>& nodes, Instant work_begins,
                 Key key) {
  const Key swarm_key = key.with("swarm");
  std::vector<std::size_t> numbers(whole.rules.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  const auto rule_text = [&](std::size_t number) {
    return std::to_string(key_of_rule(swarm_key, whole.rules[number]).value());
  };
  const std::vector<std::size_t> on = some_of(numbers, swarm_key.with("on"), rule_text);

  Swarm swarm;
  swarm.storm = whole;
  swarm.storm.rules.clear();
  for (std::size_t number = 0; number < whole.rules.size(); ++number) {
    const StormRule& rule = whole.rules[number];
    if (std::find(on.begin(), on.end(), number) == on.end()) {
      swarm.drawn.push_back(std::string("no ") + to_text(rule.kind));
      continue;
    }
    swarm.storm.rules.push_back(draw_rule(rule, nodes, key_of_rule(swarm_key, rule)));
    swarm.drawn.push_back(text_of(swarm.storm.rules.back()));
  }
  // A short storm leaves more of the work to the calm after it.
  const std::int64_t quarters = Draws::between(swarm_key.with("until"), 1, 4);
  const Instant begin = work_begins < whole.until ? work_begins : Instant();
  if (quarters < 4) swarm.storm.until = begin + (whole.until - begin) / 4 * quarters;
  if (!whole.rules.empty())
    swarm.drawn.push_back("until " + to_text(swarm.storm.until.since_start()));
  return swarm;
}

}  // namespace halfwrite::sim::search
