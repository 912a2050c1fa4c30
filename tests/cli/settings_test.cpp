// The layers of settings, what a terminal can show, and progress by a clock of the test.

#include "cli/settings.hpp"

#include "cli/conventions.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "models/publishing/windows.hpp"
#include "tests/cli/command_line.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace halfwrite;
using halfwrite::tests::run_command;

namespace {

cli::Surroundings around(bool is_terminal, std::map<std::string, std::string> variables,
                         std::size_t columns = 0) {
  cli::Surroundings made;
  made.is_terminal = is_terminal;
  made.columns = columns;
  made.variable = [variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  return made;
}

}  // namespace

TEST_CASE("halfwrite.ini is read with its profiles, each value with its line") {
  const auto file =
      cli::parse_settings_file("# mine\nseeds = 20  # few\n\n[profile.ci]\nseeds=300\n", "h.ini");
  REQUIRE(file);
  CHECK(file->plain.at("seeds") == cli::Assigned{"20", "h.ini:2"});
  CHECK(file->profiles.at("ci").at("seeds") == cli::Assigned{"300", "h.ini:5 [profile.ci]"});
}

TEST_CASE("what is wrong in halfwrite.ini is said with its line and the nearest name") {
  struct Case {
    const char* text;
    const char* message;
    const char* hint;
  };
  const Case cases[] = {
      {"seedz = 1", "unknown setting \"seedz\"", "did you mean \"seeds\"?"},
      {"seeds = many",
       "file or a whole number from 1 to 10000000 or a range of so many such as 101..200 is "
       "expected, not \"many\"",
       ""},
      {"color = red", "auto, always, never is expected, not \"red\"", ""},
      {"seeds = 1\nseeds = 2", "seeds is set twice", "first at h.ini:1"},
      {"[ci]", "unknown section [ci]", "sections are named [profile.NAME]"},
      {"profile = ci", "a profile is chosen by --profile or HALFWRITE_PROFILE only", ""},
      {"seeds", "neither [profile.NAME] nor NAME = VALUE", ""},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    const auto file = cli::parse_settings_file(one.text, "h.ini");
    REQUIRE_FALSE(file);
    CHECK(file.error().front().message == one.message);
    CHECK(file.error().front().hint == one.hint);
  }
}

TEST_CASE(
    "a flag comes before a variable, a variable before a profile, a profile before the file") {
  const std::string setup =
      "d=$(mktemp -d) && printf 'seeds = 1\\njobs = 1\\nfirst-seed = 1\\nwidth = 50\\n"
      "[profile.ci]\\nseeds = 2\\njobs = 2\\nfirst-seed = 2\\n' > $d/halfwrite.ini && "
      "HALFWRITE_PROFILE=ci HALFWRITE_JOBS=3 HALFWRITE_SEEDS=3 halfwrite config $d --seeds 4 "
      "--width 200; c=$?; rm -r $d; exit $c";
  const auto result = run_command(setup);
  INFO(result.out);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(std::regex_search(result.out, std::regex("seeds +4 +--seeds")));
  CHECK(std::regex_search(result.out, std::regex("jobs +3 +HALFWRITE_JOBS")));
  CHECK(
      std::regex_search(result.out, std::regex("first-seed +2 +.*halfwrite.ini:8 \\[profile.ci")));
  CHECK(std::regex_search(result.out, std::regex("width +200 +--width")));
}

TEST_CASE("an unknown variable is warned of, a wrong one is an error of usage") {
  const auto unknown = run_command("HALFWRITE_SEDS=1 halfwrite config");
  CHECK(unknown.exit_code == 0);
  CHECK(unknown.err.find("did you mean \"HALFWRITE_SEEDS\"?") != std::string::npos);
  CHECK(run_command("HALFWRITE_SEEDS=many halfwrite config").exit_code == 2);
  CHECK(run_command("halfwrite config --profile nobody").exit_code == 2);
}

TEST_CASE("colour follows its setting, then the variables that other programs know") {
  struct Case {
    const char* setting;
    bool terminal;
    std::map<std::string, std::string> variables;
    bool color;
  };
  const Case cases[] = {
      {"auto", true, {{"TERM", "xterm"}}, true},
      {"auto", false, {{"TERM", "xterm"}}, false},
      {"auto", true, {{"TERM", "dumb"}}, false},
      {"auto", true, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}, false},
      {"auto", true, {{"TERM", "xterm"}, {"NO_COLOR", ""}}, true},
      {"auto", true, {{"TERM", "xterm"}, {"CLICOLOR", "0"}}, false},
      {"auto", false, {{"CLICOLOR_FORCE", "1"}}, true},
      {"auto", false, {{"CLICOLOR_FORCE", "0"}}, false},
      {"auto", false, {{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}, false},
      {"always", false, {{"NO_COLOR", "1"}}, true},
      {"never", true, {{"CLICOLOR_FORCE", "1"}, {"TERM", "xterm"}}, false},
  };
  for (const Case& one : cases)
    CHECK(cli::decide_color(one.setting, around(one.terminal, one.variables)).use == one.color);
}

TEST_CASE("width is what is asked for, COLUMNS, the terminal's, or 100") {
  CHECK(cli::decide_width("72", around(true, {{"COLUMNS", "50"}}, 90)).columns == 72);
  CHECK(cli::decide_width("auto", around(true, {{"COLUMNS", "50"}}, 90)).columns == 50);
  CHECK(cli::decide_width("auto", around(true, {{"COLUMNS", "x"}}, 90)).columns == 90);
  CHECK(cli::decide_width("auto", around(true, {}, 300)).columns == 120);
  CHECK(cli::decide_width("auto", around(true, {}, 10)).columns == 40);
  CHECK(cli::decide_width("auto", around(false, {})).columns == 100);
}

TEST_CASE("without a terminal progress is a line a minute, on one it is rewritten in place") {
  std::chrono::milliseconds now{5};
  std::string written;
  const auto clock = [&now] { return now; };
  const auto write = [&written](const std::string& text) { written += text; };
  cli::Progress lines("shop", cli::ProgressStyle::lines, 80, clock, write);
  for (int second = 0; second < 125; ++second) {
    now += std::chrono::seconds(1);
    lines.report(static_cast<std::uint64_t>(second), 1000);
  }
  lines.end();
  CHECK(written ==
        "shop: 59 of 1,000 runs in 60 s, about 956 s more\n"
        "shop: 119 of 1,000 runs in 120 s, about 888 s more\n");
  written.clear();
  cli::Progress bar("shop", cli::ProgressStyle::bar, 20, clock, write);
  now += std::chrono::milliseconds(100);
  bar.report(1, 1000);
  now += std::chrono::milliseconds(150);
  bar.report(2, 1000);
  bar.end();
  CHECK(written == "\rshop: 2 of 1,000...\033[K\r\033[K");
  CHECK(cli::progress_style("auto", around(true, {{"TERM", "dumb"}})) == cli::ProgressStyle::lines);
}

TEST_CASE("no escape sequence is written where there is no terminal") {
  const auto plain = run_command("halfwrite compare scenarios/library/late_commit.jsonc");
  CHECK(plain.out.find('\033') == std::string::npos);
  CHECK(plain.err.find('\033') == std::string::npos);
  const auto forced =
      run_command("CLICOLOR_FORCE=1 halfwrite compare scenarios/library/late_commit.jsonc");
  CHECK(forced.out.find("\033[36m") != std::string::npos);
}

TEST_CASE("a narrow comparison folds its tables and breaks no line but commands") {
  const auto narrow = run_command(
      "COLUMNS=60 halfwrite compare scenarios/library/late_commit.jsonc | grep -v '^    halfwrite "
      "'");
  INFO(narrow.out);
  std::istringstream lines(narrow.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 66);
}

TEST_CASE("a result that cannot be written ends with code 4, a reader that has gone does not") {
  CHECK(run_command("halfwrite explain > /dev/full").exit_code == 4);
  CHECK(run_command("halfwrite explain >&-").exit_code == 4);
  CHECK(run_command("halfwrite --help > /dev/full").exit_code == 4);
  CHECK(run_command("bash -o pipefail -c 'halfwrite explain | head -1'").exit_code == 0);
}

TEST_CASE("every topic has a text, and its text names only what exists") {
  const auto topics = cli::all_topics();
  std::set<std::string> known;
  for (const auto& topic : topics) known.insert(topic.name);
  const std::regex quoted("`([^`]*)`");
  for (const auto& topic : topics) {
    INFO(topic.kind << " " << topic.name);
    if (topic.kind == "key" || topic.kind == "word" || topic.kind == "error") continue;
    CHECK_FALSE(topic.sentence.empty());
    std::string text = topic.sentence;
    for (const auto& part : topic.parts) text += " " + part.text;
    for (auto match = std::sregex_iterator(text.begin(), text.end(), quoted);
         match != std::sregex_iterator(); ++match) {
      INFO((*match)[1].str());
      CHECK(known.count((*match)[1].str()) == 1);
    }
  }
}

TEST_CASE("every window that a strategy declares is explained, and no other") {
  std::set<std::string> declared;
  const std::regex literal("\"(between [a-z]+ and [a-z]+)\"");
  const std::filesystem::path room =
      std::filesystem::path(HALFWRITE_SOURCE_DIRECTORY) / "models/publishing";
  for (const auto& entry : std::filesystem::directory_iterator(room)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("windows.") || name.ends_with(".md")) continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      if (line.find("//") < line.find('"')) continue;
      for (auto match = std::sregex_iterator(line.begin(), line.end(), literal);
           match != std::sregex_iterator(); ++match)
        declared.insert((*match)[1].str());
    }
  }
  const auto names = publishing::window_names();
  CHECK(declared == std::set<std::string>(names.begin(), names.end()));
}

TEST_CASE("what a database answers in a story is explained by its SQLSTATE") {
  const auto told = run_command("halfwrite explain 40001");
  CHECK(told.exit_code == 0);
  CHECK(told.out.find("40001 (sqlstate)") == 0);
  CHECK(told.out.find("cannot be put one after the other") != std::string::npos);
  std::string before;
  for (const auto& topic : cli::all_topics()) {
    if (topic.kind != "sqlstate") continue;
    CHECK(topic.name.size() == 5);
    CHECK(topic.name > before);
    before = topic.name;
  }
}

TEST_CASE("an unknown topic is an error of usage with the nearest one") {
  const auto wrong = run_command("halfwrite explain no_lost_evnt");
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("did you mean \"no_lost_event\"?") != std::string::npos);
  for (const char* word : {"lost", "[unknown-key]", "toxicity", "No-Phantom-Event", "outbox.mark",
                           "between publish and mark", "exit codes"}) {
    INFO(word);
    CHECK(run_command("halfwrite explain '" + std::string(word) + "'").exit_code == 0);
  }
}
