// The project's own sources, as the tests of the house read them: every file below the rooms, with
// its lines.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::tests {

struct SourceFile {
  std::string path;  // from the root of the project: "sim/time.hpp"
  std::vector<std::string> lines;
};

// Files below `folders` with one of `endings`, in order of their paths.
std::vector<SourceFile> source_files(const std::vector<std::string>& folders,
                                     const std::vector<std::string>& endings);

// The line without its // comment and without what stands in string literals.
std::string code_of(std::string_view line);

}  // namespace halfwrite::tests
