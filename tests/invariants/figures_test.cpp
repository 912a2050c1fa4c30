#include "models/invariants/figures.hpp"

#include "models/invariants/figure_bound.hpp"

#include <catch2/catch.hpp>

#include "history_text.hpp"

using namespace halfwrite;
using invariants::Figures;
using invariants::FigureValue;
using tests::history_of;

namespace {

Figures figures_of(const char* history) {
  sim::Names names;
  invariants::FigureCollector collector(names);
  for (const history::Fact& fact : history_of(names, history)) collector.on_fact(fact);
  return collector.finish();
}

const char* const two_orders =
    "at 0; ask orders#1; emit e1 OrderCreated order-1 in t1; statement order.place on order_db;"
    "at 10; log t1; at 10; visible t1; answer t1 ok; told orders#1 ok;"
    "at 14; publish e1; at 15; publish e1; statement order.relay on order_db;"
    "at 20; ask orders#2; emit e2 OrderPaid order-2 in t2; statement order.place on order_db;"
    "at 30; commit t2; at 45; told orders#2 fail;"
    "emit e3 OrderCreated order-3 in t3; publish e3; at 50; abort t3;"
    "statement shipping.prepare on shipping_db; at 100; visible t9";

}  // namespace

TEST_CASE("Figures count what was asked, executed, owed, lost, invented and repeated") {
  const Figures figures = figures_of(two_orders);
  CHECK(figures.requests == 2);
  CHECK(figures.requests_ok == 1);
  CHECK(figures.statements == 4);
  CHECK(figures.statements_by_database.at("order_db") == 3);
  CHECK(figures.by_operation.at("order.place").statements == 2);
  CHECK(figures.by_operation.at("order.relay").statements == 1);
  CHECK(figures.events_owed == 2);
  CHECK(figures.events_lost == 1);
  CHECK(figures.events_invented == 1);
  CHECK(figures.publications == 3);
  CHECK(figures.repeats == 1);
  CHECK(figures.by_event.at("OrderPaid").lost == 1);
  CHECK(figures.publish_delays_nanoseconds == std::vector<std::int64_t>{4'000'000});
  CHECK(figures.virtual_nanoseconds == 100'000'000);
}

TEST_CASE("A delay is counted from visible to the first surviving record, and can be negative") {
  CHECK(figures_of(
            "emit e1 OrderCreated order-1 in t1; at 5; publish e1; at 6; log t1; at 8; visible t1")
            .publish_delays_nanoseconds == std::vector<std::int64_t>{-3'000'000});
  CHECK(figures_of("emit e1 OrderCreated order-1 in t1; log t1; at 6; visible t1; at 8; publish e1;"
                   "unpublish e1; at 18; publish e1")
            .publish_delays_nanoseconds == std::vector<std::int64_t>{12'000'000});
  // What was lost, invented or never visible has no delay.
  CHECK(figures_of("emit e1 OrderCreated order-1 in t1; log t1; publish e1;"
                   "emit e2 OrderCreated order-2 in t2; publish e2; abort t2")
            .publish_delays_nanoseconds.empty());
}

