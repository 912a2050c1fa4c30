#include "cli/scenario_paths.hpp"

#include <algorithm>
#include <filesystem>

namespace halfwrite::cli {

namespace {

bool is_scenario(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name.ends_with(".schema.json") || name.ends_with(".case.json")) return false;
  return name.ends_with(".json") || name.ends_with(".jsonc");
}

}  // namespace

sim::Expected<std::vector<std::string>, std::string> scenario_paths(
    const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      if (!std::filesystem::exists(path, error))
        return sim::Unexpected("there is no file or folder " + path);
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error))
      if (entry.is_regular_file() && is_scenario(entry.path()))
        found.push_back(entry.path().generic_string());
    if (error) return sim::Unexpected("cannot read the folder " + path + ": " + error.message());
    if (found.empty())
      return sim::Unexpected("there is no scenario file below " + path + ": nothing to check");
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  std::vector<std::string> unique;
  for (const std::string& file : files)
    if (std::find(unique.begin(), unique.end(), file) == unique.end()) unique.push_back(file);
  return unique;
}

}  // namespace halfwrite::cli
