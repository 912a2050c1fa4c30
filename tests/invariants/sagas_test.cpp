#include "cases.hpp"

using halfwrite::tests::Case;
using halfwrite::tests::judge;
using namespace halfwrite;

namespace {

constexpr const char* order_saga = "saga create+ charge+ reserve+ confirm! mail*";

void check_saga(const char* ask, std::vector<Case> cases) {
  for (Case& one : cases) {
    if (*one.ask == '\0') one.ask = ask;
    if (*one.contract == '\0') one.contract = order_saga;
  }
  tests::check(cases);
}

// A saga that went as far as reserving.
const std::string begun =
    "begin orders#1 in t1; commit t1; do create of orders#1 in t2; commit t2;"
    "do charge of orders#1 in s1; commit s1; do reserve of orders#1 in s2; commit s2;";
const std::string gone_through =
    begun +
    "do confirm of orders#1 in t3; decide orders#1 commit in t3; commit t3;"
    "do mail of orders#1 in s3; commit s3; end orders#1 completed in t4; commit t4;";
const std::string cancelled = begun + "decide orders#1 abort in t5; commit t5;";
const std::string taken_back =
    cancelled +
    "undo reserve of orders#1 in s4; commit s4; undo charge of orders#1 in s5;"
    "commit s5; undo create of orders#1 in t6; commit t6;"
    "end orders#1 compensated in t7; commit t7;";

std::string first_sentence(const char* ask, const std::string& history,
                           const char* contract = order_saga) {
  sim::Names names;
  const auto verdict = judge(names, ask, contract, history);
  return verdict.violations.empty() ? "none" : verdict.violations.front().sentence;
}

}  // namespace

