// The one table: what is measured, its goal, what came out, met or missed. Collects the results of
// Google Benchmark by name; of repeated measurements it keeps the fastest, since what other
// programs take away can only slow one down.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::bench {

struct Measured {
  double items_a_second = 0;  // by CPU time, by wall time where a benchmark asks for it
  std::map<std::string, double> counters;
};

class Results final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

  const Measured* find(const std::string& name) const;
  // Names that begin so, in order.
  std::vector<std::string> names(const std::string& beginning) const;

 private:
  std::map<std::string, Measured> by_name_;
};

enum class Bound : unsigned char { none, at_least, at_most };

struct Line {
  std::string what;
  std::string goal;  // empty: no goal
  std::string measured;
  std::optional<bool> met;  // nothing: no goal, or not measured
};

class Table {
 public:
  void heading(std::string text);
  // `value` is compared with `goal`; both are shown with that many decimals and this unit.
  void add(std::string what, Bound bound, double goal, std::optional<double> value, int decimals,
           std::string unit);
  std::string to_text() const;

 private:
  std::vector<Line> lines_;
};

}  // namespace halfwrite::bench
