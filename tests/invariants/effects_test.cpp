#include "cases.hpp"

using halfwrite::tests::check;

TEST_CASE("A consumer that changes its state twice for one event of one intent is a duplicate") {
  const std::string applied =
      "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
      "apply e1 in s1 by shipping; commit s1;";
  const auto after = [&applied](const char* rest) { return applied + rest; };
  const std::string again = after("deliver e1 to shipping; apply e1 in s2 by shipping; commit s2");
  const std::string other_instance =
      after("deliver e1 to shipping.2; apply e1 in s2 by shipping.2; commit s2");
  const std::string delivered_again =
      after("deliver e1 to shipping; handled e1 by shipping repeated; deliver e1 to shipping");
  const std::string without_change =
      after("deliver e1 to shipping; apply e1 in s2 by shipping; commit s2 rows 0");
  const std::string rolled_back =
      after("deliver e1 to shipping; apply e1 in s2 by shipping; abort s2");
  const std::string second_lost =
      after("deliver e1 to shipping; apply e1 in s2 by shipping; commit s2; lose s2");
  const std::string first_lost =
      after("lose s1; deliver e1 to shipping; apply e1 in s2 by shipping; commit s2");
  const std::string undecided = after("deliver e1 to shipping; apply e1 in s2 by shipping");
  const std::string other_consumer =
      after("deliver e1 to billing; apply e1 in s2 by billing; commit s2");
  const std::string retry = after(
      "emit e1-a2 OrderCreated order-1 in t2 attempt 2; commit t2 attempt 2; publish e1-a2;"
      "deliver e1-a2 to shipping; apply e1-a2 in s2 by shipping; commit s2");
  const std::string other_intent = after(
      "emit e2 OrderCreated order-1 in t2 for orders#2; commit t2; publish e2;"
      "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2");
  const std::string other_content = after(
      "emit e2 OrderCreated order-1 in t2 content more; commit t2; publish e2;"
      "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2");
  const std::string said_twice = after("apply e1 in s1 by shipping");
  check({
      {"no effect at all", "no_duplicate_effect",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping",
       "vacuous"},
      {"one effect", "no_duplicate_effect", applied.c_str(), "holds"},
      {"I3: two effects", "no_duplicate_effect", again.c_str(), "violated order-1@shipping"},
      {"I3: at two instances of a group", "no_duplicate_effect", other_instance.c_str(),
       "violated order-1@shipping"},
      {"I3: handed out again is no violation", "no_duplicate_effect", delivered_again.c_str(),
       "holds"},
      {"U6, U7: the second changed nothing", "no_duplicate_effect", without_change.c_str(),
       "holds"},
      {"I3: the second was rolled back", "no_duplicate_effect", rolled_back.c_str(), "holds"},
      {"U3: the second was lost", "no_duplicate_effect", second_lost.c_str(), "holds"},
      {"U3: the first was lost", "no_duplicate_effect", first_lost.c_str(), "holds"},
      {"the second never committed", "no_duplicate_effect", undecided.c_str(), "holds"},
      {"I3: each consumer on its own", "no_duplicate_effect", other_consumer.c_str(), "holds"},
      {"U2: two surviving transactions of one intent", "no_duplicate_effect", retry.c_str(),
       "violated order-1@shipping"},
      {"I3: two intents", "no_duplicate_effect", other_intent.c_str(), "holds"},
      {"I3: two contents are two events", "no_duplicate_effect", other_content.c_str(), "holds"},
      {"the same transaction recorded twice", "no_duplicate_effect", said_twice.c_str(), "holds"},
      {"option consumers", "no_duplicate_effect consumers billing", again.c_str(), "vacuous"},
      {"option events", "no_duplicate_effect events OrderPaid", again.c_str(), "vacuous"},
      {"two subscriptions of a group mean two effects", "no_duplicate_effect", again.c_str(),
       "holds", "OrderCreated>shipping OrderCreated>shipping"},
  });
}