TEST_CASE(
    "A saga that was cancelled leaves nothing standing, and one that went through lacks nothing") {
  const std::string no_release =
      cancelled +
      "undo charge of orders#1 in s5; commit s5; undo create of orders#1 in t6; commit t6";
  const std::string lost_release =
      no_release + "; undo reserve of orders#1 in s4; commit s4; lose s4";
  const std::string idle_release =
      no_release + "; undo reserve of orders#1 in s4; commit s4 rows 0";
  const std::string abort_lost = begun + "decide orders#1 abort in t5; commit t5; lose t5";
  const std::string in_memory = begun + "decide orders#1 abort CardDeclined";
  const std::string action_lost = cancelled + "lose s1; lose s2; lose t2";
  const std::string action_idle =
      "begin orders#1 in t1; commit t1; do create of orders#1 in t2; commit t2 rows 0;"
      "decide orders#1 abort in t5; commit t5";
  const std::string no_mail =
      begun + "do confirm of orders#1 in t3; decide orders#1 commit in t3; commit t3";
  const std::string mail_idle = no_mail + "; do mail of orders#1 in s3; commit s3 rows 0";
  const std::string mail_lost = no_mail + "; do mail of orders#1 in s3; commit s3; lose s3";
  const std::string released = gone_through + "undo reserve of orders#1 in s4; commit s4";
  const std::string charged_outside =
      "begin orders#1 in t1; commit t1; outside card_network.charge for charge of orders#1;"
      "decide orders#1 abort in t5; commit t5;";
  const std::string refunded_elsewhere =
      charged_outside + "outside card_network.refund for reserve of orders#1 undo yes";
  const std::string refunded =
      charged_outside + "outside card_network.refund for charge of orders#1 undo yes";
  const std::string charged_twice = charged_outside +
                                    "outside card_network.charge for charge of orders#1;"
                                    "outside card_network.refund for charge of orders#1 undo yes";
  const std::string mailed_outside =
      "begin orders#1 in t1; commit t1; outside mailer.send for charge of orders#1;"
      "decide orders#1 abort in t5; commit t5;";
  // The step behind the pivot asked outside, and was refused by its own service.
  const std::string half_mailed = no_mail +
                                  "; outside mailer.send for mail of orders#1;"
                                  "learn refused mail of orders#1";
  const std::string mailed_at_last = half_mailed +
                                     "; do mail of orders#1 in s3; commit s3;"
                                     "learn applied mail of orders#1";
  const std::string unheard_mail = no_mail + "; outside mailer.send for mail of orders#1";
  const std::string half_parked = half_mailed + "; end orders#1 parked in t8; commit t8";
  const std::string parked = no_release + "; end orders#1 parked in t8; commit t8";
  const std::string two = no_release +
                          ";begin orders#2 in t11; commit t11; do create of orders#2 in "
                          "t12; commit t12; decide orders#2 abort in t13; commit t13";
  check_saga(
      "saga_all_or_compensated",
      {{"nothing was begun", "", "at 1", "vacuous"},
       {"undecided", "", begun.c_str(), "vacuous"},
       {"all of it", "", gone_through.c_str(), "holds"},
       {"all of it taken back", "", taken_back.c_str(), "holds"},
       {"I6: a step stands", "", no_release.c_str(), "violated order-1"},
       {"U3: its compensation was lost", "", lost_release.c_str(), "violated order-1"},
       {"U6: its compensation changed nothing", "", idle_release.c_str(), "violated order-1"},
       {"all three stand", "", cancelled.c_str(), "violated order-1, order-1, order-1"},
       {"the decision was lost", "", abort_lost.c_str(), "vacuous"},
       {"a decision in memory counts while nothing contradicts it", "", in_memory.c_str(),
        "violated order-1, order-1, order-1"},
       {"what was lost does not stand", "", action_lost.c_str(), "holds"},
       {"U6: an action that changed nothing", "", action_idle.c_str(), "holds"},
       {"I6': a required step is missing", "", no_mail.c_str(), "violated order-1"},
       {"a required step without a change has taken place", "", mail_idle.c_str(), "holds"},
       {"I6': a required step was lost", "", mail_lost.c_str(), "violated order-1"},
       {"I6': a required step did its part outside and was refused", "", half_mailed.c_str(),
        "violated order-1"},
       {"it is parked all the same", "", half_parked.c_str(), "violated parked order-1 (parked 1)"},
       {"refused once and done in the end", "", mailed_at_last.c_str(), "holds"},
       {"a required step that acts outside alone", "", unheard_mail.c_str(), "holds"},
       {"a step that is not required may be missing", "", no_mail.c_str(), "holds",
        "saga create+ charge+ reserve+ confirm! mail*?"},
       {"a step was taken back all the same", "", released.c_str(), "violated order-1"},
       {"a charge outside stands", "", charged_outside.c_str(), "violated order-1"},
       {"it was refunded", "", refunded.c_str(), "holds"},
       {"it stands, and its step names no compensation", "", charged_outside.c_str(),
        "violated order-1", "saga create+ charge reserve+ confirm! mail*"},
       {"another step's compensation took it back", "", refunded_elsewhere.c_str(), "holds",
        "saga create+ charge reserve+ confirm! mail*"},
       {"two charges and one refund", "", charged_twice.c_str(), "violated order-1"},
       {"what has no inverse does not stand", "", mailed_outside.c_str(), "holds"},
       {"a step that cannot be compensated", "", no_release.c_str(), "holds",
        "saga create+ charge+ reserve confirm! mail*"},
       {"U5: parked", "", parked.c_str(), "violated parked order-1 (parked 1)"},
       {"U5: parked is allowed", "saga_all_or_compensated parked allowed", parked.c_str(),
        "holds (parked 1)"},
       {"each saga on its own", "", two.c_str(), "violated order-1, order-2"},
       {"option saga", "saga_all_or_compensated saga other", no_release.c_str(), "vacuous"}});
  CHECK(first_sentence("saga_all_or_compensated", no_release) ==
        "saga place_order of order-1 was cancelled, but reserve (shipping) stands: "
        "shipping.undo_reserve was never carried out for it");
  CHECK(first_sentence("saga_all_or_compensated", idle_release) ==
        "saga place_order of order-1 was cancelled, but reserve (shipping) stands: "
        "shipping.undo_reserve was carried out and changed nothing");
  CHECK(first_sentence("saga_all_or_compensated", in_memory) ==
        "saga place_order of order-1 was cancelled: CardDeclined, but create (order) stands: "
        "shipping.undo_create was never carried out for it");
  CHECK(first_sentence("saga_all_or_compensated", charged_outside) ==
        "saga place_order of order-1 was cancelled, but the charge at card_network stands: nothing "
        "took it back by refund");
  CHECK(first_sentence("saga_all_or_compensated", no_mail) ==
        "saga place_order of order-1 went through, but mail never took effect");
  CHECK(first_sentence("saga_all_or_compensated", half_mailed) ==
        "saga place_order of order-1 went through, but mail did not take place: what it did at "
        "mailer is all there is of it");
  CHECK(first_sentence("saga_all_or_compensated", released) ==
        "saga place_order of order-1 went through, but reserve (shipping) was taken back");
}

