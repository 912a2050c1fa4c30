#include "scenarios/plan_reader.hpp"

#include "scenarios/field_reader.hpp"
#include "scenarios/value_text.hpp"
#include "sim/fault_kinds.hpp"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace halfwrite::scenarios {

namespace {

sim::When when_of(std::string_view word) {
  if (word == "before") return sim::When::before;
  if (word == "after") return sim::When::after;
  return sim::When::during;
}

// A disk is full for a time from an instant on; at a point it is full so many times.
void refuse_time(const Json& json, const char* where, Findings& findings) {
  const Member* time = json.find_member("for");
  if (time == nullptr) return;
  findings.add(time->key_span, json.path, "condition", std::string("`for` is read only ") + where,
               "by chance or at a point it strikes one statement");
}

class PlanReader {
 public:
  PlanReader(Findings& findings, const KeepPoint& keep) : findings_(findings), keep_(keep) {}

  sim::FaultPlan read(const Json& list) {
    sim::FaultPlan plan;
    for (const Json& item : list.items) {
      if (item.find("in_order") != nullptr) {
        if (auto order = read_order(item)) plan.orders.push_back(std::move(*order));
      } else if (const auto kind = fault_kind_of(item)) {
        if (auto fault = read_fault(item, *kind)) plan.faults.push_back(std::move(*fault));
      }
    }
    return plan;
  }

 private:
  std::optional<sim::Point> read_point(const Json& written) {
    const auto point = sim::parse_point(written.text);
    if (!written.is_text() || !point || !keep_(written, point.value())) return std::nullopt;
    return point.value();
  }

  std::optional<sim::InOrder> read_order(const Json& item) {
    sim::InOrder order;
    for (const Json& written : item.find("in_order")->items) {
      if (auto point = read_point(written)) order.points.push_back(std::move(*point));
    }
    take(item, "patience", order.patience);
    if (order.points.size() < 2) return std::nullopt;
    return order;
  }

  std::optional<sim::Fault> read_fault(const Json& item, sim::FaultKind kind) {
    sim::Fault fault;
    fault.kind = kind;
    const Json& verb = *item.find(sim::to_text(kind));
    const auto anchor = sim::row_of(kind).is_of_one_message ? read_own_point(item, verb)
                                                            : read_anchor(item, verb, kind);
    if (!anchor) return std::nullopt;
    fault.anchor = *anchor;
    if (sim::row_of(kind).is_of_one_message) {
      take(item, "targets", fault.targets);
    } else if (kind == sim::FaultKind::partition) {
      for (const Json& group : verb.items) {
        fault.groups.emplace_back();
        for (const Json& node : group.items) fault.groups.back().push_back(node.text);
      }
    } else {
      take(item, sim::to_text(kind), fault.targets);
    }
    read_details(item, fault);
    return fault;
  }

  void read_details(const Json& item, sim::Fault& fault) {
    if (fault.kind == sim::FaultKind::crash) {
      fault.lasting = sim::Duration::milliseconds(200);
      fault.for_ever = text_at(item, "down") == "for_ever";
      if (fault.for_ever) fault.lasting = sim::Duration();
      take(item, "down", fault.lasting);
      take(item, "machine", fault.machine);
      fault.disk_lost = text_at(item, "disk") == "lost";
      if (fault.disk_lost && !fault.machine) {
        findings_.add(*item.find("disk"), "condition", "only a machine's crash can lose a disk",
                      "add \"machine\": true");
      }
    }
    take(item, "for", fault.lasting);
    take(item, "by", fault.by);
    take(item, "offset", fault.by);
    take(item, "later", fault.by);
    take(item, "one_way", fault.one_way);
    take(item, "blocking", fault.blocking);
    take(item, "fenced", fault.fenced);
    fault.unsynced_lost = text_at(item, "unsynced") == "lost";
    if (fault.kind == sim::FaultKind::refuse) {
      fault.error = "unavailable";
      take(item, "error", fault.error);
    }
    take(item, "times", fault.times);
    if (text_at(item, "times") == "for_ever")
      fault.times = std::numeric_limits<std::uint64_t>::max();
    if (fault.kind == sim::FaultKind::disk_full) check_full_disk(item, fault);
  }

  void check_full_disk(const Json& item, const sim::Fault& fault) {
    if (fault.anchor.when != sim::When::at) {
      refuse_time(item, "with `anywhere`", findings_);
    } else if (item.find("for") != nullptr && item.find("times") != nullptr) {
      findings_.add(item.find_member("times")->key_span, item.path, "condition",
                    "`times` and `for` exclude each other", "so many statements, or all of a time");
    }
  }

  // Of a verb whose value is its point, or "anywhere" from an instant on.
  std::optional<sim::Anchor> read_own_point(const Json& item, const Json& verb) {
    sim::Anchor anchor;
    const Json* at = item.find("at");
    if (verb.text != "anywhere") {
      if (at != nullptr) {
        findings_.add(item.find_member("at")->key_span, item.path, "plan",
                      "`at` stands beside a point", "the point is \"anywhere\" with `at`");
        return std::nullopt;
      }
      anchor.when = when_of(text_at(item, "when"));
      auto point = read_point(verb);
      if (!point) return std::nullopt;
      anchor.point = std::move(*point);
      return anchor;
    }
    if (at == nullptr) {
      findings_.add(verb, "plan", "\"anywhere\" needs an instant",
                    "add \"at\": the first use from then on is meant");
      return std::nullopt;
    }
    sim::Duration instant;
    take(item, "at", instant);
    anchor.at = sim::Instant::at(instant);
    return anchor;
  }