TEST_CASE("What one transaction owes twice may have two effects, and a handler acts once") {
  check({
      {"the same content twice in one transaction", "no_duplicate_effect",
       "emit e1 OrderCreated order-1 in t1; emit e2 OrderCreated order-1 in t1 ordinal 2; commit "
       "t1;"
       "publish e1; publish e2; deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
       "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2",
       "holds"},
      {"and a third effect is one too many", "no_duplicate_effect",
       "emit e1 OrderCreated order-1 in t1; emit e2 OrderCreated order-1 in t1 ordinal 2; commit "
       "t1;"
       "publish e1; publish e2; deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
       "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
       "deliver e2 to shipping; apply e2 in s3 by shipping; commit s3",
       "violated order-1@shipping"},
      {"a handler with a transaction per statement acts once", "no_duplicate_effect",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; commit s1; apply e1 in s2 by shipping; commit s2;"
       "handled e1 by shipping done",
       "holds"},
      {"U2: one that begins anew after an unknown commit acts twice", "no_duplicate_effect",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; log s1; answer s1 unknown; apply e1 in s2 by shipping; commit "
       "s2;"
       "handled e1 by shipping done",
       "violated order-1@shipping"},
      {"U2: unless the unknown one failed", "no_duplicate_effect",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; answer s1 unknown; abort s1; apply e1 in s2 by shipping; "
       "commit s2;"
       "handled e1 by shipping done",
       "holds"},
      {"a phantom can be applied twice, too", "no_duplicate_effect",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; commit s1; deliver e1 to shipping; apply e1 in s2 by shipping;"
       "commit s2",
       "violated order-1@shipping"},
  });
}

TEST_CASE("A duplicate is told at the commit of the effect that was one too many") {
  halfwrite::sim::Names names;
  const auto verdict = halfwrite::tests::judge(
      names, "no_duplicate_effect", "",
      "emit e1 OrderCreated order-1 in t1; commit t1; emit e1-a2 OrderCreated order-1 in t2 "
      "attempt 2;"
      "commit t2 attempt 2; publish e1; publish e1-a2; deliver e1-a2 to shipping;"
      "apply e1-a2 in s1 by shipping; log s1; deliver e1 to shipping; apply e1 in s2 by shipping; "
      "log s2");
  REQUIRE(verdict.violations.size() == 1);
  CHECK(verdict.violations[0].event_id == "e1");
  CHECK(verdict.violations[0].fact_number == 18);
}

namespace {

// Two events of one key, the first committed first; what the consumer does follows.
std::string two_events(const char* rest) {
  return std::string(
             "emit e1 OrderCreated order-1 in t1; commit t1; emit e2 OrderPaid order-1 in t2; "
             "commit t2;"
             "publish e1; publish e2;") +
         rest;
}

}  // namespace

