#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

namespace halfwrite::tests {

namespace {

scenarios::ScenarioFile loaded(const std::string& path, const scenarios::ReadFile& read_file) {
  auto file = scenarios::load(path, read_file);
  if (!file) {
    std::string text;
    for (const auto& diagnostic : file.error()) text += scenarios::to_text(diagnostic);
    FAIL(text);
  }
  return std::move(file).value();
}

}  // namespace

scenarios::ScenarioFile load_scenario(const std::string& path) {
  return loaded(std::string(HALFWRITE_SOURCE_DIRECTORY) + "/" + path,
                [](const std::string& name) -> std::optional<std::string> {
                  std::ifstream in(name, std::ios::binary);
                  if (!in) return std::nullopt;
                  return std::string((std::istreambuf_iterator<char>(in)),
                                     std::istreambuf_iterator<char>());
                });
}

scenarios::ScenarioFile load_scenario_text(const std::string& name, const std::string& text) {
  return loaded(name + ".json",
                [&](const std::string&) { return std::optional<std::string>(text); });
}

const scenarios::Variant& variant_of(const scenarios::ScenarioFile& file, const std::string& name) {
  const scenarios::Variant* variant = file.find_variant(name);
  INFO(name);
  REQUIRE(variant != nullptr);
  return *variant;
}

bool violates(const scenarios::RunOutcome& outcome, const std::string& invariant) {
  for (const auto& verdict : outcome.verdicts)
    if (verdict.invariant == invariant) return verdict.outcome == invariants::Outcome::violated;
  return false;
}

}  // namespace halfwrite::tests
