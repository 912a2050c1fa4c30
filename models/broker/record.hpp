// What goes through the broker: a record as a client hands it in, where it landed, and how it comes
// out again. Values only. A record carries no intent: provenance travels in the scope of the
// message, and the broker keeps it beside the record where no client sees it.
#pragma once

#include <cstdint>
#include <string>

namespace halfwrite::broker {

struct Record {
  std::string event_id;
  std::string event_type;
  std::uint32_t version = 1;
  std::string topic;
  std::string key;  // empty: no key
  std::string payload;
  friend bool operator==(const Record&, const Record&) = default;
};

// Where a record was appended. With acks 0 nobody says the offset: `offset_unknown`.
struct Metadata {
  static constexpr std::uint64_t offset_unknown = ~0ull;
  std::uint32_t partition = 0;
  std::uint64_t offset = offset_unknown;
};

// A record as a consumer's poll returns it.
struct Delivery {
  Record record;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
};

}  // namespace halfwrite::broker
