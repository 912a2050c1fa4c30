#include "cli/last_check.hpp"

#include "cli/case_folder.hpp"
#include "cli/command.hpp"

#include <array>
#include <filesystem>
#include <sstream>

namespace halfwrite::cli {

namespace {

namespace fs = std::filesystem;
using campaign::CaseStanding;

constexpr const char* first_line = "halfwrite last check 1";

std::string file_in(const std::string& state_folder) {
  return (fs::path(state_folder) / "last_check.tsv").string();
}

std::optional<CaseStanding> standing_called(const std::string& text) {
  for (const CaseStanding standing :
       {CaseStanding::as_expected, CaseStanding::mended, CaseStanding::stale, CaseStanding::fails})
    if (text == to_text(standing)) return standing;
  return std::nullopt;
}

// A name with a tab or a new line in it is not remembered.
void add_line(std::string& text, const std::array<std::string, 3>& cells) {
  for (const std::string& cell : cells)
    if (cell.find_first_of("\t\n") != std::string::npos) return;
  text += cells[0] + "\t" + cells[1] + "\t" + cells[2] + "\n";
}

}  // namespace

std::string LastCheck::name_of(const std::string& path) const {
  return fs::absolute(path)
      .lexically_normal()
      .lexically_proximate(fs::absolute(state_folder).lexically_normal())
      .generic_string();
}

std::optional<CaseStanding> LastCheck::standing_of(const std::string& case_path) const {
  const auto found = cases.find(name_of(case_path));
  if (found == cases.end()) return std::nullopt;
  return found->second;
}

LastCheck read_last_check(const std::string& state_folder) {
  LastCheck last;
  last.state_folder = state_folder;
  std::istringstream lines(read_file(file_in(state_folder)).value_or(""));
  std::string line;
  if (!std::getline(lines, line) || line != first_line) return last;
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    std::string what, name, value;
    if (!std::getline(cells, what, '\t') || !std::getline(cells, name, '\t')) continue;
    std::getline(cells, value);
    if (what == "path")
      last.paths.push_back((fs::path(state_folder) / name).lexically_normal().generic_string());
    if (what == "variant") last.failed_variants[name].insert(value);
    if (what == "case")
      if (const auto standing = standing_called(value)) last.cases[name] = *standing;
  }
  return last;
}

bool write_last_check(const LastCheck& last) {
  std::string text = std::string(first_line) + "\n";
  for (const std::string& path : last.paths) add_line(text, {"path", last.name_of(path), ""});
  for (const auto& [file, variants] : last.failed_variants)
    for (const std::string& variant : variants) add_line(text, {"variant", file, variant});
  for (const auto& [file, standing] : last.cases) add_line(text, {"case", file, to_text(standing)});
  return make_state_folder(last.state_folder) && write_whole_file(file_in(last.state_folder), text);
}

std::set<std::string> failed_variants_of(const campaign::CampaignOutcome& outcome) {
  std::set<std::string> failed;
  for (const campaign::VariantOutcome& variant : outcome.variants)
    if (!variant.is_as_expected()) failed.insert(variant.name);
  for (const campaign::Divergence& divergence : outcome.divergences)
    failed.insert(divergence.variant);
  return failed;
}

}  // namespace halfwrite::cli