TEST_CASE("A saga finishes, or the sentence says what it waits for") {
  const std::string wanted =
      "begin orders#1 in t1; commit t1; at 40; want reserve of orders#1 in t2; commit t2";
  const std::string wanted_undo =
      "begin orders#1 in t1; commit t1; at 40; want reserve of orders#1 undo yes in t2; commit t2";
  const std::string unheard = wanted + "; do reserve of orders#1 in s1; commit s1";
  const std::string heard = unheard + "; at 90; learn applied reserve of orders#1";
  const std::string want_lost = wanted + "; lose t2";
  const std::string end_lost = wanted + "; end orders#1 completed in t3; commit t3; lose t3";
  const std::string start_lost = "begin orders#1 in t1; commit t1; lose t1";
  const std::string start_lost_with_effects =
      start_lost + "; do create of orders#1 in t2; commit t2";
  const std::string parked = wanted + "; end orders#1 parked in t3; commit t3";
  const std::string in_memory = "begin orders#1; want create of orders#1";
  const std::string in_memory_ended = in_memory + "; end orders#1 completed";
  check_saga("saga_finishes",
             {{"nothing was begun", "", "at 1", "vacuous"},
              {"completed", "", gone_through.c_str(), "holds"},
              {"compensated", "", taken_back.c_str(), "holds"},
              {"I5: parked is an end", "", parked.c_str(), "holds (parked 1)"},
              {"I5: no end", "", wanted.c_str(), "violated order-1"},
              {"its end was lost", "", end_lost.c_str(), "violated order-1"},
              {"what never began need not end", "", start_lost.c_str(), "vacuous"},
              {"its start was lost and its effects were not", "", start_lost_with_effects.c_str(),
               "violated order-1"},
              {"in memory", "", in_memory.c_str(), "violated order-1"},
              {"in memory, and ended", "", in_memory_ended.c_str(), "holds"},
              {"option saga", "saga_finishes saga other", wanted.c_str(), "vacuous"}});
  CHECK(first_sentence("saga_finishes", wanted) ==
        "saga place_order of order-1 never finished: it waits for reserve (shipping), asked for at "
        "0.040 s");
  CHECK(first_sentence("saga_finishes", wanted_undo) ==
        "saga place_order of order-1 never finished: it waits for the compensation of reserve "
        "(shipping), asked for at 0.040 s");
  CHECK(first_sentence("saga_finishes", unheard) ==
        "saga place_order of order-1 never finished: it waits to hear of reserve (shipping), which "
        "took effect and was asked for at 0.040 s");
  CHECK(
      first_sentence("saga_finishes", heard) ==
      "saga place_order of order-1 never finished: after reserve (shipping) was applied at 0.090 s "
      "nobody asked for more");
  CHECK(first_sentence("saga_finishes", want_lost) ==
        "saga place_order of order-1 never finished: nobody asked for any of its steps");
  // Where nobody coordinates.
  const std::string created = "begin orders#1 in t1; at 30; do create of orders#1 in t1; commit t1";
  CHECK(first_sentence("saga_finishes", created) ==
        "saga place_order of order-1 never finished: after create (order) took effect at 0.030 s "
        "nobody went on");
  CHECK(first_sentence("saga_finishes", created + "; at 70; learn refused charge of orders#1") ==
        "saga place_order of order-1 never finished: after charge was refused at 0.070 s nobody "
        "went on");
}

TEST_CASE("A step is compensated at most once") {
  const std::string again = taken_back + "undo charge of orders#1 in s6; commit s6";
  const std::string again_idle = again + " rows 0";
  const std::string again_lost = again + "; lose s6";
  const std::string said_twice = taken_back + "undo charge of orders#1 in s5";
  const std::string again_empty = taken_back + "undo charge of orders#1 in s6 empty yes; commit s6";
  const std::string charged = cancelled + "outside card_network.charge for charge of orders#1;";
  const std::string refund = "outside card_network.refund for charge of orders#1 undo yes;";
  const std::string refunded = charged + refund;
  const std::string refunded_twice = refunded + refund;
  const std::string repeated =
      refunded + "outside card_network.refund for charge of orders#1 undo yes answer repeated";
  const std::string charged_twice =
      charged + "outside card_network.charge for charge of orders#1;" + refund + refund;
  check_saga("compensated_at_most_once",
             {{"no compensation", "", gone_through.c_str(), "vacuous"},
              {"each once", "", taken_back.c_str(), "holds"},
              {"I8: twice", "", again.c_str(), "violated order-1"},
              {"U6: the second changed nothing", "", again_idle.c_str(), "holds"},
              {"U3: the second was lost", "", again_lost.c_str(), "holds"},
              {"the same transaction recorded twice", "", said_twice.c_str(), "holds"},
              {"the second was recorded as empty", "", again_empty.c_str(), "holds"},
              {"one refund", "", refunded.c_str(), "holds"},
              {"I8: two refunds", "", refunded_twice.c_str(), "violated order-1"},
              {"a repeat of a key is no refund", "", repeated.c_str(), "holds"},
              {"two charges, two refunds", "", charged_twice.c_str(), "holds"}});
  CHECK(first_sentence("compensated_at_most_once", again) ==
        "charge (shipping) of saga place_order of order-1 was compensated twice");
  CHECK(first_sentence("compensated_at_most_once", refunded_twice) ==
        "card_network did refund twice for saga place_order of order-1");
}

