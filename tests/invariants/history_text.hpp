// Small histories written as text, for tests of the predicates' clauses: one statement per line (or
// between semicolons), each one or more facts. Defaults make a line say only what its case is
// about: transactions s1, s2, ... are shipping_db's, all others order_db's; the intent of an event
// is that of its key ("order-7" is asked for by orders#7); offsets and log positions count up.
//
//   at 250                               the clock, in ms; otherwise each fact is 1 ms later
//   ask orders#1 [attempt 2]             told orders#1 ok
//   emit e1 OrderCreated order-1 in t1   [ordinal 2] [for orders#1] [attempt 2] [content x]
//   commit t1                            = log, visible, answer ok;  [rows 0] [position 7] [for
//   orders#1] log t1 / visible t1 / answer t1 unknown / abort t1 / lose t1 [by config] publish e1
//   [OrderCreated order-1]    [content x] [for orders#1] [partition 1] unpublish e1 [by config] the
//   broker loses its last record deliver e1 to shipping[.2]           apply e1 in s1 by shipping
//   handled e1 by shipping done          repeated, refused, failed
//   acknowledge e1 by shipping           park e1 by shipping [reason]
//   begin orders#1 [in t1]               a saga place_order; without `in` it is in memory only
//   want reserve of orders#1 [in t1] [by shipping] [undo yes] [attempt 2]
//   do reserve of orders#1 in s1         undo reserve of orders#1 in s2 [empty yes]
//   learn applied reserve of orders#1 [undo yes]
//   decide orders#1 commit in t1         end orders#1 compensated in t1
//   outside card_network.charge [order order-1] [answer repeated] [for charge of orders#1 [undo
//   yes]] statement order.place on order_db    crash order.1 [after order.place/commit of orders#1]
#pragma once

#include "models/contract/contract.hpp"
#include "models/history/facts.hpp"
#include "models/invariants/invariant.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::tests {

std::vector<history::Fact> history_of(sim::Names& names, std::string_view text);

// "OrderCreated>shipping OrderPaid>shipping@latest"; empty: both events to shipping. Or a saga:
// "saga create+ charge+ reserve+/ pay+/ confirm! mail* order forward": + compensatable, ! pivot,
// * irreversible, ? not required, / of one parallel group with its neighbours.
contract::Contract contract_of(std::string_view text);

// The verdict of one invariant: "holds", "vacuous", "violated publish order-1, effect order-2 (by
// config, parked 1)": stage if any, subject, and the consumer as "@shipping" if any. `ask` is the
// name of the invariant and its options: "no_lost_event events OrderPaid consumers shipping parked
// allowed".
std::string verdict_of(std::string_view ask, std::string_view contract, std::string_view history);
invariants::Verdict judge(sim::Names& names, std::string_view ask, std::string_view contract,
                          std::string_view history);

}  // namespace halfwrite::tests
