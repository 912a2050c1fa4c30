// What is wrong with a scenario file, where, and what was expected instead: the only way this room
// reports a mistake of an author. Values only; `to_text` prints one as `validate` shows it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

// A place in a file. Lines and columns count from 1; columns count characters, not bytes.
struct SourcePlace {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  friend bool operator==(const SourcePlace&, const SourcePlace&) = default;
};
// "order.json:24:9"
std::string to_text(const SourcePlace& place);

struct Diagnostic {
  SourcePlace place;
  std::size_t width = 1;    // characters that the caret line underlines
  std::string message;      // one sentence without a full stop
  std::string short_name;   // one of short_names(): what `halfwrite explain` knows
  std::string hint;         // beside the carets: what to write instead; may be empty
  std::string path;         // "services.shipping.subscriptions.prepare"; empty: the file itself
  std::string remark;       // after the path: "keys: topic, event, ..."; may be empty
  std::string source_line;  // the line of the file the place is in; empty: no excerpt is printed
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// The message, the source line with carets under the place, and the path; ends in a new line.
std::string to_text(const Diagnostic& diagnostic);

// Every short name a diagnostic may carry, sorted, with a sentence that explains it.
struct ShortName {
  std::string_view name;
  std::string_view explanation;
};
const std::vector<ShortName>& short_names();

}  // namespace halfwrite::scenarios