TEST_CASE("Only what was done is compensated") {
  const std::string start =
      "begin orders#1 in t1; commit t1; do create of orders#1 in t2; commit t2;";
  const std::string never_done = start + "undo charge of orders#1 in s5; commit s5";
  const std::string empty = start + "undo charge of orders#1 in s5 empty yes; commit s5";
  const std::string idle = start + "undo charge of orders#1 in s5; commit s5 rows 0";
  const std::string undo_lost = never_done + "; lose s5";
  const std::string done_lost =
      start +
      "do charge of orders#1 in s1; commit s1; lose s1; undo charge of orders#1 in s5; commit s5";
  const std::string done_idle =
      start +
      "do charge of orders#1 in s1; commit s1 rows 0; undo charge of orders#1 in s5; commit s5";
  const std::string refund = start + "outside card_network.refund for charge of orders#1 undo yes;";
  const std::string charged_first = start +
                                    "outside card_network.charge for charge of orders#1;"
                                    "outside card_network.refund for charge of orders#1 undo yes;";
  const std::string sorry = start + "outside mailer.send for charge of orders#1 undo yes;";
  check_saga("no_compensation_without_action",
             {{"no compensation", "", gone_through.c_str(), "vacuous"},
              {"what was done", "", taken_back.c_str(), "holds"},
              {"never done", "", never_done.c_str(), "violated order-1"},
              {"recorded as empty", "", empty.c_str(), "holds"},
              {"U6: without a change", "", idle.c_str(), "holds"},
              {"U3: it was lost", "", undo_lost.c_str(), "vacuous"},
              {"U3: what it takes back was lost", "", done_lost.c_str(), "violated order-1"},
              {"done without a change", "", done_idle.c_str(), "holds"},
              {"a refund without a charge", "", refund.c_str(), "violated order-1"},
              {"a refund of a charge", "", charged_first.c_str(), "holds"},
              {"a mail that takes nothing back", "", sorry.c_str(), "holds"}});
  CHECK(
      first_sentence("no_compensation_without_action", never_done) ==
      "charge (shipping) of saga place_order of order-1 was compensated, and it never took effect");
  CHECK(first_sentence("no_compensation_without_action", refund) ==
        "card_network did refund for saga place_order of order-1, and there was nothing to take "
        "back");
}

TEST_CASE("What was compensated is not done afterwards") {
  const std::string start =
      "begin orders#1 in t1; commit t1; do create of orders#1 in t2; commit t2;";
  const std::string undone = start + "undo charge of orders#1 in s5; commit s5 rows 0;";
  const std::string late = undone + "at 50; do charge of orders#1 in s6; commit s6";
  const std::string after_empty =
      start +
      "undo charge of orders#1 in s5 empty yes; commit s5; do charge of orders#1 in s6; commit s6";
  const std::string late_idle = late + " rows 0";
  const std::string late_lost = late + "; lose s6";
  const std::string undo_lost = late + "; lose s5";
  const std::string other_step = undone + "do reserve of orders#1 in s6; commit s6";
  const std::string outside = undone + "outside card_network.charge for charge of orders#1";
  const std::string begun_before_committed_after =
      start + "do charge of orders#1 in s6; undo charge of orders#1 in s5; commit s5; commit s6";
  const std::string known_by_its_answer =
      start + "learn applied charge of orders#1 undo yes; do charge of orders#1 in s6; commit s6";
  check_saga("no_action_after_compensation",
             {{"no compensation", "", gone_through.c_str(), "vacuous"},
              {"in order", "", taken_back.c_str(), "holds"},
              {"I9: late", "", late.c_str(), "violated order-1"},
              {"I9: after an empty one", "", after_empty.c_str(), "violated order-1"},
              {"U6: late without a change", "", late_idle.c_str(), "holds"},
              {"U3: the late one was lost", "", late_lost.c_str(), "holds"},
              {"U3: the compensation was lost", "", undo_lost.c_str(), "vacuous"},
              {"another step", "", other_step.c_str(), "holds"},
              {"I9: late outside", "", outside.c_str(), "violated order-1"},
              {"by the commits, not the beginnings", "", begun_before_committed_after.c_str(),
               "violated order-1"},
              {"a compensation that had nothing to log", "", known_by_its_answer.c_str(),
               "violated order-1"}});
  CHECK(first_sentence("no_action_after_compensation", late) ==
        "charge (shipping) of saga place_order of order-1 took effect at 0.051 s, after its "
        "compensation at 0.012 s");
}

