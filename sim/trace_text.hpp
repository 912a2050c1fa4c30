// A trace record as one line of text, for people and for comparing two runs record by record.
// Everything that enters the hash is in the line, as is the note. It owns nothing and reads no
// state but the record and the names.
#pragma once

#include "sim/trace.hpp"

#include <string>

namespace halfwrite::sim {

// "0.412345678 #1234 sent, order.1: order.place/commit of orders#17, pass 1 [00000000deadbeef]
// order_db". No line end.
std::string to_text(const TraceRecord& record, const Names& names);

}  // namespace halfwrite::sim
