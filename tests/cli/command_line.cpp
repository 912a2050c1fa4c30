#include "tests/cli/command_line.hpp"

#include <catch2/catch.hpp>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace halfwrite::tests {

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

}  // namespace

CommandResult run_command(const std::string& command) {
  std::string folder = (std::filesystem::temp_directory_path() / "halfwrite-cli-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  // What a command keeps lies in the working directory: each has one of its own, which looks like
  // the project's folder.
  const std::string line = "mkdir '" + folder + "/here' && cd '" + folder +
                           "/here' && ln -s '" HALFWRITE_SOURCE_DIRECTORY
                           "'/* . && unset HALFWRITE_APPROVE COLUMNS NO_COLOR CLICOLOR "
                           "CLICOLOR_FORCE "
                           "&& export PATH='" HALFWRITE_BINARY_DIRECTORY
                           "':\"$PATH\" LC_ALL=C.UTF-8 && { " +
                           command + "\n} >'" + folder + "/out' 2>'" + folder + "/err' </dev/null";
  const int status = std::system(line.c_str());
  CommandResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = content_of(folder + "/out");
  result.err = content_of(folder + "/err");
  std::filesystem::remove_all(folder);
  return result;
}

std::string in_empty_folder(const std::string& commands) {
  return "scenario=$PWD/" + leading + "; d=$(mktemp -d); cd $d; " + commands +
         "; c=$?; rm -rf \"$d\"; exit $c";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace halfwrite::tests
