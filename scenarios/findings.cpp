#include "scenarios/findings.hpp"

#include "scenarios/nearest_word.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace halfwrite::scenarios {

void Findings::enter_variant(const std::string& variant) {
  variant_ = variant;
  ++variant_count_;
}

void Findings::add(Diagnostic diagnostic) {
  add_in(std::move(diagnostic),
         variant_.empty() ? std::vector<std::string>{} : std::vector{variant_});
}

void Findings::add_in(Diagnostic diagnostic, const std::vector<std::string>& variants) {
  for (Finding& finding : findings_) {
    if (finding.diagnostic.place == diagnostic.place &&
        finding.diagnostic.message == diagnostic.message) {
      for (const std::string& variant : variants) {
        if (std::find(finding.variants.begin(), finding.variants.end(), variant) ==
            finding.variants.end()) {
          finding.variants.push_back(variant);
        }
      }
      return;
    }
  }
  findings_.push_back({std::move(diagnostic), variants});
}

void Findings::add(const Json& value, std::string short_name, std::string message, std::string hint,
                   std::string remark) {
  add(value.span, value.path, std::move(short_name), std::move(message), std::move(hint),
      std::move(remark));
}

void Findings::add(const Span& span, const std::string& path, std::string short_name,
                   std::string message, std::string hint, std::string remark) {
  add(diagnose(span, std::move(short_name), std::move(message), std::move(hint), path,
               std::move(remark)));
}

namespace {

std::string written_at(const Span& key) {
  return key.source->path() + ":" + std::to_string(key.offset);
}

}  // namespace

void Findings::note_read(const std::string& path, const Span& key) {
  read_.insert(path);
  read_.insert(written_at(key));
}

void Findings::note_unread(const std::string& path, const Span& key, Diagnostic diagnostic) {
  unread_.push_back({path, written_at(key), std::move(diagnostic)});
}

bool Findings::has(std::string_view short_name) const {
  return std::any_of(findings_.begin(), findings_.end(), [&](const Finding& finding) {
    return finding.diagnostic.short_name == short_name;
  });
}

bool Findings::leave_names_undefined() const {
  return std::any_of(findings_.begin(), findings_.end(), [](const Finding& finding) {
    const std::string& path = finding.diagnostic.path;
    const std::string& kind = finding.diagnostic.short_name;
    if (kind == "type" && (path == "services" || path == "workload")) return true;
    if (kind != "unknown-key" && kind != "type") return false;
    const bool is_service = path.starts_with("services.") && path.find('.', 9) == std::string::npos;
    return (path.empty() && kind == "unknown-key") || is_service || path.starts_with("databases") ||
           path.starts_with("brokers") || path.starts_with("externals") ||
           path.starts_with("events");
  });
}

void Findings::drop_consequences() {
  std::vector<std::string> mistyped;
  bool in_service = false;
  for (const Finding& finding : findings_) {
    if (finding.diagnostic.short_name != "unknown-key") continue;
    mistyped.push_back(finding.diagnostic.path);
    in_service = in_service || finding.diagnostic.path.starts_with("services.");
  }
  const auto is_consequence = [&](const Finding& finding) {
    const Diagnostic& diagnostic = finding.diagnostic;
    if (diagnostic.short_name == "input" && in_service) return true;
    const bool follows =
        diagnostic.short_name == "unknown-name" || diagnostic.short_name == "condition";
    return follows && std::any_of(mistyped.begin(), mistyped.end(), [&](const std::string& path) {
             return diagnostic.path.starts_with(path);
           });
  };
  findings_.erase(std::remove_if(findings_.begin(), findings_.end(), is_consequence),
                  findings_.end());
}

std::vector<Diagnostic> Findings::take() {
  for (Unread& unread : unread_) {
    if (read_.count(unread.path) == 0 && read_.count(unread.written) == 0) {
      add_in(std::move(unread.diagnostic), {});
    }
  }
  std::vector<Diagnostic> diagnostics;
  for (Finding& finding : findings_) {
    if (!finding.variants.empty() && finding.variants.size() < variant_count_) {
      std::string& remark = finding.diagnostic.remark;
      remark += (remark.empty() ? "" : "; ") +
                std::string(finding.variants.size() == 1 ? "in variant " : "in variants ") +
                listed(finding.variants, 3);
    }
    diagnostics.push_back(std::move(finding.diagnostic));
  }
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.place.file, a.place.line, a.place.column) <
                            std::tie(b.place.file, b.place.line, b.place.column);
                   });
  findings_.clear();
  unread_.clear();
  return diagnostics;
}

}  // namespace halfwrite::scenarios
