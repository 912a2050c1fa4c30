// Text functions that SQLite lacks or would do differently. Positions count characters.
#include "models/database/sql/function_call.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace halfwrite::sql {

namespace {

// The characters of a text, each as its bytes.
std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> result;
  for (std::size_t at = 0; at < text.size();) {
    auto end = at + 1;
    while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
    result.push_back(text.substr(at, end - at));
    at = end;
  }
  return result;
}

std::string joined(const std::vector<std::string_view>& parts, std::size_t from, std::size_t to) {
  std::string out;
  for (auto i = from; i < to && i < parts.size(); ++i) out += parts[i];
  return out;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

enum class Match { no, yes, bad_escape };

// LIKE with PostgreSQL's rules: % any text, _ one character, escape takes the next literally.
Match matches(std::string_view text, std::string_view pattern, char escape, bool insensitive) {
  while (!pattern.empty()) {
    if (pattern.front() == '%' && escape != '%') {
      while (!pattern.empty() && pattern.front() == '%') pattern.remove_prefix(1);
      if (pattern.empty()) return Match::yes;
      for (std::size_t at = 0; at <= text.size(); ++at)
        if (const auto rest = matches(text.substr(at), pattern, escape, insensitive);
            rest != Match::no)
          return rest;
      return Match::no;
    }
    if (text.empty()) return Match::no;
    if (pattern.front() == '_' && escape != '_') {
      text.remove_prefix(characters(text.substr(0, 4)).front().size());
      pattern.remove_prefix(1);
      continue;
    }
    if (pattern.front() == escape && escape != '\0') {
      pattern.remove_prefix(1);
      if (pattern.empty()) return Match::bad_escape;
    }
    const bool same = insensitive ? lower(text.front()) == lower(pattern.front())
                                  : text.front() == pattern.front();
    if (!same) return Match::no;
    text.remove_prefix(1);
    pattern.remove_prefix(1);
  }
  return text.empty() ? Match::yes : Match::no;
}

void like(Call& call) {
  const auto escape = call.text(2);
  const auto result = matches(call.text(0), call.text(1), escape.empty() ? '\0' : escape.front(),
                              call.integer(3) != 0);
  if (result == Match::bad_escape)
    return call.fail("22025", "LIKE pattern must not end with escape character");
  call.answer(std::int64_t{result == Match::yes});
}

void substring(Call& call) {
  const auto parts = characters(call.text(0));
  const auto start = call.integer(1);
  auto end = static_cast<std::int64_t>(parts.size()) + 1;
  if (call.count() > 2) {
    if (call.integer(2) < 0) return call.fail("22011", "negative substring length not allowed");
    end = std::min(end, start + call.integer(2));
  }
  const auto from = std::max<std::int64_t>(start, 1);
  if (end <= from) return call.answer(std::string_view{});
  call.answer(std::string_view(
      joined(parts, static_cast<std::size_t>(from - 1), static_cast<std::size_t>(end - 1))));
}

void left(Call& call) {
  const auto parts = characters(call.text(0));
  const auto size = static_cast<std::int64_t>(parts.size());
  const auto count = call.integer(1) < 0 ? std::max<std::int64_t>(size + call.integer(1), 0)
                                         : std::min(call.integer(1), size);
  call.answer(std::string_view(joined(parts, 0, static_cast<std::size_t>(count))));
}

void right(Call& call) {
  const auto parts = characters(call.text(0));
  const auto size = static_cast<std::int64_t>(parts.size());
  const auto count = call.integer(1) < 0 ? std::max<std::int64_t>(size + call.integer(1), 0)
                                         : std::min(call.integer(1), size);
  call.answer(
      std::string_view(joined(parts, static_cast<std::size_t>(size - count), parts.size())));
}

// PostgreSQL allows a gigabyte; here runs share a machine.
constexpr std::int64_t longest_made = 16 << 20;

void pad(Call& call) {
  if (call.integer(1) > longest_made) return call.fail("54000", "requested length too large");
  const auto parts = characters(call.text(0));
  const auto fill = characters(call.text(2));
  const auto width = static_cast<std::size_t>(std::max<std::int64_t>(call.integer(1), 0));
  std::string padding;
  for (std::size_t i = parts.size(); i < width && !fill.empty(); ++i)
    padding += fill[(i - parts.size()) % fill.size()];
  const auto kept = joined(parts, 0, width);
  call.answer(std::string_view(call.integer(3) != 0 ? padding + kept : kept + padding));
}

void repeat(Call& call) {
  const auto part = call.text(0);
  const auto times = std::max<std::int64_t>(call.integer(1), 0);
  const auto size = static_cast<std::int64_t>(part.size());
  if (size > 0 && times > longest_made / size)
    return call.fail("54000", "requested length too large");
  std::string out;
  for (std::int64_t i = 0; i < times && size > 0; ++i) out += part;
  call.answer(std::string_view(out));
}

void reverse(Call& call) {
  auto parts = characters(call.text(0));
  std::reverse(parts.begin(), parts.end());
  call.answer(std::string_view(joined(parts, 0, parts.size())));
}

void replace(Call& call) {
  const auto text = call.text(0);
  const auto wanted = call.text(1);
  std::string out;
  std::size_t at = 0;
  while (!wanted.empty()) {
    const auto found = text.find(wanted, at);
    if (found == std::string_view::npos) break;
    out += text.substr(at, found - at);
    out += call.text(2);
    at = found + wanted.size();
  }
  out += text.substr(at);
  call.answer(std::string_view(out));
}

void character(Call& call) {
  const auto code = call.integer(0);
  if (code == 0) return call.fail("54000", "null character not permitted");
  if (code < 0) return call.fail("22023", "character number must be positive");
  if (code > 0x10FFFF)
    return call.fail("54000",
                     "requested character too large for encoding: " + std::to_string(code));
  if (code >= 0xD800 && code <= 0xDFFF)
    return call.fail("54000",
                     "requested character not valid for encoding: " + std::to_string(code));
  std::string out;
  const auto add = [&out](std::int64_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | (code >> 6));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12));
    add(0x80 | ((code >> 6) & 0x3F));
  } else {
    add(0xF0 | (code >> 18));
    add(0x80 | ((code >> 12) & 0x3F));
    add(0x80 | ((code >> 6) & 0x3F));
  }
  if (code >= 0x80) add(0x80 | (code & 0x3F));
  call.answer(std::string_view(out));
}