TEST_CASE("First effects of one key come in commit order") {
  const std::string in_order = two_events(
      "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
      "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2");
  const std::string reordered = two_events(
      "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
      "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1");
  const std::string only_delivered_reordered = two_events(
      "deliver e2 to shipping; deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
      "apply e2 in s2 by shipping; commit s2");
  const std::string skipped_stale = two_events(
      "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
      "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1 rows 0");
  const std::string late_lost = two_events(
      "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
      "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1; lose s1");
  const std::string early_lost = two_events(
      "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2; lose s2;"
      "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
      "deliver e2 to shipping; apply e2 in s3 by shipping; commit s3");
  const std::string repeat_after = two_events(
      "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
      "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
      "deliver e1 to shipping; apply e1 in s3 by shipping; commit s3");
  const std::string by_two_consumers = two_events(
      "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
      "deliver e1 to billing; apply e1 in s1 by billing; commit s1");
  const std::string one_applied =
      two_events("deliver e2 to shipping; apply e2 in s2 by shipping; commit s2");
  check({
      {"nothing", "events_in_order_per_key", "", "vacuous"},
      {"I4: in order", "events_in_order_per_key", in_order.c_str(), "holds"},
      {"I4: reordered", "events_in_order_per_key", reordered.c_str(), "violated order-1@shipping"},
      {"I4: begun in order, committed in order, handed out in another", "events_in_order_per_key",
       only_delivered_reordered.c_str(), "holds"},
      {"I4, U6: skipping a stale event is no reorder", "events_in_order_per_key",
       skipped_stale.c_str(), "vacuous"},
      {"U3: the late effect was lost", "events_in_order_per_key", late_lost.c_str(), "vacuous"},
      {"U3: the early effect was lost and came again", "events_in_order_per_key",
       early_lost.c_str(), "holds"},
      {"I4: first effects count, a repeat is I3", "events_in_order_per_key", repeat_after.c_str(),
       "holds"},
      {"I4: each consumer on its own", "events_in_order_per_key", by_two_consumers.c_str(),
       "vacuous"},
      {"only one took effect", "events_in_order_per_key", one_applied.c_str(), "vacuous"},
      {"option consumers", "events_in_order_per_key consumers billing", reordered.c_str(),
       "vacuous"},
      {"option events: no pair is left", "events_in_order_per_key events OrderPaid",
       reordered.c_str(), "vacuous"},
  });
}

