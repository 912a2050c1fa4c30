// JSON as a tree that remembers where everything was written. Keys keep their order, numbers their
// text, and each value and key its place in its file; so a tree merged out of several files still
// says where each part came from. It is read by a reader of our own, because the places of keys and
// of characters inside texts are what error messages are made of.
#pragma once

#include "scenarios/diagnostic.hpp"
#include "sim/expected.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

// The text of one file and where its lines begin.
class Source {
 public:
  Source(std::string path, std::string text);
  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }
  // The place of a byte; columns count characters.
  SourcePlace place_of(std::size_t offset) const;
  // The line of that byte, without its end.
  std::string line_of(std::size_t offset) const;
  // Characters (not bytes) of a part of the text.
  std::size_t characters(std::size_t offset, std::size_t length) const;

 private:
  std::size_t line_index(std::size_t offset) const;
  std::string path_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};
using SourceReference = std::shared_ptr<const Source>;

// A part of a file: what a diagnostic points at.
struct Span {
  SourceReference source;
  std::size_t offset = 0;
  std::size_t length = 1;  // bytes
};

struct Member;

struct Json {
  enum class Kind : std::uint8_t { null, boolean, number, text, list, object };
  Kind kind = Kind::null;
  bool boolean = false;
  std::string text;             // of a text, decoded; of a number, as written
  std::vector<Json> items;      // of a list
  std::vector<Member> members;  // of an object, in the order they are written
  Span span;
  std::string path;  // "services.order.operations.place.steps[1]", set by set_paths

  bool is_object() const { return kind == Kind::object; }
  bool is_list() const { return kind == Kind::list; }
  bool is_text() const { return kind == Kind::text; }
  bool is_number() const { return kind == Kind::number; }
  bool is_boolean() const { return kind == Kind::boolean; }
  bool is_null() const { return kind == Kind::null; }
  // The value of a key, or null when the object has none or this is no object.
  const Json* find(std::string_view key) const;
  const Member* find_member(std::string_view key) const;
};

struct Member {
  std::string key;
  Span key_span;
  Json value;
};

// "an object", "text", "a number", ...: for sentences.
const char* to_text(Json::Kind kind);

// Reads a whole file. Comments (// and /* */) are allowed; trailing commas, equal keys in one
// object, text that is no UTF-8 and nesting beyond 64 are errors. Every pair of equal keys is
// reported; after a mistake of syntax nothing more is.
sim::Expected<Json, std::vector<Diagnostic>> read_json(const SourceReference& source);

// Gives every value of the tree its path.
void set_paths(Json& root, const std::string& path = "");

// The part of the file a character of a decoded text was written as (an escape is one character).
// `character` counts from 0; at or beyond the end it is the closing quote.
Span span_of_character(const Json& text, std::size_t character, std::size_t count = 1);

// A diagnostic about a part of a file.
Diagnostic diagnose(const Span& span, std::string short_name, std::string message,
                    std::string hint = "", std::string path = "", std::string remark = "");

// The text in JSON's quotes.
std::string in_quotes(std::string_view text);

// Overlong forms, surrogates and values beyond U+10FFFF are none.
bool is_utf8(std::string_view text);

}  // namespace halfwrite::scenarios
