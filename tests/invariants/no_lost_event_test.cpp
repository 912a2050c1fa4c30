#include "cases.hpp"

using halfwrite::tests::check;

TEST_CASE("An event a surviving transaction owes is lost unless it took effect at its consumer") {
  check({
      {"nothing happened", "no_lost_event", "", "vacuous"},
      {"nobody owed anything: a commit without an event", "no_lost_event", "commit t1", "vacuous"},
      {"I1: the whole chain", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; commit s1; handled e1 by shipping done; acknowledge e1 by "
       "shipping",
       "holds"},
      {"I1: an effect counts without its acknowledgement", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; commit s1",
       "holds"},
      {"I1, stage: no Pub", "no_lost_event", "emit e1 OrderCreated order-1 in t1; commit t1",
       "violated publish order-1"},
      {"I1, stage: Pub lost again", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; unpublish e1",
       "violated publish order-1"},
      {"I1, stage: Pub and no Del", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1",
       "violated delivery order-1@shipping"},
      {"I1, stage: a record lost and sent again is published", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; unpublish e1; publish e1",
       "violated delivery order-1@shipping"},
      {"I1, stage: Del and no App", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "acknowledge e1 by shipping",
       "violated effect order-1@shipping"},
      {"I1, stage: handed out before the broker lost it", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping; "
       "unpublish e1",
       "violated effect order-1@shipping"},
      {"every loss is told, in order", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; emit e2 OrderCreated order-2 in t2; commit "
       "t2;"
       "publish e2",
       "violated publish order-1, delivery order-2@shipping"},
      {"several events of one transaction are owed one by one", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; emit e2 OrderPaid order-1 in t1 ordinal 2; commit t1;"
       "publish e1; deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "violated publish order-1"},
  });
}

TEST_CASE("Only what survives owes an event, and only what survives is an effect") {
  check({
      {"U3: a rolled back transaction owes nothing", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; abort t1", "vacuous"},
      {"U3: an undecided transaction owes nothing", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1", "vacuous"},
      {"U3: a lost commit is not owed an event, acknowledged or not", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; lose t1", "vacuous"},
      {"U1: an unknown answer is no fate: it survived", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; log t1; answer t1 unknown; visible t1",
       "violated publish order-1"},
      {"U1: a refused answer is no fate either", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; log t1; answer t1 fail", "violated publish order-1"},
      {"U3: an effect that was lost with its database is none", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; commit s1; handled e1 by shipping done; acknowledge e1 by "
       "shipping;"
       "lose s1",
       "violated effect order-1@shipping"},
      {"an effect that was rolled back is none, whatever the handler says", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; abort s1; handled e1 by shipping done; acknowledge e1 by "
       "shipping",
       "violated effect order-1@shipping"},
      {"a failed try that is tried again with effect", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; abort s1; handled e1 by shipping failed; deliver e1 to "
       "shipping;"
       "apply e1 in s2 by shipping; commit s2; handled e1 by shipping done",
       "holds"},
      {"an effect at another event of the intent is none at this one", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; emit e2 OrderPaid order-1 in t1 ordinal 2; commit t1;"
       "publish e1; publish e2; deliver e2 to shipping; apply e2 in s1 by shipping; commit s1",
       "violated delivery order-1@shipping"},
  });
}

TEST_CASE("Events are judged by class, since a client's retry may publish another member") {
  check({
      {"I1, class: the member of a failed attempt was published and applied", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1;"
       "emit e1-a2 OrderCreated order-1 in t2 attempt 2; commit t2 attempt 2;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "holds"},
      {"I1, class: a plain send without the event's id, for the same intent", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish x9 OrderCreated order-1 for "
       "orders#1;"
       "deliver x9 to shipping; apply x9 in s1 by shipping; commit s1",
       "holds"},
      {"I1, class: equal content of another intent is another class", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish x9 OrderCreated order-1 for "
       "orders#2;"
       "deliver x9 to shipping; apply x9 in s1 by shipping; commit s1",
       "violated publish order-1"},
      {"I1, class: another content is another class", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1;"
       "publish x9 OrderCreated order-1 content other for orders#1;"
       "deliver x9 to shipping; apply x9 in s1 by shipping; commit s1",
       "violated publish order-1"},
      {"I1, class: another key is another class", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish x9 OrderCreated order-2 for "
       "orders#1;"
       "deliver x9 to shipping; apply x9 in s1 by shipping; commit s1",
       "violated publish order-1"},
      {"I1, class: another type is another class", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish x9 OrderPaid order-1 for orders#1;"
       "deliver x9 to shipping; apply x9 in s1 by shipping; commit s1",
       "violated publish order-1"},
      {"a send with the event's id fulfils it, whoever sends it and however it is written",
       "no_lost_event",
       "emit e1 OrderCreated order-1 in t1 content {a,b}; commit t1;"
       "publish e1 content {b,a} for order.relay#5; deliver e1 to shipping; apply e1 in s1 by "
       "shipping;"
       "commit s1",
       "holds"},
      {"the message came before its emit was recorded", "no_lost_event",
       "publish e1 OrderCreated order-1 for order.relay#5; emit e1 OrderCreated order-1 in t1; "
       "commit t1;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "holds"},
      {"one id with two contents: the one that was rolled back does not serve the other",
       "no_lost_event",
       "emit e1 OrderCreated order-1 in t1 content old; publish e1; abort t1;"
       "emit e1 OrderCreated order-1 in t2 content new; commit t2;"
       "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1",
       "violated publish order-1"},
  });
}

TEST_CASE("What is handled without a change is handled, a false repeat is not") {
  const char* const handed_out =
      "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;";
  const auto after = [handed_out](const char* rest) { return std::string(handed_out) + rest; };
  const std::string no_change = after(
      "apply e1 in s1 by shipping; commit s1 rows 0; handled e1 by shipping done;"
      "acknowledge e1 by shipping");
  const std::string refused = after(
      "apply e1 in s1 by shipping; abort s1; handled e1 by shipping refused;"
      "acknowledge e1 by shipping");
  const std::string refused_and_kept =
      after("apply e1 in s1 by shipping; abort s1; handled e1 by shipping refused");
  const std::string only_read = after(
      "apply e1 in s1 by shipping; answer s1 ok; handled e1 by shipping done;"
      "acknowledge e1 by shipping");
  const std::string without_database = after(
      "apply e1 in nothing by shipping; handled e1 by shipping done; acknowledge e1 by shipping");
  const std::string false_repeat =
      after("deliver e1 to shipping; handled e1 by shipping repeated; acknowledge e1 by shipping");
  const std::string false_repeat_in_transaction = after(
      "deliver e1 to shipping; apply e1 in s2 by shipping; commit s2 rows 0;"
      "handled e1 by shipping repeated; acknowledge e1 by shipping");
  const std::string true_repeat = after(
      "apply e1 in s1 by shipping; commit s1; deliver e1 to shipping;"
      "handled e1 by shipping repeated; acknowledge e1 by shipping");
  const std::string crashed_after_no_change = after(
      "apply e1 in s1 by shipping; commit s1 rows 0; deliver e1 to shipping;"
      "handled e1 by shipping repeated; acknowledge e1 by shipping");
  const std::string crashed_before_commit =
      after("apply e1 in s1 by shipping; abort s1; acknowledge e1 by shipping");
  const std::string failed = after("handled e1 by shipping failed; acknowledge e1 by shipping");
  const std::string failed_without_change = after(
      "apply e1 in s1 by shipping; log s1 rows 0; answer s1 unknown;"
      "handled e1 by shipping failed; deliver e1 to shipping; handled e1 by shipping repeated;"
      "acknowledge e1 by shipping");
  check({
      {"U6: a transaction that changed no row", "no_lost_event", no_change.c_str(), "holds"},
      {"I1, no-op: a recorded refusal", "no_lost_event", refused.c_str(), "holds"},
      {"I1, no-op: a refusal that was not acknowledged is still to be handled", "no_lost_event",
       refused_and_kept.c_str(), "violated effect order-1@shipping"},
      {"I1, no-op: a handler that only read", "no_lost_event", only_read.c_str(), "holds"},
      {"I1, no-op: a handler without a database", "no_lost_event", without_database.c_str(),
       "holds"},
      {"a repeat of what was never done (the inbox marked first)", "no_lost_event",
       false_repeat.c_str(), "violated effect order-1@shipping"},
      {"the same, and the repeat had a transaction of its own", "no_lost_event",
       false_repeat_in_transaction.c_str(), "violated effect order-1@shipping"},
      {"a repeat of what was done", "no_lost_event", true_repeat.c_str(), "holds"},
      {"a crash after a commit without a change", "no_lost_event", crashed_after_no_change.c_str(),
       "holds"},
      {"a crash before the commit, acknowledged before it", "no_lost_event",
       crashed_before_commit.c_str(), "violated effect order-1@shipping"},
      {"a failure is no no-op", "no_lost_event", failed.c_str(),
       "violated effect order-1@shipping"},
      {"a commit of unknown outcome that changed nothing and survived", "no_lost_event",
       failed_without_change.c_str(), "holds"},
  });
}

TEST_CASE("Parked messages are counted, and fail unless the scenario allows them") {
  const char* const parked =
      "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
      "handled e1 by shipping failed; park e1 by shipping no such customer; acknowledge e1 by "
      "shipping";
  const char* const parked_and_replayed =
      "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
      "handled e1 by shipping failed; park e1 by shipping; deliver e1 to shipping;"
      "apply e1 in s1 by shipping; commit s1; handled e1 by shipping done";
  const char* const parked_elsewhere =
      "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to billing;"
      "handled e1 by billing failed; park e1 by billing";
  check({
      {"U5: parked fails by default", "no_lost_event", parked,
       "violated parked order-1@shipping (parked 1)"},
      {"U5: parked allowed", "no_lost_event parked allowed", parked, "holds (parked 1)"},
      {"U5: parked, replayed and applied", "no_lost_event", parked_and_replayed, "holds"},
      {"U5: parked by another consumer", "no_lost_event parked allowed", parked_elsewhere,
       "violated delivery order-1@shipping (parked 1)",
       "OrderCreated>shipping OrderCreated>billing"},
  });
}

TEST_CASE("A consumer owes from its start on, and each consumer on its own") {
  const char* const two = "OrderCreated>shipping OrderCreated>billing";
  check({
      {"one consumer of two", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; commit s1; deliver e1 to billing",
       "violated effect order-1@billing", two},
      {"never published is one loss for both", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1", "violated publish order-1", two},
      {"option consumers", "no_lost_event consumers shipping",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; commit s1; deliver e1 to billing",
       "holds", two},
      {"option events", "no_lost_event events OrderPaid",
       "emit e1 OrderCreated order-1 in t1; commit t1", "vacuous"},
      {"no consumer: owed to the topic", "no_lost_event", "emit e1 Pinged a-1 in t1; commit t1",
       "violated publish a-1"},
      {"no consumer: published is enough", "no_lost_event",
       "emit e1 Pinged a-1 in t1; commit t1; publish e1", "holds"},
      {"no consumer, and others are asked about", "no_lost_event consumers shipping",
       "emit e1 Pinged a-1 in t1; commit t1", "vacuous"},
      {"two subscriptions of one group are one reader", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1",
       "violated delivery order-1@shipping", "OrderCreated>shipping OrderCreated>shipping"},
      {"latest: what lies before its start is not owed", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
       "emit e2 OrderCreated order-2 in t2; commit t2; publish e2; deliver e2 to shipping;"
       "apply e2 in s1 by shipping; commit s1",
       "holds", "OrderCreated>shipping@latest"},
      {"earliest: the same is lost", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
       "emit e2 OrderCreated order-2 in t2; commit t2; publish e2; deliver e2 to shipping;"
       "apply e2 in s1 by shipping; commit s1",
       "violated delivery order-1@shipping"},
      {"latest: what lies after its start is owed", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; commit s1; emit e2 OrderCreated order-2 in t2; commit t2; "
       "publish e2",
       "violated delivery order-2@shipping", "OrderCreated>shipping@latest"},
      {"latest: a start is known by an acknowledged position, too", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; acknowledge e1 by shipping;"
       "emit e2 OrderCreated order-2 in t2; commit t2; publish e2",
       "violated delivery order-2@shipping", "OrderCreated>shipping@latest"},
      {"latest: each partition has a start of its own", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1 partition 1; deliver e1 to "
       "shipping;"
       "apply e1 in s1 by shipping; commit s1;"
       "emit e2 OrderCreated order-2 in t2; commit t2; publish e2 partition 2",
       "holds", "OrderCreated>shipping@latest"},
      {"latest: what was never published is lost all the same", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1", "violated publish order-1",
       "OrderCreated>shipping@latest"},
  });
}

TEST_CASE("A loss the configuration allows stays violated and is labelled") {
  check({
      {"U9: acknowledged by the leader alone", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; unpublish e1 by config",
       "violated publish order-1 (by config)"},
      {"U9: lost twice, once against the configuration", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; unpublish e1 by config;"
       "publish e1; unpublish e1",
       "violated publish order-1"},
      {"U9: an effect in an asynchronous commit", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "apply e1 in s1 by shipping; commit s1; handled e1 by shipping done; lose s1 by config",
       "violated effect order-1@shipping (by config)"},
      {"U9: one loss of two is a bug", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; unpublish e1 by config;"
       "emit e2 OrderCreated order-2 in t2; commit t2",
       "violated publish order-1, publish order-2"},
  });
}

TEST_CASE("Losses of one consumer, position or attempt say nothing about another's") {
  check({
      {"U9: the other consumer's effect was lost by configuration",
       "no_lost_event consumers shipping",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "deliver e1 to billing; apply e1 in s2 by billing; commit s2; lose s2 by config",
       "violated effect order-1@shipping", "OrderCreated>shipping OrderCreated>billing"},
      {"latest: a lost record after its start makes nothing owed", "no_lost_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
       "emit e2 OrderCreated order-2 in t2; commit t2; publish e2; deliver e2 to shipping;"
       "apply e2 in s1 by shipping; commit s1; publish e1; unpublish e1",
       "holds", "OrderCreated>shipping@latest"},
  });
  // The id that people find in the surviving tables is the one to name.
  halfwrite::sim::Names names;
  CHECK(halfwrite::tests::judge(
            names, "no_lost_event", "",
            "emit e1 OrderCreated order-1 in t1; abort t1;"
            "emit e1-a2 OrderCreated order-1 in t2 attempt 2; commit t2 attempt 2")
            .violations.at(0)
            .event_id == "e1-a2");
}
