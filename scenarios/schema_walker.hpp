// Checks a tree against scenario.schema.json, the single source of the language's structure: which
// keys there are, which words, which kinds of values. It walks the subset of JSON Schema draft-07
// that the file uses, and its own keywords beside it (requiredAfterMerge, readWith, notBuiltYet,
// wordsNotBuiltYet; the file's description says what they mean). What names mean is not its affair.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"

#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

// The text of scenario.schema.json as it was when this program was built.
std::string_view schema_text();

class SchemaWalker {
 public:
  explicit SchemaWalker(Findings& findings);
  SchemaWalker(const SchemaWalker&) = delete;
  SchemaWalker& operator=(const SchemaWalker&) = delete;

  // A scenario with its patches merged in.
  void check_scenario(const Json& scenario);
  // The parts that are not merged: variants, matrix and expect of a file as it is written.
  void check_variants(const Json& file);
  // A value against one definition of the schema: "plan_item".
  void check_definition(const Json& value, std::string_view definition);

 private:
  void check(const Json& value, const Json& schema, bool is_read);
  bool check_type(const Json& value, const Json& schema);
  void check_object(const Json& object, const Json& schema, bool is_read);
  void check_member(const Json& object, const Member& member, const Json& schema, bool is_read);
  void check_unknown_key(const Json& object, const Member& member, const Json& schema);
  void check_list(const Json& list, const Json& schema, bool is_read);
  void check_unique(const Json& list);
  void check_words(const Json& value, const Json& schema);
  void check_number(const Json& number, const Json& schema);
  void check_text(const Json& text, const Json& schema);
  void check_one_of(const Json& value, const Json& schema, bool is_read);
  void check_verbs(const Json& object, const Json& holder,
                   const std::vector<const Json*>& alternatives, bool is_read);
  void check_patch(const Json& patch);
  bool is_read_with(const Json& object, const Member& member, const Json& property,
                    const Json& schema, bool is_read);
  void note_unread(const Json& object, const Member& member, const Member& choice,
                   const std::string& word);
  bool matches(const std::string& text, const std::string& pattern);
  const Json& resolved(const Json& schema) const;
  const Json& definition(std::string_view name) const;

  Findings& findings_;
  const Json& schema_;           // one for all, read once
  const Json* patch_ = nullptr;  // definitions that are walked in a way of their own
  const Json* defaults_ = nullptr;
  std::map<std::string, std::regex> patterns_;
  bool within_defaults_ = false;  // nothing is required there, and its choice stands elsewhere
};

}  // namespace halfwrite::scenarios
