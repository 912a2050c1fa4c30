// The rooms of the house: includes go down only, and no target links a room above its own.

#include "tests/house/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using halfwrite::tests::source_files;
using halfwrite::tests::SourceFile;

namespace {

// What each room may include beside itself. The table is the law; a new room is a new line.
const std::map<std::string, std::vector<std::string>>& allowed() {
  static const std::map<std::string, std::vector<std::string>> table = [] {
    std::map<std::string, std::vector<std::string>> rooms;
    rooms["sim"] = {};
    rooms["sim/search"] = {"sim"};
    rooms["models/history"] = {"sim"};
    rooms["models/database/sql"] = {"sim"};
    rooms["models/database"] = {"sim", "models/history", "models/database/sql"};
    rooms["models/broker"] = {"sim", "models/history"};
    rooms["models/external"] = {"sim", "models/history", "models/database/sql"};
    rooms["models/service"] = {"sim",
                               "models/history",
                               "models/database",
                               "models/database/sql",
                               "models/broker",
                               "models/external"};
    rooms["models/publishing"] = rooms["models/service"];
    rooms["models/publishing"].push_back("models/service");
    rooms["models/contract"] = {"sim", "models/history"};
    rooms["models/saga"] = rooms["models/publishing"];
    rooms["models/saga"].push_back("models/publishing");
    rooms["models/saga"].push_back("models/contract");
    rooms["models/invariants"] = {"sim", "models/history", "models/contract"};
    std::vector<std::string> below;
    for (const auto& [room, unused] : rooms) below.push_back(room);
    for (const char* room : {"scenarios", "campaign", "reports", "cli"}) {
      rooms[room] = below;
      below.emplace_back(room);
    }
    return rooms;
  }();
  return table;
}

// The longest room that is a prefix of the path: models/database/sql before models/database.
std::string room_of(const std::string& path) {
  std::string best;
  for (const auto& [room, unused] : allowed())
    if (path.starts_with(room + "/") && room.size() > best.size()) best = room;
  return best;
}

std::vector<std::string> upward_includes(const SourceFile& file) {
  std::vector<std::string> found;
  const std::string room = room_of(file.path);
  for (const std::string& line : file.lines) {
    if (!line.starts_with("#include \"")) continue;
    const std::string target = line.substr(10, line.find('"', 10) - 10);
    const std::string target_room = room_of(target);
    if (target_room == room) continue;
    const auto& below = allowed().at(room);
    if (std::find(below.begin(), below.end(), target_room) == below.end())
      found.push_back(file.path + " includes " + target);
  }
  return found;
}

}  // namespace

TEST_CASE("no include goes upward") {
  std::vector<std::string> found;
  for (const SourceFile& file : source_files(
           {"sim", "models", "scenarios", "campaign", "reports", "cli"}, {".hpp", ".cpp"})) {
    INFO(file.path);
    REQUIRE_FALSE(room_of(file.path).empty());
    for (const std::string& include : upward_includes(file)) found.push_back(include);
  }
  CAPTURE(found);
  CHECK(found.empty());
}

TEST_CASE("an include that goes upward would be found") {
  const SourceFile planted{"sim/planted.hpp", {"#include \"models/history/facts.hpp\""}};
  CHECK(upward_includes(planted).size() == 1);
  const SourceFile sideways{"models/invariants/planted.cpp",
                            {"#include \"models/broker/settings.hpp\""}};
  CHECK(upward_includes(sideways).size() == 1);
  const SourceFile downward{"models/broker/planted.cpp", {"#include \"sim/time.hpp\""}};
  CHECK(upward_includes(downward).empty());
}

TEST_CASE("each folder of the rooms has a map of at most 40 lines") {
  const auto maps =
      source_files({"sim", "models", "scenarios", "campaign", "reports", "cli"}, {"README.md"});
  for (const auto& entry : allowed()) {
    const std::string& room = entry.first;
    INFO(room);
    const auto map = std::find_if(maps.begin(), maps.end(), [&](const SourceFile& file) {
      return file.path == room + "/README.md";
    });
    REQUIRE(map != maps.end());
    CHECK(map->lines.size() <= 40);
  }
}
