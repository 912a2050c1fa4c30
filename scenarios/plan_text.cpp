#include "scenarios/plan_text.hpp"

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/plan_reader.hpp"
#include "scenarios/points.hpp"
#include "scenarios/schema_walker.hpp"

#include <array>
#include <limits>
#include <memory>
#include <utility>

namespace halfwrite::scenarios {

namespace {

// Builds `{ "crash": "here", "before": "..." }` key by key.
class ItemWriter {
 public:
  void text(std::string_view key, std::string_view value) { raw(key, in_quotes(value)); }
  void raw(std::string_view key, const std::string& value) {
    if (!body_.empty()) body_ += ", ";
    body_ += in_quotes(key) + ": " + value;
  }
  void flag(std::string_view key, bool value, bool otherwise) {
    if (value != otherwise) raw(key, value ? "true" : "false");
  }
  void duration(std::string_view key, sim::Duration value) { text(key, write_duration(value)); }
  std::string take() { return "{ " + std::move(body_) + " }"; }

 private:
  std::string body_;
};

std::string list_of(const std::vector<std::string>& words) {
  std::string text = "[";
  for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : ", ") + in_quotes(words[i]);
  return text + "]";
}

const char* word_of(sim::When when) {
  switch (when) {
    case sim::When::at:
      return "at";
    case sim::When::before:
      return "before";
    case sim::When::during:
      return "during";
    case sim::When::after:
      return "after";
  }
  return "";
}

void write_anchor(ItemWriter& item, const sim::Anchor& anchor) {
  if (anchor.when == sim::When::at) {
    item.duration("at", anchor.at.since_start());
  } else {
    item.text(word_of(anchor.when), sim::to_text(anchor.point));
  }
}

// The verb with its targets, and when.
void write_targets(ItemWriter& item, const sim::Fault& fault) {
  if (fault.targets.size() == 1) {
    item.text(sim::to_text(fault.kind), fault.targets.front());
  } else {
    item.raw(sim::to_text(fault.kind), list_of(fault.targets));
  }
  write_anchor(item, fault.anchor);
}

void write_groups(ItemWriter& item, const sim::Fault& fault) {
  std::string groups = "[";
  for (std::size_t i = 0; i < fault.groups.size(); ++i)
    groups += (i == 0 ? "" : ", ") + list_of(fault.groups[i]);
  item.raw(sim::to_text(fault.kind), groups + "]");
  write_anchor(item, fault.anchor);
}

// The verb with its point, or "anywhere" from an instant on.
void write_point(ItemWriter& item, const sim::Fault& fault) {
  const bool anywhere = fault.anchor.when == sim::When::at;
  item.text(sim::to_text(fault.kind), anywhere ? "anywhere" : sim::to_text(fault.anchor.point));
  if (anywhere) {
    item.duration("at", fault.anchor.at.since_start());
  } else if (fault.anchor.when != sim::When::during) {
    item.text("when", word_of(fault.anchor.when));
  }
  if (!fault.targets.empty()) item.raw("targets", list_of(fault.targets));
}

void write_crash(ItemWriter& item, const sim::Fault& fault) {
  write_targets(item, fault);
  if (fault.for_ever) {
    item.text("down", "for_ever");
  } else {
    item.duration("down", fault.lasting);
  }
  item.flag("machine", fault.machine, false);
  if (fault.disk_lost) item.text("disk", "lost");
}

// How often a server says no, and for how long.
void write_repeats(ItemWriter& item, const sim::Fault& fault) {
  if (fault.times == std::numeric_limits<std::uint64_t>::max()) {
    item.text("times", "for_ever");
  } else if (fault.times != 1) {
    item.raw("times", std::to_string(fault.times));
  }
  if (!fault.lasting.is_zero()) item.duration("for", fault.lasting);
}

std::string write_order(const sim::InOrder& order) {
  ItemWriter item;
  std::vector<std::string> points;
  for (const sim::Point& point : order.points) points.push_back(sim::to_text(point));
  item.raw("in_order", list_of(points));
  if (order.patience != sim::InOrder().patience) item.duration("patience", order.patience);
  return item.take();
}

// A tree read from the command line, its items checked.
sim::Expected<Json, std::vector<Diagnostic>> read_items(std::string_view text,
                                                        const std::string& file, bool is_list) {
  auto json = read_json(std::make_shared<Source>(file, std::string(text)));
  if (!json) return sim::Unexpected(std::move(json.error()));
  Json list = std::move(json).value();
  if (!is_list) {
    Json wrapped;
    wrapped.kind = Json::Kind::list;
    wrapped.span = list.span;
    wrapped.items.push_back(std::move(list));
    list = std::move(wrapped);
  }
  Findings findings;
  if (!list.is_list()) {
    findings.add(list, "type",
                 std::string("a plan is a list of items, found ") + to_text(list.kind),
                 "write [ ... ]");
    return sim::Unexpected(findings.take());
  }
  set_paths(list);
  SchemaWalker walker(findings);
  for (const Json& item : list.items) walker.check_definition(item, "plan_item");
  if (!findings.is_empty()) return sim::Unexpected(findings.take());
  return list;
}

bool keep_every_point(const Json&, const sim::Point&) {
  return true;
}

}  // namespace

