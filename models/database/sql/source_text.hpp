// The user's statement and the text libpg-query reads instead: `:variables` become `$n`, and every
// position found in the second is told in characters of the first.
#pragma once

#include "models/database/sql/json.hpp"
#include "models/database/sql/sql_error.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

class SourceText {
 public:
  // `prefix` is put before the text and does not count in positions ("SELECT " before an
  // expression).
  explicit SourceText(std::string_view text, std::string_view prefix = "");

  const std::string& substituted() const { return substituted_; }
  // In order of first use; `$1` is the first.
  const std::vector<std::string>& variables() const { return variables_; }
  // From a byte offset in the substituted text to a character of the user's text, from 1.
  int position(std::int64_t offset) const;
  // PostgreSQL's message with `$n` told by its variable.
  std::string with_variables(std::string message) const;

  // PostgreSQL's parse tree (an object with "stmts"), or its syntax error.
  Expected<Json> parse() const;

 private:
  // What a person never writes and the grammar would need long for.
  std::optional<SqlError> too_large() const;
  void copy_token(std::string_view text, std::size_t& at);
  void append(std::string_view text, std::size_t from, std::size_t count);

  std::string original_;
  std::string substituted_;
  std::vector<std::size_t> origin_;  // of each byte of substituted_, its byte in original_
  std::vector<std::string> variables_;
  std::map<std::string, std::size_t, std::less<>> numbers_;  // of the variables, from 0
};

}  // namespace halfwrite::sql
