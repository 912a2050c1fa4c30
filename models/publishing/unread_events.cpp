#include "models/publishing/unread_events.hpp"

#include <utility>

namespace halfwrite::publishing {

UnreadEvents::UnreadEvents(sim::Simulation& simulation, const service::Settings& settings)
    : simulation_(simulation),
      service_(simulation.names().of(settings.name)),
      nodes_(settings.name + "."),
      database_(settings.database) {
  simulation.windows().declare(window);
}

void UnreadEvents::on_fact(const history::Fact& fact) {
  if (const auto* emitted = std::get_if<history::Emitted>(&fact.content)) {
    if (emitted->service == service_) owed_[emitted->transaction].push_back(emitted->event_id);
  } else if (const auto* visible = std::get_if<history::CommitVisible>(&fact.content)) {
    become_visible(visible->transaction);
  } else if (const auto* aborted = std::get_if<history::TransactionAborted>(&fact.content)) {
    owed_.erase(aborted->transaction);
  } else if (const auto* lost = std::get_if<history::CommitLost>(&fact.content)) {
    owed_.erase(lost->transaction);
  } else if (const auto* struck = std::get_if<history::FaultStruck>(&fact.content)) {
    strike(struck->fault);
  }
}

void UnreadEvents::become_visible(history::TransactionToken transaction) {
  const auto owed = owed_.find(transaction);
  if (owed == owed_.end()) return;
  for (std::string& event_id : owed->second) {
    if (read_early_.erase(event_id) > 0) continue;
    simulation_.windows().entered(window);
    unread_.insert(std::move(event_id));
  }
  owed_.erase(owed);
}

void UnreadEvents::read(const std::string& event_id) {
  if (unread_.erase(event_id) > 0) return;
  for (const auto& [transaction, event_ids] : owed_)
    for (const std::string& owed : event_ids)
      if (owed == event_id) read_early_.insert(event_id);
}

void UnreadEvents::strike(const sim::LandedFault& fault) {
  if (fault.fault.kind != sim::FaultKind::crash || unread_.empty()) return;
  if (concerns(fault.target)) simulation_.windows().hit(window);
}

bool UnreadEvents::concerns(std::string_view targets) const {
  while (!targets.empty()) {
    const std::size_t comma = targets.find(", ");
    const std::string_view target = targets.substr(0, comma);
    if (target == database_ || target.starts_with(nodes_)) return true;
    targets.remove_prefix(comma == std::string_view::npos ? targets.size() : comma + 2);
  }
  return false;
}

}  // namespace halfwrite::publishing
