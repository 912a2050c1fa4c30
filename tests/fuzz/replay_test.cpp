// The kept corpora through their targets, without libFuzzer: what was found stays mended in every
// build. A broken promise ends the process; the input is printed before each one for that case.
#include "tests/fuzz/targets.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace halfwrite::fuzz {
namespace {

struct Target {
  const char* name;  // of its corpus and its program: fuzz_<name>
  void (*run)(std::string_view input);
};
constexpr Target targets[] = {
    {"scenario", run_scenario}, {"sql", run_sql}, {"plan", run_plan}, {"run", run_simulation}};

std::vector<std::filesystem::path> corpus_of(std::string_view target) {
  std::vector<std::filesystem::path> files;
  for (const char* kind : {"corpus", "findings"}) {
    const auto folder =
        std::filesystem::path(HALFWRITE_SOURCE_DIRECTORY) / "tests/fuzz" / kind / target;
    if (!std::filesystem::exists(folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST_CASE("each input of the kept corpora passes through its target") {
  for (const Target& target : targets) {
    const auto files = corpus_of(target.name);
    INFO(target.name);
    CHECK_FALSE(files.empty());
    for (const auto& file : files) {
      CAPTURE(file.string());
      target.run(contents(file));
    }
  }
}

}  // namespace
}  // namespace halfwrite::fuzz