TEST_CASE("Percentiles are nearest rank over integers") {
  using invariants::percentile;
  CHECK(percentile({}, 50) == std::nullopt);
  CHECK(percentile({7}, 1) == 7);
  CHECK(percentile({4, 1, 3, 2}, 50) == 2);
  CHECK(percentile({5, 4, 1, 3, 2}, 50) == 3);
  CHECK(percentile({4, 1, 3, 2}, 100) == 4);
  std::vector<std::int64_t> hundred;
  for (std::int64_t n = 200; n > 100; --n) hundred.push_back(n);
  CHECK(percentile(hundred, 99) == 199);
  hundred.push_back(1'000);
  CHECK(percentile(hundred, 99) == 200);
}

TEST_CASE(
    "Named figures have units, and can be asked of an event, operation, service or database") {
  const Figures figures = figures_of(two_orders);
  const auto text = [&figures](const char* name, const char* of) {
    return invariants::to_text(invariants::figure(figures, name, of));
  };
  CHECK(text("publish_delay_p50", "") == "4 ms");
  CHECK(text("publish_delay_p99", "OrderCreated") == "4 ms");
  CHECK(text("publish_delay_p99", "OrderPaid") == "not measured");
  CHECK(text("lost_share", "") == "0.5");
  CHECK(text("lost_share", "OrderPaid") == "1");
  CHECK(text("duplicate_share", "") == "0.333");
  CHECK(text("availability", "order.place") == "0.5");
  CHECK(text("availability", "order") == "0.5");
  CHECK(text("availability", "ord") == "not measured");
  CHECK(text("messages_per_operation", "") == "1.5");
  CHECK(text("statements_per_second", "") == "40 per second");
  CHECK(text("statements_per_second", "order") == "30 per second");
  CHECK(text("statements_per_second", "shipping_db") == "10 per second");
  CHECK(text("latency_p50", "") == invariants::to_text(invariants::figure(figures, "latency_p99")));
  CHECK(invariants::to_text(invariants::statements_per_request(figures)) == "2");
  CHECK(invariants::figure(Figures{}, "statements_per_second").measured() == false);
  CHECK(invariants::figure(Figures{}, "lost_share").measured() == false);
}

TEST_CASE("Merged figures are figures over all runs") {
  Figures all;
  invariants::merge(all, figures_of(two_orders));
  invariants::merge(all,
                    figures_of("ask orders#1; emit e1 OrderCreated order-1 in t1; log t1; at 6;"
                               "visible t1; at 8; publish e1; told orders#1 ok"));
  CHECK(all.requests == 3);
  CHECK(all.requests_ok == 2);
  CHECK(all.events_owed == 3);
  CHECK(all.by_event.at("OrderCreated").owed == 2);
  CHECK(all.by_operation.at("order.place").requests == 3);
  CHECK(all.virtual_nanoseconds == 109'000'000);
  CHECK(invariants::figure(all, "publish_delay_p50").nanoseconds == 2'000'000);
  CHECK(invariants::figure(all, "publish_delay_p99").nanoseconds == 4'000'000);
}

namespace {

std::string bound_verdict(invariants::FigureBound bound, const char* history) {
  sim::Names names;
  bound.name = "published_soon";
  const auto invariant = invariants::make_figure_bound(std::move(bound), names);
  for (const history::Fact& fact : history_of(names, history)) invariant->on_fact(fact);
  const invariants::Verdict verdict = invariant->judge(sim::Instant{});
  std::string text = invariants::to_text(verdict.outcome);
  for (const invariants::Violation& violation : verdict.violations) {
    text += ": " + violation.sentence;
  }
  return text;
}

}  // namespace

TEST_CASE(
    "A bound on a figure is violated beyond its limit, and vacuous when nothing was measured") {
  using invariants::FigureBound;
  const auto ms = [](std::int64_t n) { return sim::Duration::milliseconds(n); };
  CHECK(bound_verdict({"", "publish_delay_p99", "", ms(4), {}}, two_orders) == "holds");
  CHECK(bound_verdict({"", "publish_delay_p99", "", ms(3), {}}, two_orders) ==
        "violated: publish_delay_p99 was 4 ms, allowed is at most 3 ms");
  CHECK(bound_verdict({"", "publish_delay_p99", "", {}, ms(4)}, two_orders) == "holds");
  CHECK(bound_verdict({"", "publish_delay_p99", "", {}, ms(5)}, two_orders) ==
        "violated: publish_delay_p99 was 4 ms, allowed is at least 5 ms");
  CHECK(bound_verdict({"", "publish_delay_p99", "", ms(3), {}}, "") == "vacuous");
  CHECK(bound_verdict({"", "availability", "", {}, sim::Ratio{1, 2}}, two_orders) == "holds");
  CHECK(bound_verdict({"", "availability", "order.place", {}, sim::Ratio{51, 100}}, two_orders) ==
        "violated: availability of order.place was 0.5, allowed is at least 0.51");
  CHECK(bound_verdict({"", "statements_per_second", "order.relay", sim::Ratio{0, 1}, {}},
                      two_orders) ==
        "violated: statements_per_second of order.relay was 10 per second, allowed is at most 0");
}

TEST_CASE("A wrong bound is refused with a sentence") {
  const auto problem = [](invariants::FigureBound bound) {
    bound.name = "mine";
    return invariants::problem_of(bound).value_or("none");
  };
  const sim::Duration limit = sim::Duration::seconds(1);
  const sim::Ratio ratio{1, 2};
  CHECK(problem({"", "publish_delay_p99", "", limit, {}}) == "none");
  CHECK(problem({"", "publish_delay", "", limit, {}}) == "publish_delay is no figure");
  CHECK(problem({"", "lock_wait_max", "", limit, {}}) == "lock_wait_max is not measured yet");
  CHECK(problem({"", "latency_p99", "", {}, {}}) == "mine needs at_most or at_least");
  CHECK(problem({"", "latency_p99", "", ratio, {}}) ==
        "latency_p99 is bounded by a duration, such as 200ms");
  CHECK(problem({"", "lost_share", "", {}, limit}) == "lost_share is bounded by a number");
}