TEST_CASE("Steps are compensated in the order that the saga asks for") {
  const std::string forward =
      cancelled +
      "undo create of orders#1 in t6; commit t6; undo charge of orders#1 in s5; commit s5";
  const std::string one = cancelled + "undo create of orders#1 in t6; commit t6";
  const std::string by_log =
      cancelled +
      "undo create of orders#1 in t6; undo charge of orders#1 in s5; commit s5; commit t6";
  const std::string lost = forward + "; lose t6";
  const std::string repeated = taken_back + "undo reserve of orders#1 in s9; commit s9";
  check_saga(
      "compensation_order",
      {{"one compensation", "", one.c_str(), "vacuous"},
       {"I7: last first", "", taken_back.c_str(), "holds"},
       {"I7: first first", "", forward.c_str(), "violated order-1"},
       {"by the commits", "", by_log.c_str(), "holds"},
       {"U3: one was lost", "", lost.c_str(), "vacuous"},
       {"repeats are left out", "", repeated.c_str(), "holds"},
       {"forward asks for it", "", forward.c_str(), "holds",
        "saga create+ charge+ reserve+ confirm! order forward"},
       {"forward forbids the reverse", "", taken_back.c_str(), "violated order-1, order-1, order-1",
        "saga create+ charge+ reserve+ confirm! order forward"},
       {"any order", "", forward.c_str(), "vacuous",
        "saga create+ charge+ reserve+ confirm! order any"},
       {"asked for, whatever the saga says", "compensation_order order reverse", forward.c_str(),
        "violated order-1", "saga create+ charge+ reserve+ confirm! order forward"},
       {"asked for, kept", "compensation_order order reverse", taken_back.c_str(), "holds",
        "saga create+ charge+ reserve+ confirm! order any"},
       {"forward asked for", "compensation_order order forward", taken_back.c_str(),
        "violated order-1, order-1, order-1"},
       {"one parallel group has no order", "", forward.c_str(), "vacuous",
        "saga create+/ charge+/ reserve+ confirm!"},
       {"groups have", "",
        (cancelled +
         "undo create of orders#1 in t6; commit t6; undo reserve of orders#1 in s5; commit s5")
            .c_str(),
        "violated order-1", "saga create+/ charge+/ reserve+ confirm!"}});
  CHECK(first_sentence("compensation_order", forward) ==
        "create (order) of saga place_order of order-1 was compensated before charge (shipping), "
        "which has to be first");
}