TEST_CASE("Commit order is that of the surviving log and of one aggregate") {
  check({
      {"U8: two keys have no order", "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1; commit t1; emit e2 OrderCreated order-2 in t2; commit "
       "t2;"
       "publish e1; publish e2; deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "vacuous"},
      {"U8: two databases have no order", "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1; commit t1; emit e2 OrderPaid order-1 in s8; commit s8;"
       "publish e1; publish e2; deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "vacuous"},
      {"seq is the position of the commit, not the order of emits", "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1; emit e2 OrderPaid order-1 in t2; commit t2; commit t1;"
       "publish e1; publish e2; deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "holds"},
      {"seq: the position, not when it was logged in the history", "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1; emit e2 OrderPaid order-1 in t2; commit t2 position 9;"
       "commit t1 position 4; publish e1; publish e2;"
       "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "violated order-1@shipping"},
      {"seq: the ordinal within a transaction", "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1 ordinal 1; emit e2 OrderPaid order-1 in t1 ordinal 2; "
       "commit t1;"
       "publish e1; publish e2; deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "violated order-1@shipping"},
      {"seq: ordinals in order", "events_in_order_per_key",
       "emit e2 OrderPaid order-1 in t1 ordinal 2; emit e1 OrderCreated order-1 in t1 ordinal 1; "
       "commit t1;"
       "publish e1; publish e2; deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
       "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2",
       "holds"},
      {"a phantom has no place in the order", "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1; emit e2 OrderPaid order-1 in t2; "
       "commit t2;"
       "publish e2; deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "vacuous"},
      {"class: the early member of a later attempt was first", "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
       "emit e1-a2 OrderCreated order-1 in t2 attempt 2; commit t2 attempt 2;"
       "emit e2 OrderPaid order-1 in t3; commit t3; publish e2; publish e1-a2;"
       "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
       "deliver e1-a2 to shipping; apply e1-a2 in s3 by shipping; commit s3",
       "holds"},
      {"class: two surviving members have a place each", "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1; commit t1; emit e2 OrderPaid order-1 in t2; commit t2;"
       "emit e1-a2 OrderCreated order-1 in t3 attempt 2; commit t3 attempt 2; publish e2; publish "
       "e1-a2;"
       "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2;"
       "deliver e1-a2 to shipping; apply e1-a2 in s3 by shipping; commit s3",
       "holds"},
      {"class: a failed attempt's member stands at the first surviving one",
       "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1;"
       "emit e1-a2 OrderCreated order-1 in t2 attempt 2; commit t2 attempt 2;"
       "emit e2 OrderPaid order-1 in t3; commit t3; publish e2;"
       "emit e1-a3 OrderCreated order-1 in t4 attempt 3; commit t4 attempt 3;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
       "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2",
       "holds"},
      {"each overtaken event is told", "events_in_order_per_key",
       "emit e1 OrderCreated order-1 in t1; commit t1; emit e2 OrderPaid order-1 in t2; commit t2;"
       "emit e3 OrderPaid order-1 in t3 content more; commit t3; publish e1; publish e2; publish "
       "e3;"
       "deliver e3 to shipping; apply e3 in s3 by shipping; commit s3;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
       "deliver e2 to shipping; apply e2 in s2 by shipping; commit s2",
       "violated order-1@shipping, order-1@shipping"},
  });
}

TEST_CASE("An acknowledged commit that does not survive is lost") {
  check({
      {"nothing was acknowledged", "no_lost_commit", "log t1 for orders#1; visible t1", "vacuous"},
      {"I0: acknowledged and there", "no_lost_commit", "commit t1 for orders#1", "holds"},
      {"I0: acknowledged and gone", "no_lost_commit",
       "emit e1 OrderCreated order-1 in t1; commit t1; lose t1", "violated order-1"},
      {"I0: gone with a disk, and back on the standby that takes over", "no_lost_commit",
       "emit e1 OrderCreated order-1 in t1; commit t1; lose t1; visible t1", "holds"},
      {"I0: without an event it is known by its intent", "no_lost_commit",
       "commit t1 for orders#7; lose t1", "violated orders#7"},
      {"I0: told that a rollback was a commit", "no_lost_commit",
       "emit e1 OrderCreated order-1 in t1; abort t1; answer t1 ok", "violated order-1"},
      {"U9: an asynchronous commit", "no_lost_commit",
       "emit e1 OrderCreated order-1 in t1; commit t1; lose t1 by config",
       "violated order-1 (by config)"},
      {"U9: one of two by configuration", "no_lost_commit",
       "commit t1 for orders#1; lose t1 by config; commit t2 for orders#2; lose t2",
       "violated orders#1, orders#2"},
      {"U1: lost with an unknown answer", "no_lost_commit",
       "log t1 for orders#1; answer t1 unknown; lose t1; commit t2 for orders#2", "holds"},
      {"U1: lost and told that it failed", "no_lost_commit",
       "log t1 for orders#1; answer t1 fail; lose t1; commit t2 for orders#2", "holds"},
      {"a transaction that only read has nothing to lose", "no_lost_commit", "answer t1 ok",
       "holds"},
      {"U2: unknown at first, and the client told ok at last", "no_lost_commit",
       "ask orders#1; log t1 for orders#1; answer t1 unknown; lose t1; told orders#1 ok;"
       "commit t2 for orders#2",
       "violated orders#1"},
      {"U2: the client told failure at last", "no_lost_commit",
       "ask orders#1; log t1 for orders#1; answer t1 unknown; lose t1; told orders#1 fail;"
       "commit t2 for orders#2",
       "holds"},
      {"U2: told ok, then failure", "no_lost_commit",
       "ask orders#1; log t1 for orders#1; answer t1 unknown; lose t1; told orders#1 ok;"
       "told orders#1 fail attempt 2; commit t2 for orders#2",
       "holds"},
      {"U2: exactly one attempt survives", "no_lost_commit",
       "ask orders#1; log t1 for orders#1; answer t1 unknown; lose t1; ask orders#1 attempt 2;"
       "commit t2 for orders#1 attempt 2; told orders#1 ok attempt 2",
       "holds"},
      {"U2: a loss already told is told once", "no_lost_commit",
       "ask orders#1; commit t1 for orders#1; told orders#1 ok; lose t1", "violated orders#1"},
      {"U2: a rolled back attempt is no lost commit", "no_lost_commit",
       "ask orders#1; emit e1 OrderCreated order-1 in t1; answer t1 unknown; abort t1; told "
       "orders#1 ok;"
       "commit t2 for orders#2",
       "holds"},
  });
}
