#include "scenarios/merge.hpp"

#include "scenarios/removals.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace halfwrite::scenarios {

namespace {

constexpr std::size_t most_variants = 2000;

void remove_member(Json& object, std::string_view key) {
  object.members.erase(std::remove_if(object.members.begin(), object.members.end(),
                                      [&](const Member& member) { return member.key == key; }),
                       object.members.end());
}

// Every entry of the section with the defaults laid under it.
void lay_under(Json* section, const Json* defaults) {
  if (section == nullptr || defaults == nullptr || !section->is_object() || !defaults->is_object())
    return;
  for (Member& entry : section->members) {
    if (!entry.value.is_object()) continue;
    const Span span = entry.value.span;
    entry.value = merged(*defaults, entry.value);
    entry.value.span = span;
  }
}

Json* find_mutable(Json& object, std::string_view key) {
  for (Member& member : object.members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

// The combinations of the axes from `axis` on, each patched over what the axes before it made.
void multiply(const Json& matrix, std::size_t axis, const std::string& name, const Json& tree,
              const Span& written, std::vector<VariantTree>& variants, Removals& removals) {
  if (axis == matrix.members.size()) {
    variants.push_back({name, tree, written});
    return;
  }
  for (const Member& value : matrix.members[axis].value.members) {
    removals.note(tree, value.value);
    multiply(matrix, axis + 1, name.empty() ? value.key : name + "/" + value.key,
             value.value.is_object() ? merged(tree, value.value) : tree,
             axis == 0 ? value.key_span : written, variants, removals);
  }
}

}  // namespace

Json merged(Json target, const Json& patch) {
  if (!patch.is_object()) return patch;
  if (!target.is_object()) {
    target = Json{};
    target.kind = Json::Kind::object;
    target.span = patch.span;
  }
  for (const Member& member : patch.members) {
    if (member.value.is_null()) {
      remove_member(target, member.key);
      continue;
    }
    Json* existing = find_mutable(target, member.key);
    if (existing == nullptr) {
      target.members.push_back({member.key, member.key_span, merged(Json{}, member.value)});
    } else if (member.value.is_object() && existing->is_object()) {
      *existing = merged(std::move(*existing), member.value);
    } else {
      *existing = merged(Json{}, member.value);
      for (Member& replaced : target.members) {
        if (replaced.key == member.key) replaced.key_span = member.key_span;
      }
    }
  }
  return target;
}

Json with_defaults(Json scenario) {
  const Json* written = scenario.find("defaults");
  if (written == nullptr) return scenario;
  const Json defaults = *written;
  for (const char* section :
       {"databases", "brokers", "externals", "services", "sagas", "workload"}) {
    lay_under(find_mutable(scenario, section), defaults.find(section));
  }
  if (Json* services = find_mutable(scenario, "services")) {
    for (Member& service : services->members) {
      lay_under(find_mutable(service.value, "subscriptions"), defaults.find("subscriptions"));
    }
  }
  return scenario;
}

std::vector<VariantTree> expand_variants(const Json& file, Findings& findings) {
  Json base = file;
  for (const char* key : {"variants", "matrix", "expect", "extends"}) remove_member(base, key);

  std::vector<VariantTree> variants;
  Removals removals;
  const Json* listed = file.find("variants");
  const Json* matrix = file.find("matrix");
  if (listed != nullptr) {
    for (const Member& variant : listed->members) {
      // What is no patch is reported where patches are checked.
      const bool is_patch = variant.value.is_object();
      removals.note(base, variant.value);
      variants.push_back(
          {variant.key, is_patch ? merged(base, variant.value) : base, variant.key_span});
    }
  }
  if (matrix != nullptr && matrix->is_object()) {
    std::size_t combinations = 1;
    for (const Member& axis : matrix->members)
      combinations = std::min(combinations * axis.value.members.size(), most_variants + 1);
    if (combinations > most_variants) {
      findings.add(file.find_member("matrix")->key_span, "matrix", "variant",
                   "the matrix has more than " + std::to_string(most_variants) + " combinations");
    } else {
      multiply(*matrix, 0, "", base, file.find_member("matrix")->key_span, variants, removals);
    }
  }
  removals.report(findings);
  if (listed == nullptr && matrix == nullptr) {
    const Span start{file.span.source, file.span.offset, 1};
    variants.push_back({"default", std::move(base), start});
  }
  for (std::size_t i = 0; i < variants.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (variants[i].name == variants[j].name) {
        findings.add(variants[i].written, "matrix", "duplicate-name",
                     "two variants are named " + in_quotes(variants[i].name));
      }
    }
  }
  for (VariantTree& variant : variants) {
    variant.tree = with_defaults(std::move(variant.tree));
    set_paths(variant.tree);
  }
  return variants;
}

}  // namespace halfwrite::scenarios
