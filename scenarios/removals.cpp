#include "scenarios/removals.hpp"

#include "scenarios/nearest_word.hpp"

namespace halfwrite::scenarios {

void Removals::note(const Json& target, const Json& patch) {
  note(&target, patch, "");
}

void Removals::note(const Json* target, const Json& patch, const std::string& path) {
  if (!patch.is_object()) return;
  for (const Member& member : patch.members) {
    // What no patch can change is said elsewhere.
    if (path.empty() && (member.key == "expect" || member.key == "variants" ||
                         member.key == "matrix" || member.key == "extends"))
      continue;
    const Json* found = target == nullptr ? nullptr : target->find(member.key);
    if (!member.value.is_null()) {
      note(found, member.value, path.empty() ? member.key : path + "." + member.key);
      continue;
    }
    Removal& removal = removals_[{member.key_span.source->path(), member.key_span.offset}];
    removal.key_span = member.key_span;
    removal.key = member.key;
    removal.path = path;
    removal.removed = removal.removed || found != nullptr;
    if (target == nullptr) continue;
    for (const Member& other : target->members) removal.keys.push_back(other.key);
  }
}

void Removals::report(Findings& findings) const {
  for (const auto& [place, removal] : removals_) {
    if (removal.removed) continue;
    const std::string meant = did_you_mean(removal.key, removal.keys);
    findings.add(
        removal.key_span, removal.path, "variant",
        "there is no `" + removal.key + "` here that `null` could take away",
        meant.empty() ? "in a patch `null` removes what stands there; leave it out" : meant);
  }
}

}  // namespace halfwrite::scenarios