std::string write_duration(sim::Duration duration) {
  constexpr std::array<std::pair<const char*, std::int64_t>, 6> units{{{"h", 3'600'000'000'000},
                                                                       {"m", 60'000'000'000},
                                                                       {"s", 1'000'000'000},
                                                                       {"ms", 1'000'000},
                                                                       {"us", 1'000},
                                                                       {"ns", 1}}};
  const std::int64_t nanoseconds = duration.in_nanoseconds();
  if (nanoseconds == 0) return "0s";
  for (const auto& [unit, size] : units) {
    if (nanoseconds % size == 0) return std::to_string(nanoseconds / size) + unit;
  }
  return "";
}

std::string write_fault(const sim::Fault& fault) {
  ItemWriter item;
  switch (fault.kind) {
    case sim::FaultKind::crash:
      write_crash(item, fault);
      break;
    case sim::FaultKind::pause:
      write_targets(item, fault);
      item.duration("for", fault.lasting);
      break;
    case sim::FaultKind::partition:
      write_groups(item, fault);
      item.duration("for", fault.lasting);
      item.flag("one_way", fault.one_way, false);
      break;
    case sim::FaultKind::slow:
      write_targets(item, fault);
      item.duration("by", fault.by);
      item.duration("for", fault.lasting);
      break;
    case sim::FaultKind::clock:
      write_targets(item, fault);
      item.duration("offset", fault.by);
      break;
    case sim::FaultKind::disconnect:
    case sim::FaultKind::rebalance:
      write_targets(item, fault);
      break;
    case sim::FaultKind::promote:
      write_targets(item, fault);
      item.flag("fenced", fault.fenced, true);
      break;
    case sim::FaultKind::reset:
    case sim::FaultKind::lose_request:
    case sim::FaultKind::lose_reply:
    case sim::FaultKind::cancel:
      write_point(item, fault);
      break;
    case sim::FaultKind::delay:
      write_point(item, fault);
      item.duration("by", fault.by);
      item.flag("blocking", fault.blocking, true);
      break;
    case sim::FaultKind::duplicate:
      write_point(item, fault);
      item.duration("later", fault.by);
      break;
    case sim::FaultKind::refuse:
      write_point(item, fault);
      item.text("error", fault.error);
      write_repeats(item, fault);
      break;
    case sim::FaultKind::disk_full:
      write_point(item, fault);
      write_repeats(item, fault);
      break;
    case sim::FaultKind::fail_sync:
      write_point(item, fault);
      if (fault.unsynced_lost) item.text("unsynced", "lost");
      break;
  }
  return item.take();
}

std::string write_plan(const sim::FaultPlan& plan) {
  std::vector<std::string> items;
  for (const sim::Fault& fault : plan.faults) items.push_back(write_fault(fault));
  for (const sim::InOrder& order : plan.orders) items.push_back(write_order(order));
  if (items.empty()) return "[]";
  std::string text = "[\n";
  for (std::size_t i = 0; i < items.size(); ++i)
    text += "  " + items[i] + (i + 1 < items.size() ? ",\n" : "\n");
  return text + "]";
}

sim::Expected<sim::FaultPlan, std::vector<Diagnostic>> parse_plan(std::string_view text,
                                                                  const std::string& file) {
  auto items = read_items(text, file, true);
  if (!items) return sim::Unexpected(std::move(items.error()));
  Findings findings;
  sim::FaultPlan plan = read_plan(items.value(), findings, keep_every_point);
  if (!findings.is_empty()) return sim::Unexpected(findings.take());
  return plan;
}

sim::Expected<sim::Fault, std::vector<Diagnostic>> parse_fault(std::string_view text,
                                                               const std::string& file) {
  auto items = read_items(text, file, false);
  if (!items) return sim::Unexpected(std::move(items.error()));
  Findings findings;
  sim::FaultPlan plan = read_plan(items.value(), findings, keep_every_point);
  if (findings.is_empty() && plan.faults.empty()) {
    findings.add(items.value().items.front(), "plan", "an order is no fault",
                 "give it with the plan");
  }
  if (!findings.is_empty()) return sim::Unexpected(findings.take());
  return plan.faults.front();
}

std::optional<std::string> too_late(const sim::Fault& fault, const Scenario& scenario) {
  const sim::Instant end = end_of_workload(scenario.workload) + scenario.settle_at_most;
  if (fault.anchor.when != sim::When::at || fault.anchor.at <= end) return std::nullopt;
  return "a fault at " + write_duration(fault.anchor.at.since_start()) +
         " comes when the run is over: requests and settling end by " +
         write_duration(end.since_start());
}

std::vector<Diagnostic> check_points(const sim::FaultPlan& plan, const Scenario& scenario,
                                     const std::string& file) {
  const Points points(scenario);
  std::vector<Diagnostic> diagnostics;
  const auto add = [&](const char* short_name, std::string message, std::string hint) {
    Diagnostic diagnostic;
    diagnostic.place.file = file;
    diagnostic.message = std::move(message);
    diagnostic.short_name = short_name;
    diagnostic.hint = std::move(hint);
    diagnostics.push_back(std::move(diagnostic));
  };
  const auto check_point = [&](const sim::Point& point) {
    if (points.has(point)) return;
    const Points::Miss miss = points.explain(point);
    add("point", miss.message, miss.hint);
  };
  const auto check_target = [&](const std::string& target, sim::FaultKind kind) {
    if (kind == sim::FaultKind::rebalance) {
      if (!points.has_group(target))
        add("unknown-name", "no consumer group is named \"" + target + "\"",
            points.nearest_group(target));
    } else if (const auto miss = points.miss_target(target, Points::targets_of(kind, false))) {
      add("unknown-name", miss->message, miss->hint);
    }
  };
  for (const sim::Fault& fault : plan.faults) {
    if (fault.anchor.when != sim::When::at) check_point(fault.anchor.point);
    if (auto late = too_late(fault, scenario)) add("plan", std::move(*late), "an earlier instant");
    for (const std::string& target : fault.targets) check_target(target, fault.kind);
    for (const auto& group : fault.groups) {
      for (const std::string& target : group) check_target(target, fault.kind);
    }
  }
  for (const sim::InOrder& order : plan.orders) {
    for (const sim::Point& point : order.points) check_point(point);
  }
  return diagnostics;
}

}  // namespace halfwrite::scenarios
