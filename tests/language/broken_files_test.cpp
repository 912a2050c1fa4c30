// Each file of broken/ against the exact text of its errors. HALFWRITE_WRITE_GOLDEN=1 writes what
// the language says now; read the difference before committing it.
#include "tests/language/support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace halfwrite::scenarios {
namespace {

std::vector<std::string> broken_files() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(source_path("tests/language/broken"))) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Read as `broken/<name>.json`, so that no text holds the place of the checkout.
std::string errors_of(const std::string& name) {
  const auto read = [](const std::string& path) {
    return read_from_disk(source_path("tests/language/" + path));
  };
  const auto file = load("broken/" + name + ".json", read);
  return file ? "" : all_of(file.error());
}

TEST_CASE("each broken file is refused with the exact errors beside it") {
  const std::vector<std::string> names = broken_files();
  CHECK(names.size() >= 30);
  for (const std::string& name : names) {
    INFO(name);
    const std::string golden = source_path("tests/language/broken/" + name + ".txt");
    const std::string errors = errors_of(name);
    CHECK_FALSE(errors.empty());
    if (std::getenv("HALFWRITE_WRITE_GOLDEN") != nullptr)
      std::ofstream(golden, std::ios::binary) << errors;
    CHECK(errors == read_from_disk(golden).value_or("no golden file"));
  }
}

TEST_CASE("every short name that an error carries is explained") {
  std::vector<std::string> known;
  for (const ShortName& entry : short_names()) known.emplace_back(entry.name);
  CHECK(std::is_sorted(known.begin(), known.end()));
  const auto read = [](const std::string& path) {
    return read_from_disk(source_path("tests/language/" + path));
  };
  for (const std::string& name : broken_files()) {
    const auto file = load("broken/" + name + ".json", read);
    REQUIRE_FALSE(file.has_value());
    for (const Diagnostic& diagnostic : file.error()) {
      INFO(name << ": " << diagnostic.short_name);
      CHECK(std::find(known.begin(), known.end(), diagnostic.short_name) != known.end());
    }
  }
}

}  // namespace
}  // namespace halfwrite::scenarios