void split_part(Call& call) {
  const auto text = call.text(0);
  const auto separator = call.text(1);
  if (call.integer(2) == 0) return call.fail("22023", "field position must not be zero");
  std::vector<std::string_view> fields;
  std::size_t at = 0;
  while (!separator.empty()) {
    const auto found = text.find(separator, at);
    if (found == std::string_view::npos) break;
    fields.push_back(text.substr(at, found - at));
    at = found + separator.size();
  }
  fields.push_back(text.substr(at));
  const auto size = static_cast<std::int64_t>(fields.size());
  const auto index = call.integer(2) > 0 ? call.integer(2) - 1 : size + call.integer(2);
  call.answer(index >= 0 && index < size ? fields[static_cast<std::size_t>(index)]
                                         : std::string_view{});
}

// concat(kind, value, ...): NULLs are left out; with a separator (first flag 1) the first value
// separates the others.
void concat(Call& call) {
  std::string out;
  std::string separator;
  bool first = true;
  int at = 1;
  if (call.integer(0) != 0) {
    if (call.count() < 3 || call.is_null(2)) return call.answer_null();
    separator = std::string(call.text(2));
    at = 3;
  }
  for (; at + 1 < call.count(); at += 2) {
    if (call.is_null(at + 1)) continue;
    if (!first) out += separator;
    first = false;
    out += to_text(call.value(at + 1, static_cast<TypeKind>(call.integer(at))));
  }
  call.answer(std::string_view(out));
}