TEST_CASE("What cannot be taken back is done only for sagas that go through") {
  const std::string mailed = begun + "outside mailer.send for mail of orders#1;";
  const std::string mailed_and_cancelled = mailed + "decide orders#1 abort in t5; commit t5";
  const std::string mailed_and_through =
      mailed + "do confirm of orders#1 in t3; decide orders#1 commit in t3; commit t3";
  const std::string commit_lost = mailed_and_through + "; lose t3";
  const std::string refunded_outside =
      cancelled + "outside card_network.charge for charge of orders#1";
  const std::string step_in_rows = cancelled + "do mail of orders#1 in s3; commit s3";
  const std::string step_in_rows_lost = step_in_rows + "; lose s3";
  const std::string repeated =
      cancelled + "outside mailer.send for mail of orders#1 answer repeated";
  check_saga("no_irreversible_action_for_failed_saga",
             {{"nothing irreversible", "", cancelled.c_str(), "vacuous"},
              {"after the pivot", "", gone_through.c_str(), "holds"},
              {"I10: mailed and cancelled", "", mailed_and_cancelled.c_str(), "violated order-1"},
              {"mailed early, and it went through", "", mailed_and_through.c_str(), "holds"},
              {"I10, early form: mailed and never decided", "", mailed.c_str(), "violated order-1"},
              {"U3: the decision was lost", "", commit_lost.c_str(), "violated order-1"},
              {"a charge can be taken back", "", refunded_outside.c_str(), "vacuous"},
              {"I10: a step that the saga calls irreversible", "", step_in_rows.c_str(),
               "violated order-1"},
              {"U3: it was lost", "", step_in_rows_lost.c_str(), "vacuous"},
              {"a repeat did nothing", "", repeated.c_str(), "vacuous"}});
  CHECK(first_sentence("no_irreversible_action_for_failed_saga", mailed_and_cancelled) ==
        "send by mailer for saga place_order of order-1 cannot be taken back, and the saga was "
        "cancelled");
  CHECK(first_sentence("no_irreversible_action_for_failed_saga", mailed) ==
        "send by mailer for saga place_order of order-1 cannot be taken back, and the saga was "
        "never decided to go through");
}

TEST_CASE("A saga is decided one way") {
  const std::string both = gone_through + "decide orders#1 abort in t9 timeout; commit t9";
  const std::string abort_lost = both + "; lose t9";
  const std::string commit_lost = both + "; lose t3";
  const std::string in_memory = gone_through + "decide orders#1 abort";
  const std::string acted_upon = in_memory + "; undo charge of orders#1 in s5; commit s5";
  check_saga("one_decision",
             {{"undecided", "", begun.c_str(), "vacuous"},
              {"to go through", "", gone_through.c_str(), "holds"},
              {"to be taken back", "", taken_back.c_str(), "holds"},
              {"I18: both", "", both.c_str(), "violated order-1"},
              {"U3: one was lost", "", abort_lost.c_str(), "holds"},
              {"U3: the other was lost", "", commit_lost.c_str(), "holds"},
              {"a thought in memory", "", in_memory.c_str(), "holds"},
              {"I18: a thought acted upon", "", acted_upon.c_str(), "violated order-1"}});
}

TEST_CASE("A charge stands once for one thing") {
  const char* by_order = "charged_once external card_network.charge per order";
  const char* by_request = "charged_once external card_network.charge";
  const std::string once = "outside card_network.charge order order-1 intent orders#1;";
  const std::string other = "outside card_network.charge order order-2 intent orders#2;";
  const std::string refund = "outside card_network.refund order order-1 intent orders#1;";
  const std::string twice = once + other + once;
  const std::string thrice = twice + once;
  const std::string again = once + refund + once;
  const std::string refunded_later = once + once + refund;
  const std::string refunded_first = refund + refund + once + once;
  const std::string refunded_twice = once + refund + refund + once + once;
  const std::string two_requests =
      once + "outside card_network.charge order order-1 intent orders#7";
  const std::string repeated = once + "outside card_network.charge order order-1 answer repeated";
  const std::string declined = "outside card_network.charge order order-1 answer CardDeclined";
  tests::check(
      {{"never", by_order, "at 1", "vacuous"},
       {"declined", by_order, declined.c_str(), "vacuous"},
       {"once each", by_order, (once + other).c_str(), "holds"},
       {"twice", by_order, twice.c_str(), "violated order-1"},
       {"one violation for one unit", by_order, thrice.c_str(), "violated order-1"},
       {"again after a refund", by_order, again.c_str(), "holds"},
       {"a refund afterwards mends nothing", by_order, refunded_later.c_str(), "violated order-1"},
       {"a refund of nothing makes no room", by_order, refunded_first.c_str(), "violated order-1"},
       {"nor does a second refund", by_order, refunded_twice.c_str(), "violated order-1"},
       {"two requests, one order", by_order, two_requests.c_str(), "violated order-1"},
       {"two requests", by_request, two_requests.c_str(), "holds"},
       {"one request", by_request, twice.c_str(), "violated orders#1"},
       {"a repeat of a key", by_order, repeated.c_str(), "holds"},
       {"another operation", "charged_once external mailer.send", twice.c_str(), "vacuous"}});
  CHECK(first_sentence(by_order, thrice) == "card_network did charge for order-1 3 times");
  CHECK(first_sentence(by_order, twice) == "card_network did charge for order-1 twice");
}
