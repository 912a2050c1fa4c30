// Collects what is wrong with one file over all its variants, so that everything is reported at
// once and each thing once: the same mistake seen through ten variants is one diagnostic. It also
// knows the rule that a setting which its choice does not read is fine as long as another variant
// reads it.
#pragma once

#include "scenarios/diagnostic.hpp"
#include "scenarios/json_tree.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

class Findings {
 public:
  // From here on findings are those of this variant (empty: of the file itself).
  void enter_variant(const std::string& variant);
  // The same for a variant that was entered before.
  void resume_variant(const std::string& variant) { variant_ = variant; }

  void add(Diagnostic diagnostic);
  void add(const Json& value, std::string short_name, std::string message, std::string hint = "",
           std::string remark = "");
  void add(const Span& span, const std::string& path, std::string short_name, std::string message,
           std::string hint = "", std::string remark = "");

  // The setting at this path is read by the choice beside it, or is not, and why.
  void note_read(const std::string& path, const Span& key);
  void note_unread(const std::string& path, const Span& key, Diagnostic diagnostic);

  bool is_empty() const { return findings_.empty(); }
  bool has(std::string_view short_name) const;
  // An unknown key or a value of another kind stands where names are defined, so that everything
  // that refers to them would be reported too.
  bool leave_names_undefined() const;
  // Forgets what is said about the inside of objects with an unknown key, and about inputs that a
  // mistyped step may set.
  void drop_consequences();
  // Everything found, by file and place. A finding that only some of the variants have names them.
  std::vector<Diagnostic> take();

 private:
  struct Finding {
    Diagnostic diagnostic;
    std::vector<std::string> variants;
  };
  void add_in(Diagnostic diagnostic, const std::vector<std::string>& variants);

  std::string variant_;
  std::size_t variant_count_ = 0;
  std::vector<Finding> findings_;
  struct Unread {
    std::string path;
    std::string written;  // where the key stands
    Diagnostic diagnostic;
  };
  std::set<std::string> read_;  // paths, and where keys stand: `defaults` serve several paths
  std::vector<Unread> unread_;
};

}  // namespace halfwrite::scenarios
