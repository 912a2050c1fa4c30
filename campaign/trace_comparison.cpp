#include "campaign/trace_comparison.hpp"

#include "sim/trace_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace halfwrite::campaign {

namespace {

constexpr std::size_t records_before = 3;
constexpr std::string_view end_of_run = "end of run";
constexpr std::size_t digits_of_hash = 16;

std::string last_line(const scenarios::RunOutcome& outcome) {
  return fmt::format("{}: {} records, trace hash {:016x}", end_of_run, outcome.trace_records,
                     outcome.trace_hash);
}

class LineCollector : public sim::TraceSink {
 public:
  void on_record(const sim::TraceRecord& record, const sim::Names& names) override {
    lines.push_back(to_text(record, names));
  }
  std::vector<std::string> lines;
};

}  // namespace

void TraceWriter::on_record(const sim::TraceRecord& record, const sim::Names& names) {
  const std::string line = to_text(record, names) + '\n';
  std::fwrite(line.data(), 1, line.size(), out_);
}

bool TraceWriter::finish(const scenarios::RunOutcome& outcome) {
  const std::string line = last_line(outcome) + '\n';
  std::fwrite(line.data(), 1, line.size(), out_);
  return std::fflush(out_) == 0 && std::ferror(out_) == 0;
}

void TraceComparison::on_record(const sim::TraceRecord& record, const sim::Names& names) {
  ++records_;
  if (!difference_) compare(to_text(record, names));
}

void TraceComparison::compare(const std::string& mine) {
  const std::optional<std::string> other = next_();
  if (other == mine) {
    before_.push_back(mine);
    if (before_.size() > records_before) before_.pop_front();
    return;
  }
  difference_ =
      TraceDifference{records_, {before_.begin(), before_.end()}, mine, other.value_or("")};
}

std::optional<TraceDifference> TraceComparison::finish(const scenarios::RunOutcome& outcome) {
  ++records_;
  const std::string mine = last_line(outcome);
  if (!difference_) compare(mine);
  read_to_the_end(difference_ ? std::optional(difference_->second) : std::optional(mine));
  return difference_;
}

void TraceComparison::read_to_the_end(std::optional<std::string> line) {
  while (line && !line->starts_with(end_of_run)) line = next_();
  broke_off_ = !line;
  if (broke_off_) return;
  const std::string_view hash =
      std::string_view(*line).substr(line->size() - std::min(line->size(), digits_of_hash));
  std::from_chars(hash.data(), hash.data() + hash.size(), other_hash_, 16);
}

std::optional<TraceDifference> first_difference(scenarios::Runner& runner,
                                                scenarios::RunRequest request) {
  LineCollector first;
  request.trace_sink = &first;
  first.lines.push_back(last_line(runner.run(request)));
  std::size_t at = 0;
  TraceComparison comparison([&]() -> std::optional<std::string> {
    if (at == first.lines.size()) return std::nullopt;
    return first.lines[at++];
  });
  request.trace_sink = &comparison;
  std::optional<TraceDifference> difference = comparison.finish(runner.run(request));
  // The comparison listened to the second run.
  if (difference) std::swap(difference->first, difference->second);
  return difference;
}

}  // namespace halfwrite::campaign
