// What travels between a service and a system outside. Values only. The address and its aliases
// travel for the fault plan and the keys of draws, and no rule reads them.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "sim/address.hpp"
#include "sim/network.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::external {

// How an inverse is declined that names nothing which stands: it was never done, or all of it was
// taken back before. The failure of the caller goes by this name.
inline constexpr const char* nothing_to_take_back = "nothing_to_take_back";

class Request : public sim::Payload {
 public:
  std::string_view kind() const override { return "ExternalRequest"; }
  std::uint64_t fingerprint() const override;

  std::string operation;  // "charge"
  sql::Parameters arguments;
  std::string idempotency_key;  // empty: none was sent
  sim::Address address;         // of the caller's wait
  std::vector<sim::Alias> aliases;
};

class Reply : public sim::Payload {
 public:
  enum class Kind : std::uint8_t {
    applied,          // it stands on the ledger, or stood there already under this key
    pending,          // taken on; the result comes by a callback
    declined,         // a sure no, without effect
    conflict,         // the first request with this key is still being worked on
    other_arguments,  // this key came with other arguments before: nothing was done
    refused,          // the system said no before it looked (a fault): nothing was done
  };
  Reply(Kind what, std::string why) : result(what), text(std::move(why)) {}
  std::string_view kind() const override { return "ExternalReply"; }
  std::uint64_t fingerprint() const override;

  Kind result;
  std::string text;  // declined: the failure; refused: the error
};

}  // namespace halfwrite::external
