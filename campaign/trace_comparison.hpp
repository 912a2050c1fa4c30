// Two runs held against each other, record by record: where they part, both sides are kept, with
// what was the same just before. The other side comes as lines of text, so that it may be a run of
// another process. It owns no run and never says why two runs differ.
#pragma once

#include "campaign/outcome.hpp"
#include "scenarios/run.hpp"
#include "sim/trace.hpp"

#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::campaign {

// Writes every record as a line, and a last line that says that the run has ended. Writing errors
// are the reader's to notice: the last line is missing then.
class TraceWriter : public sim::TraceSink {
 public:
  explicit TraceWriter(std::FILE* out) : out_(out) {}  // not owned
  void on_record(const sim::TraceRecord& record, const sim::Names& names) override;
  // Flushes. False: not everything could be written.
  bool finish(const scenarios::RunOutcome& outcome);

 private:
  std::FILE* out_;
};

// Compares the run it listens to with lines that a TraceWriter wrote, as they come.
class TraceComparison : public sim::TraceSink {
 public:
  // The next line of the other run without its end, or nothing when no more comes.
  using NextLine = std::function<std::optional<std::string>()>;
  explicit TraceComparison(NextLine next) : next_(std::move(next)) {}
  void on_record(const sim::TraceRecord& record, const sim::Names& names) override;
  // After the run, once. Nothing: both runs are the same, to the last line.
  std::optional<TraceDifference> finish(const scenarios::RunOutcome& outcome);
  // The other side stopped without saying that its run had ended: its process failed. Known after
  // `finish`.
  bool other_broke_off() const { return broke_off_; }
  // What the other run said at its end; 0: it did not.
  std::uint64_t other_hash() const { return other_hash_; }

 private:
  void compare(const std::string& mine);
  void read_to_the_end(std::optional<std::string> line);

  NextLine next_;
  std::uint64_t records_ = 0;
  std::deque<std::string> before_;
  std::optional<TraceDifference> difference_;
  bool broke_off_ = false;
  std::uint64_t other_hash_ = 0;
};

// Runs the request twice more in this process. Nothing: this time both runs were the same.
std::optional<TraceDifference> first_difference(scenarios::Runner& runner,
                                                scenarios::RunRequest request);

}  // namespace halfwrite::campaign
