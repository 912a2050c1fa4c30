// From a path to a ScenarioFile: read, extend, expand into variants, check each against the schema,
// read each into a value, then what concerns all variants together: points and expectations.
#include "scenarios/expectations.hpp"
#include "scenarios/field_reader.hpp"
#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/merge.hpp"
#include "scenarios/plan_reader.hpp"
#include "scenarios/plan_text.hpp"
#include "scenarios/points.hpp"
#include "scenarios/removals.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/scenario_reader.hpp"
#include "scenarios/schema_walker.hpp"
#include "scenarios/shared_readings.hpp"
#include "sim/fault_kinds.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace halfwrite::scenarios {

namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// "library/order_created.jsonc" -> "order_created".
std::string stem_of(const std::string& path) {
  std::string name = path.substr(directory_of(path).size());
  for (const std::string ending : {".jsonc", ".json"}) {
    if (name.size() > ending.size() && name.ends_with(ending))
      return name.substr(0, name.size() - ending.size());
  }
  return name;
}

// What a file claims, and does not take over from the one it extends.
bool is_claim(const std::string& key) {
  return key == "variants" || key == "matrix" || key == "expect";
}

class ScenarioLoader {
 public:
  explicit ScenarioLoader(const ReadFile& read_file) : read_file_(read_file), walker_(findings_) {}

  sim::Expected<ScenarioFile, std::vector<Diagnostic>> load(const std::string& path) {
    auto tree = read_tree(path, nullptr);
    if (!tree) return sim::Unexpected(findings_.take());
    set_paths(*tree);
    if (!check_head(path, *tree)) return sim::Unexpected(findings_.take());
    walker_.check_variants(*tree);
    ScenarioFile file = read_file(path, *tree);
    auto diagnostics = findings_.take();
    if (!diagnostics.empty()) return sim::Unexpected(std::move(diagnostics));
    return file;
  }

 private:
  // The file's tree with what it extends merged below it; nothing when it cannot be read.
  std::optional<Json> read_tree(const std::string& path, const Json* asked_by) {
    const std::optional<std::string> text = read_file_(path);
    if (!text) {
      if (asked_by == nullptr) {
        Diagnostic missing;
        missing.place.file = path;
        missing.message = "there is no such file, or it cannot be read";
        missing.short_name = "file";
        findings_.add(std::move(missing));
      } else {
        findings_.add(*asked_by, "extends", "there is no file " + in_quotes(path),
                      "the path is relative to this file");
      }
      return std::nullopt;
    }
    if (std::find(open_.begin(), open_.end(), path) != open_.end()) {
      const std::string way = open_.back() == path ? "" : " by way of " + in_quotes(open_.back());
      findings_.add(*asked_by, "extends", in_quotes(path) + " extends itself" + way);
      return std::nullopt;
    }
    auto json = read_json(std::make_shared<Source>(path, *text));
    if (!json) {
      for (Diagnostic& diagnostic : json.error()) findings_.add(std::move(diagnostic));
      return std::nullopt;
    }
    Json tree = std::move(json).value();
    if (!tree.is_object()) {
      findings_.add(tree, "type",
                    std::string("a scenario is an object, found ") + to_text(tree.kind));
      return std::nullopt;
    }
    open_.push_back(path);
    auto extended = extend(path, std::move(tree));
    open_.pop_back();
    return extended;
  }

  std::optional<Json> extend(const std::string& path, Json tree) {
    const Json* extends = tree.find("extends");
    if (extends == nullptr) return tree;
    if (!extends->is_text()) {
      findings_.add(*extends, "type", std::string("expected text, found ") + to_text(extends->kind),
                    "the path of a scenario, relative to this file");
      return std::nullopt;
    }
    const bool is_absolute = extends->text.starts_with("/");
    const std::string base_path = (is_absolute ? "" : directory_of(path)) + extends->text;
    auto base = read_tree(base_path, extends);
    if (!base) return std::nullopt;
    std::erase_if(base->members, [](const Member& member) {
      return is_claim(member.key) || member.key == "extends";
    });
    for (const Member& member : tree.members) {
      if (!is_claim(member.key) || !member.value.is_null()) continue;
      findings_.add(member.key_span, "", "variant",
                    "there is no `" + member.key + "` here that `null` could take away",
                    "`extends` does not take it over; leave it out");
    }
    Removals removals;
    removals.note(*base, tree);
    removals.report(findings_);
    Json result = merged(std::move(*base), tree);
    result.span = tree.span;
    // As they are written, with every `null`: of a patch it takes something out later, anywhere
    // else it is refused.
    for (Member& member : result.members) {
      if (is_claim(member.key)) member.value = *tree.find(member.key);
    }
    return result;
  }

  // False: the file is of a version that nothing more can be said about.
  bool check_head(const std::string& path, const Json& tree) {
    const Json* format = tree.find("format");
    if (format != nullptr && format->is_number() && format->text != "1") {
      findings_.add(*format, "format", "format " + format->text + " is not known to this program",
                    "it reads format 1");
      return false;
    }
    const Json* name = tree.find("name");
    if (name != nullptr && name->is_text() && name->text != stem_of(path)) {
      findings_.add(*name, "file",
                    "the scenario is named " + in_quotes(name->text) + " and its file " +
                        in_quotes(stem_of(path)),
                    "both have one name");
    }
    return true;
  }

