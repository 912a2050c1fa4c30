#include "tests/fuzz/libfuzzer/json_mutation.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace halfwrite::fuzz {

namespace {

struct Part {
  std::size_t from = 0;
  std::size_t to = 0;
};

// Where each value, key and bracketed group of a text stands; the text need not be valid.
std::vector<Part> parts_of(std::string_view text) {
  std::vector<Part> parts;
  std::vector<std::size_t> open;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '{' || c == '[') {
      open.push_back(at++);
    } else if (c == '}' || c == ']') {
      ++at;
      if (open.empty()) continue;
      parts.push_back({open.back(), at});
      open.pop_back();
    } else if (c == '"') {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      end = end + 1 < text.size() ? end + 1 : text.size();
      parts.push_back({at, end});
      at = end;
    } else if (std::string_view(" \t\r\n,:").find(c) != std::string_view::npos) {
      ++at;
    } else {
      const std::size_t end = text.find_first_of(" \t\r\n,:{}[]\"", at);
      parts.push_back({at, end == std::string_view::npos ? text.size() : end});
      at = parts.back().to;
    }
  }
  return parts;
}

// What often decides something.
constexpr std::array<std::string_view, 24> words{"null",    "true",         "false",
                                                 "0",       "-1",           "1",
                                                 "2",       "1000000000",   "9223372036854775807",
                                                 "0.5",     "1e9",          "\"\"",
                                                 "\"*\"",   "\"*/*\"",      "\"0s\"",
                                                 "\"1ns\"", "\"1ms..2ms\"", "\"-1s\"",
                                                 "\"1/3\"", "\"100/s\"",    "{}",
                                                 "[]",      "\":order\"",   "\"holds\""};

class Choices {
 public:
  explicit Choices(unsigned int seed) : state_(seed * 0x9E3779B97F4A7C15ull + 1) {}
  std::size_t below(std::size_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::size_t>(state_ % bound);
  }

 private:
  std::uint64_t state_;
};

std::string with(std::string_view text, Part part, std::string_view replacement) {
  return std::string(text.substr(0, part.from)) + std::string(replacement) +
         std::string(text.substr(part.to));
}

// The part with the key before it and one comma beside it.
Part member_around(std::string_view text, Part part) {
  const std::size_t before = text.find_last_not_of(" \t\r\n", part.from == 0 ? 0 : part.from - 1);
  if (part.from > 0 && before != std::string_view::npos && text[before] == ':') {
    const std::size_t close = text.rfind('"', before);
    if (close != std::string_view::npos && close > 0) {
      const std::size_t quote = text.rfind('"', close - 1);
      if (quote != std::string_view::npos) part.from = quote;
    }
  }
  const std::size_t after = text.find_first_not_of(" \t\r\n", part.to);
  if (after != std::string_view::npos && text[after] == ',') {
    part.to = after + 1;
    return part;
  }
  const std::size_t comma =
      part.from == 0 ? std::string_view::npos : text.find_last_not_of(" \t\r\n", part.from - 1);
  if (comma != std::string_view::npos && text[comma] == ',') part.from = comma;
  return part;
}

}  // namespace

std::string mutate_json(std::string_view text, unsigned int seed,
                        const std::function<std::string(std::string)>& mutate_word) {
  const std::vector<Part> parts = parts_of(text);
  if (parts.empty()) return "";
  Choices choices(seed);
  const Part part = parts[choices.below(parts.size())];
  const Part other = parts[choices.below(parts.size())];
  const std::string_view here = text.substr(part.from, part.to - part.from);
  const std::string_view there = text.substr(other.from, other.to - other.from);
  switch (choices.below(8)) {
    case 0:
      return with(text, member_around(text, part), "");
    case 1:
      return with(text, part, words[choices.below(words.size())]);
    case 2:
      return with(text, part, there);
    case 3: {  // exchange
      if (part.to <= other.from) return with(with(text, other, here), part, there);
      if (other.to <= part.from) return with(with(text, part, there), other, here);
      return with(text, part, there);
    }
    case 4:
      return with(text, part, std::string(here) + ", " + std::string(here));
    case 5: {  // the value that the other member has, under its key
      const Part member = member_around(text, other);
      const std::string moved(text.substr(member.from, member.to - member.from));
      if (here.front() != '{' && here.front() != '[') return with(text, part, there);
      const std::string inner(here.substr(1));
      const bool is_empty = inner.find_first_not_of(" \t\r\n]}") == std::string::npos;
      const bool has_comma = !moved.empty() && (moved.back() == ',' || moved.front() == ',');
      return with(text, part, here.front() + moved + (is_empty || has_comma ? "" : ",") + inner);
    }
    default: {  // the inside of a word or the whole of a small part
      if (here.size() > 200) return with(text, part, words[choices.below(words.size())]);
      if (here.front() == '"' && here.size() > 2)
        return with(text, {part.from + 1, part.to - 1},
                    mutate_word(std::string(here.substr(1, here.size() - 2))));
      return with(text, part, mutate_word(std::string(here)));
    }
  }
}

}  // namespace halfwrite::fuzz
