#include "campaign/interval.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite::campaign;

TEST_CASE("a share has Wilson's interval around it") {
  // Worked by hand from the formula; 10 of 100 is the usual textbook row.
  const Interval ten = share_interval(10, 100);
  CHECK(ten.lower_percent == Approx(5.52).margin(0.01));
  CHECK(ten.upper_percent == Approx(17.44).margin(0.01));
  CHECK(share_interval(0, 200).lower_percent == 0);
  CHECK(share_interval(200, 200).upper_percent == 100);
}

TEST_CASE("none in 200 seeds is worth a bound of 1.5 percent") {
  CHECK(none_bound_percent(200) == Approx(1.487).margin(0.001));
  CHECK(none_bound_percent(1) == Approx(95));
}
