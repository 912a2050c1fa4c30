#include "reports/slowest.hpp"

#include "models/invariants/class_reading.hpp"
#include "models/invariants/ledger.hpp"

#include <fmt/format.h>

namespace halfwrite::reports {
namespace {

using invariants::Ledger;

std::optional<Slowest> slowest_event(const Ledger& ledger, std::string_view of,
                                     const sim::Names& names) {
  std::optional<Slowest> slowest;
  sim::Duration longest;
  for (std::uint32_t index = 0; index < ledger.classes().size(); ++index) {
    const invariants::ClassReading reading(ledger, index);
    const invariants::EventClass& event = reading.event_class();
    if (!of.empty() && names.text(event.event) != of) continue;
    const auto published = reading.first_published();
    const auto visible = reading.first_visible();
    if (!reading.is_owed() || !published || !visible) continue;
    const sim::Duration delay = published->at - visible->at;
    if (slowest && delay <= longest) continue;
    longest = delay;
    slowest = Slowest{};
    slowest->whose.subject = event.key;
    slowest->whose.event_id = ledger.record(event.members.front()).event_id;
    slowest->whose.event = names.text(event.event);
    slowest->whose.intent = event.intent;
    slowest->sentence = fmt::format("the slowest: {} of {}, after {}", slowest->whose.event,
                                    event.key, sim::to_text(delay));
  }
  return slowest;
}

std::optional<Slowest> slowest_request(const Ledger& ledger, std::string_view of,
                                       const sim::Names& names) {
  std::optional<Slowest> slowest;
  sim::Duration longest;
  for (const invariants::Request& request : ledger.requests()) {
    const std::string run(names.text(request.run));
    if (!of.empty() && run != of && !run.starts_with(std::string(of) + ".")) continue;
    if (request.final_answer != history::Answer::ok) continue;
    const sim::Duration latency = request.first_ok.at - request.invoked.at;
    if (slowest && latency <= longest) continue;
    longest = latency;
    slowest = Slowest{};
    slowest->whose.intent = request.identity;
    slowest->sentence = fmt::format("the slowest: {} as {}, after {}", run,
                                    sim::to_text(names, request.identity), sim::to_text(latency));
  }
  return slowest;
}

}  // namespace

std::optional<Slowest> slowest_of(const std::vector<history::Fact>& facts, std::string_view figure,
                                  std::string_view of, const sim::Names& names) {
  const bool of_events = figure.starts_with("publish_delay_");
  if (!of_events && !figure.starts_with("latency_")) return std::nullopt;
  Ledger ledger;
  for (const history::Fact& fact : facts) ledger.on_fact(fact);
  return of_events ? slowest_event(ledger, of, names) : slowest_request(ledger, of, names);
}

}  // namespace halfwrite::reports
