// What is fuzzed: each target takes any bytes, gives them to one entrance of the house and ends the
// process with a sentence when a promise of that entrance is broken. The same functions run under
// libFuzzer (`./dev fuzz`) and, over the kept corpora, in a test of every build. They hold no state
// between inputs that an input could be told apart by.
#pragma once

#include <string_view>

namespace halfwrite::fuzz {

// A whole scenario file: read, merged, validated; every mistake is told with a place in the file.
void run_scenario(std::string_view input);
// DDL, a statement or an expression: read, translated, prepared and, over a small database, run.
void run_sql(std::string_view input);
// A plan, a fault, a point, a duration: what is accepted is written and read back equal.
void run_plan(std::string_view input);
// A scenario that is accepted and small runs to an end, twice with one trace hash.
void run_simulation(std::string_view input);

}  // namespace halfwrite::fuzz