// RFC 1321.
std::string md5_hex(std::string_view text) {
  constexpr std::array<std::uint32_t, 64> kSines{
      0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
      0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
      0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
      0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
      0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
      0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
      0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
      0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
      0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
      0xeb86d391};
  constexpr std::array<int, 16> kShifts{7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
  std::string data(text);
  const auto bits = static_cast<std::uint64_t>(text.size()) * 8;
  data += '\x80';
  while (data.size() % 64 != 56) data += '\0';
  for (int i = 0; i < 8; ++i) data += static_cast<char>((bits >> (8 * i)) & 0xFF);
  std::array<std::uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (std::size_t block = 0; block < data.size(); block += 64) {
    std::array<std::uint32_t, 16> words{};
    for (std::size_t i = 0; i < 64; ++i)
      words[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(data[block + i]))
                      << (8 * (i % 4));
    auto [a, b, c, d] = state;
    for (std::size_t i = 0; i < 64; ++i) {
      std::uint32_t mixed = 0;
      std::size_t word = i;
      if (i < 16) {
        mixed = (b & c) | (~b & d);
      } else if (i < 32) {
        mixed = (d & b) | (~d & c);
        word = (5 * i + 1) % 16;
      } else if (i < 48) {
        mixed = b ^ c ^ d;
        word = (3 * i + 5) % 16;
      } else {
        mixed = c ^ (b | ~d);
        word = (7 * i) % 16;
      }
      mixed += a + kSines[i] + words[word];
      a = d;
      d = c;
      c = b;
      b += std::rotl(mixed, kShifts[i / 16 * 4 + i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const auto part : state)
    for (int i = 0; i < 4; ++i) {
      const auto byte = (part >> (8 * i)) & 0xFF;
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  return out;
}

// PostgreSQL's own hash of bytes (hashfn.c, hash_bytes_extended: lookup3 by B. Jenkins), from which
// people make the numbers of advisory locks. The low half is the plain hash.
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  using Word = std::uint32_t;
  Word a = 0x9e3779b9 + static_cast<Word>(bytes.size()) + 3923095;
  Word b = a;
  Word c = a;
  const auto mix = [&] {
    a = (a - c) ^ std::rotl(c, 4), c += b;
    b = (b - a) ^ std::rotl(a, 6), a += c;
    c = (c - b) ^ std::rotl(b, 8), b += a;
    a = (a - c) ^ std::rotl(c, 16), c += b;
    b = (b - a) ^ std::rotl(a, 19), a += c;
    c = (c - b) ^ std::rotl(b, 4), b += a;
  };
  if (seed != 0) {
    a += static_cast<Word>(seed >> 32);
    b += static_cast<Word>(seed);
    mix();
  }
  const auto word_at = [&](std::size_t from, std::size_t first_shift) {
    Word word = 0;
    for (std::size_t i = from; i < bytes.size() && first_shift + (i - from) < 4; ++i) {
      word += Word{static_cast<unsigned char>(bytes[i])} << 8 * (first_shift + (i - from));
    }
    return word;
  };
  for (; bytes.size() >= 12; bytes.remove_prefix(12)) {
    a += word_at(0, 0), b += word_at(4, 0), c += word_at(8, 0);
    mix();
  }
  // The lowest byte of the last word is kept for the length.
  a += word_at(0, 0), b += word_at(4, 0), c += word_at(8, 1);
  c = (c ^ b) - std::rotl(b, 14), a = (a ^ c) - std::rotl(c, 11);
  b = (b ^ a) - std::rotl(a, 25), c = (c ^ b) - std::rotl(b, 16);
  a = (a ^ c) - std::rotl(c, 4), b = (b ^ a) - std::rotl(a, 14);
  c = (c ^ b) - std::rotl(b, 24);
  return std::uint64_t{b} << 32 | c;
}

void hash_text(Call& call) {
  call.answer(std::int64_t{static_cast<std::int32_t>(hash_bytes(call.text(0), 0))});
}

void hash_text_extended(Call& call) {
  call.answer(static_cast<std::int64_t>(
      hash_bytes(call.text(0), static_cast<std::uint64_t>(call.integer(1)))));
}

void md5(Call& call) {
  call.answer(std::string_view(md5_hex(call.text(0))));
}

const FunctionDefinition kTextFunctions[] = {
    {"hw_like", like},
    {"hw_substring", substring},
    {"hw_left", left},
    {"hw_right", right},
    {"hw_pad", pad},
    {"hw_repeat", repeat},
    {"hw_reverse", reverse},
    {"hw_replace", replace},
    {"hw_character", character},
    {"hw_split_part", split_part},
    {"hw_concat", concat, false},
    {"hw_md5", md5},
    {"hw_hash_text", hash_text},
    {"hw_hash_text_extended", hash_text_extended},
};

}  // namespace

FunctionList text_functions() {
  return {std::begin(kTextFunctions), std::end(kTextFunctions)};
}

}  // namespace halfwrite::sql