  ScenarioFile read_file(const std::string& path, const Json& tree) {
    ScenarioFile file;
    file.path = path;
    file.name = text_at(tree, "name");
    file.about = text_at(tree, "about");
    take(tree, "source", file.source);
    take(tree, "seeds", file.seeds);
    std::vector<VariantTree> trees = expand_variants(tree, findings_);
    for (const VariantTree& variant : trees) {
      findings_.enter_variant(variant.name);
      walker_.check_scenario(variant.tree);
    }
    // Names may be those of parts that are refused; following them up would only repeat that.
    if (findings_.has("not-built") || findings_.leave_names_undefined()) return file;
    for (const VariantTree& variant : trees) {
      findings_.resume_variant(variant.name);
      file.variants.push_back({variant.name,
                               read_scenario(variant.tree, shared_, findings_),
                               {},
                               variant.written.source->place_of(variant.written.offset)});
    }
    read_plans(trees, file.variants);
    findings_.resume_variant("");
    if (!file.variants.empty()) read_expectations(tree, file.variants, findings_);
    findings_.drop_consequences();
    return file;
  }

  // Points that a variant has not are passed over; those that none has are errors.
  void read_plans(const std::vector<VariantTree>& trees, std::vector<Variant>& variants) {
    std::vector<Points> points;
    for (const Variant& variant : variants) points.emplace_back(variant.scenario);
    for (std::size_t i = 0; i < variants.size(); ++i) {
      findings_.resume_variant(variants[i].name);
      Scenario& scenario = variants[i].scenario;
      check_targets(trees[i], i, points, scenario);
      const Json* plan = trees[i].tree.find("plan");
      if (plan == nullptr || !plan->is_list()) continue;
      const KeepPoint keep = [&](const Json& written, const sim::Point& point) {
        if (points[i].has(point)) return true;
        if (std::any_of(points.begin(), points.end(),
                        [&](const Points& other) { return other.has(point); })) {
          scenario.passed_over.push_back(sim::to_text(point));
        } else {
          const Points::Miss miss = points[i].explain(point);
          findings_.add(written, "point", miss.message, miss.hint);
        }
        return false;
      };
      scenario.plan = read_plan(*plan, findings_, keep);
      for (const sim::Fault& fault : scenario.plan->faults)
        if (const auto late = too_late(fault, scenario)) findings_.add(*plan, "plan", *late);
    }
  }

  // Nodes that the plan and the storm of a variant name; those of other variants are passed over.
  void check_targets(const VariantTree& tree, std::size_t own, const std::vector<Points>& points,
                     Scenario& scenario) {
    const auto check = [&](const Json& target, Points::Targets allowed, bool in_plan) {
      if (!target.is_text()) return;
      const auto miss = points[own].miss_target(target.text, allowed);
      if (!miss) return;
      if (std::any_of(points.begin(), points.end(), [&](const Points& other) {
            return !other.miss_target(target.text, allowed);
          })) {
        auto& passed = scenario.passed_over;
        const bool known = std::find(passed.begin(), passed.end(), target.text) != passed.end();
        if (!known && in_plan) passed.push_back(target.text);
        return;
      }
      findings_.add(target, "unknown-name", miss->message, miss->hint);
    };
    for (const Member& rule : object_at(tree.tree, "faults").members) {
      const auto kind = fault_kind_of(rule.key);
      const Json* targets = rule.value.find("targets");
      if (targets == nullptr || !kind) continue;
      const bool by_chance = rule.value.find("probability") != nullptr;
      Points::Targets allowed = Points::targets_of(*kind, by_chance);
      // A rhythm parts two ends of a link, a chance parts a node from all others.
      if (*kind == sim::FaultKind::partition) allowed.links = !by_chance;
      for (const Json& target : targets->items) check(target, allowed, false);
    }
    const Json* plan = tree.tree.find("plan");
    if (plan == nullptr) return;
    for (const Json& item : plan->items) {
      check_groups(item, points[own]);
      const auto kind = fault_kind_of(item);
      if (!kind || *kind == sim::FaultKind::rebalance) continue;
      if (*kind == sim::FaultKind::promote) {
        check_standby(*item.find("promote"), points);
        continue;
      }
      const Points::Targets allowed = Points::targets_of(*kind, false);
      const Json* targets =
          item.find(sim::row_of(*kind).is_of_one_message ? "targets" : sim::to_text(*kind));
      if (targets == nullptr) continue;
      check(*targets, allowed, true);
      for (const Json& target : targets->items) {
        check(target, allowed, true);
        for (const Json& inner : target.items) check(inner, allowed, true);
      }
    }
  }

  // Where another variant has it, this one has nothing to promote, and the run says so.
  void check_standby(const Json& standby, const std::vector<Points>& points) {
    std::optional<Points::Miss> miss;
    for (const Points& variant : points) {
      miss = variant.miss_standby(standby.text);
      if (!miss) return;
    }
    findings_.add(standby, "unknown-name", miss->message, miss->hint);
  }

  void check_groups(const Json& item, const Points& points) {
    const Json* groups = item.find("rebalance");
    if (groups == nullptr) return;
    const auto check = [&](const Json& group) {
      if (!group.is_text() || points.has_group(group.text)) return;
      findings_.add(group, "unknown-name", "no consumer group is named " + in_quotes(group.text),
                    points.nearest_group(group.text));
    };
    check(*groups);
    for (const Json& group : groups->items) check(group);
  }

  const ReadFile& read_file_;
  Findings findings_;
  SharedReadings shared_;
  SchemaWalker walker_;
  std::vector<std::string> open_;  // files that are being read: what they extend
};

}  // namespace

sim::Expected<ScenarioFile, std::vector<Diagnostic>> load(const std::string& path,
                                                          const ReadFile& read_file) {
  return ScenarioLoader(read_file).load(path);
}

}  // namespace halfwrite::scenarios