  // Exactly one of at, before, during and after.
  std::optional<sim::Anchor> read_anchor(const Json& item, const Json& verb, sim::FaultKind kind) {
    const Member* chosen = nullptr;
    for (const char* key : {"at", "before", "during", "after"}) {
      const Member* member = item.find_member(key);
      if (member == nullptr) continue;
      if (chosen != nullptr) {
        findings_.add(member->key_span, item.path, "plan",
                      "`" + chosen->key + "` and `" + member->key + "` say when twice",
                      "one of them is enough");
        return std::nullopt;
      }
      chosen = member;
    }
    if (chosen == nullptr) {
      findings_.add(verb, "plan", std::string("this ") + sim::to_text(kind) + " does not say when",
                    "add `at`, `before`, `during` or `after`");
      return std::nullopt;
    }
    sim::Anchor anchor;
    if (chosen->key != "at") {
      anchor.when = when_of(chosen->key);
      auto point = read_point(chosen->value);
      if (!point) return std::nullopt;
      anchor.point = std::move(*point);
      return anchor;
    }
    const auto is_here = [](const Json& target) { return target.text == "here"; };
    bool here = is_here(verb);
    for (const Json& target : verb.items) here = here || is_here(target);
    if (here) {
      findings_.add(verb, "plan", "\"here\" is the process at a point, and `at` names an instant",
                    "name the node, or use `before`, `during` or `after`");
      return std::nullopt;
    }
    sim::Duration instant;
    take(item, "at", instant);
    anchor.at = sim::Instant::at(instant);
    return anchor;
  }

  Findings& findings_;
  const KeepPoint& keep_;
};

sim::DurationRange milliseconds(std::int64_t count) {
  return sim::DurationRange::exactly(sim::Duration::milliseconds(count));
}

// What the language says where a rule says nothing.
void set_defaults(sim::StormRule& rule) {
  switch (rule.kind) {
    case sim::FaultKind::crash:
      rule.lasting = milliseconds(200);
      break;
    case sim::FaultKind::pause:
      rule.lasting = milliseconds(500);
      break;
    case sim::FaultKind::partition:
      rule.lasting = milliseconds(1000);
      break;
    case sim::FaultKind::slow:
      rule.lasting = milliseconds(1000);
      rule.by = milliseconds(50);
      break;
    case sim::FaultKind::clock:
      rule.by = milliseconds(1000);
      break;
    case sim::FaultKind::delay:
      rule.by = milliseconds(100);
      break;
    case sim::FaultKind::refuse:
      rule.error = "unavailable";
      break;
    case sim::FaultKind::disk_full:
      rule.lasting = milliseconds(1000);
      break;
    default:
      break;
  }
}

void read_rule(const Member& member, sim::FaultKind kind, sim::Storm& storm, Findings& findings) {
  const Json& json = member.value;
  sim::StormRule rule;
  rule.kind = kind;
  set_defaults(rule);
  take(json, "targets", rule.targets);
  take(json, "every", rule.every);
  if (const Json* chance = json.find("probability")) {
    if (const auto ratio = parse_chance(chance->text)) rule.chance = *ratio;
  }
  for (const char* key : {"down", "for"}) take(json, key, rule.lasting);
  for (const char* key : {"by", "offset"}) take(json, key, rule.by);
  take(json, "machine", rule.machine);
  take(json, "one_way", rule.one_way);
  rule.unsynced_lost = text_at(json, "unsynced") == "lost";
  take(json, "error", rule.error);
  if (kind == sim::FaultKind::disk_full && !rule.every) {
    rule.lasting = sim::DurationRange();
    refuse_time(json, "with `every`", findings);
  }
  const bool has_rhythm = json.find("every") != nullptr;
  const bool has_chance = json.find("probability") != nullptr;
  if (has_rhythm == has_chance && json.is_object()) {
    findings.add(
        member.key_span, json.path, "condition",
        has_rhythm ? "`every` and `probability` exclude each other"
                   : "`" + member.key + "` does not say how often",
        has_rhythm ? "a rhythm or a chance" : "add \"every\": \"1s\" or \"probability\": 0.01");
  }
  if (rule.every && rule.every->least <= sim::Duration()) {
    findings.add(*json.find("every"), "duration", "a rhythm needs time between two faults");
  }
  storm.rules.push_back(std::move(rule));
}

}  // namespace

std::optional<sim::FaultKind> fault_kind_of(std::string_view word) {
  for (const sim::FaultKindRow& row : sim::all_fault_kinds()) {
    if (word == row.explanation.name) return row.kind;
  }
  return std::nullopt;
}

std::optional<sim::FaultKind> fault_kind_of(const Json& item) {
  for (const sim::FaultKindRow& row : sim::all_fault_kinds()) {
    if (item.find(row.explanation.name) != nullptr) return row.kind;
  }
  return std::nullopt;
}

sim::FaultPlan read_plan(const Json& list, Findings& findings, const KeepPoint& keep) {
  return PlanReader(findings, keep).read(list);
}

sim::Storm read_storm(const Json& faults, Findings& findings, sim::Instant end_of_workload) {
  sim::Storm storm;
  storm.until = end_of_workload;
  for (const Member& member : faults.members) {
    if (const auto kind = fault_kind_of(member.key)) read_rule(member, *kind, storm, findings);
  }
  sim::Duration until = end_of_workload.since_start();
  take(faults, "until", until);
  storm.until = sim::Instant::at(until);
  take(faults, "at_most_down", storm.at_most_down);
  return storm;
}

}  // namespace halfwrite::scenarios
