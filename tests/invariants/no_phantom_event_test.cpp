#include "cases.hpp"

using halfwrite::tests::check;
using halfwrite::tests::judge;

TEST_CASE("An event nobody owes is a phantom as soon as it is in a broker or at a consumer") {
  check({
      {"nothing was sent", "no_phantom_event", "emit e1 OrderCreated order-1 in t1; commit t1",
       "vacuous"},
      {"I2: owed and sent", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1", "holds"},
      {"I2, Pub: its transaction was rolled back", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1", "violated order-1"},
      {"I2: its commit was lost, acknowledged before", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; lose t1", "violated order-1"},
      {"I2: sent before its transaction, which survives", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; commit t1", "holds"},
      {"I2: undecided at the end", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1", "violated order-1"},
      {"I2: in the log and not yet visible is no phantom", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; log t1", "holds"},
      {"U1: told that it failed, and it survived", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; log t1; answer t1 fail", "holds"},
      {"its transaction only read: there is no log to be in", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; answer t1 ok; publish e1", "holds"},
      {"it only read, and its end is not known", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; answer t1 unknown; publish e1", "violated order-1"},
      {"U1: told that it is done, and it is not", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; answer t1 ok; abort t1",
       "violated order-1"},
      {"a plain send nobody owes", "no_phantom_event",
       "publish x9 OrderCreated order-1 for orders#1", "violated order-1"},
      {"one of two", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
       "emit e2 OrderCreated order-2 in t2; publish e2; abort t2",
       "violated order-2"},
  });
}

TEST_CASE("Pub means a record that survives, and what was handed out stays seen") {
  check({
      {"H, Pub: lost before anybody read it", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1; unpublish e1", "vacuous"},
      {"I2, Del: handed out, then lost by the broker", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; deliver e1 to shipping; unpublish e1; "
       "abort t1",
       "violated order-1"},
      {"I2, App: an effect without a known hand-out", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; apply e1 in s1 by shipping; commit s1; abort t1",
       "violated order-1"},
      {"option consumers: it never reached them", "no_phantom_event consumers shipping",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1", "vacuous"},
      {"option consumers: it reached another", "no_phantom_event consumers shipping",
       "emit e1 OrderCreated order-1 in t1; publish e1; deliver e1 to billing; abort t1",
       "vacuous"},
      {"option consumers: it reached them", "no_phantom_event consumers shipping",
       "emit e1 OrderCreated order-1 in t1; publish e1; deliver e1 to shipping; abort t1",
       "violated order-1"},
      {"option events", "no_phantom_event events OrderPaid",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1", "vacuous"},
  });
}

TEST_CASE("A member of a class somebody owes is no phantom") {
  check({
      {"I2, class: a later attempt made it true", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1;"
       "emit e1-a2 OrderCreated order-1 in t2 attempt 2; commit t2 attempt 2; publish e1-a2",
       "holds"},
      {"I2, class: the later attempt said something else", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1 content old; publish e1; abort t1;"
       "emit e1-a2 OrderCreated order-1 in t2 attempt 2 content new; commit t2 attempt 2; publish "
       "e1-a2",
       "violated order-1"},
      {"I2, class: another intent's equal event does not make it true", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1;"
       "emit e2 OrderCreated order-1 in t2 for orders#2; commit t2; publish e2",
       "violated order-1"},
      {"I2, class: one id with two contents, the first rolled back", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1 content old; publish e1; abort t1;"
       "emit e1 OrderCreated order-1 in t2 content new; commit t2; publish e1 content new",
       "violated order-1"},
      {"a send with the event's id belongs to it, whatever its text", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1 content {a,b}; commit t1; publish e1 content {b,a}",
       "holds"},
      {"U9: lost as the configuration allows", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; lose t1 by config",
       "violated order-1 (by config)"},
      {"U9: a rollback is nothing the configuration allows", "no_phantom_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; abort t1;"
       "emit e1 OrderCreated order-1 in t2; commit t2; lose t2 by config",
       "violated order-1"},
  });
}

TEST_CASE("A phantom is told at the fact that decides it") {
  halfwrite::sim::Names names;
  const auto number_of = [&names](const char* history) {
    return judge(names, "no_phantom_event", "", history).violations.at(0).fact_number;
  };
  // U12: the smallest prefix ends where both the record and the fate of its transaction are known.
  CHECK(number_of("emit e1 OrderCreated order-1 in t1; publish e1; abort t1; visible t9") == 3);
  CHECK(number_of("emit e1 OrderCreated order-1 in t1; abort t1; publish e1; visible t9") == 3);
  CHECK(number_of("publish x9 OrderCreated order-1 for orders#1; visible t9") == 1);
  CHECK(number_of(
            "emit e1 OrderCreated order-1 in t1; publish e1; abort t1; deliver e1 to shipping") ==
        3);
  // I2: while the transaction is undecided the end judges.
  CHECK(number_of("emit e1 OrderCreated order-1 in t1; publish e1") == 0);
}

TEST_CASE("An event handed out before its transaction is visible is premature") {
  check({
      {"nothing was handed out", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1", "vacuous"},
      {"I2': visible, then handed out", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping",
       "holds"},
      {"I2': handed out, then visible", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; deliver e1 to shipping; commit t1",
       "violated order-1@shipping"},
      {"I2': logged is not visible", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; log t1; publish e1; deliver e1 to shipping; visible t1",
       "violated order-1@shipping"},
      {"I2': never visible", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; log t1; publish e1; deliver e1 to shipping",
       "violated order-1@shipping"},
      {"I2': published early and handed out late is in time", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; commit t1; deliver e1 to shipping",
       "holds"},
      {"I2': the first hand-out counts", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; deliver e1 to shipping; commit t1;"
       "deliver e1 to shipping",
       "violated order-1@shipping"},
      {"I2': visible again after a recovery", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping; visible "
       "t1",
       "holds"},
      {"I2 takes it: nobody owes it", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; deliver e1 to shipping; abort t1",
       "vacuous"},
      {"I2', class: a later attempt's transaction owes it", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; publish e1; deliver e1 to shipping; abort t1;"
       "emit e1-a2 OrderCreated order-1 in t2 attempt 2; commit t2 attempt 2",
       "violated order-1@shipping"},
      {"I2', class: the first of two surviving ones made it visible", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping;"
       "emit e1-a2 OrderCreated order-1 in t2 attempt 2; commit t2 attempt 2",
       "holds"},
      {"I2', class: what was visible and is lost does not count", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; commit t1; publish e1; deliver e1 to shipping; lose t1;"
       "emit e1-a2 OrderCreated order-1 in t2 attempt 2; commit t2 attempt 2",
       "violated order-1@shipping"},
      {"U11: facts of one instant have an order, too", "no_premature_event",
       "emit e1 OrderCreated order-1 in t1; log t1; publish e1; at 9; deliver e1 to shipping; at 9;"
       "visible t1",
       "violated order-1@shipping"},
      {"option consumers", "no_premature_event consumers billing",
       "emit e1 OrderCreated order-1 in t1; publish e1; deliver e1 to shipping; commit t1;"
       "deliver e1 to billing",
       "holds"},
  });
}
