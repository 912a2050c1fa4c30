#include "models/publishing/uncommitted_effects.hpp"

#include <algorithm>

namespace halfwrite::publishing {
namespace {

// `targets`: names of nodes, ", " between them.
bool names_node(std::string_view targets, std::string_view node) {
  while (!targets.empty()) {
    const std::size_t comma = targets.find(", ");
    if (targets.substr(0, comma) == node) return true;
    targets.remove_prefix(comma == std::string_view::npos ? targets.size() : comma + 2);
  }
  return false;
}

}  // namespace

UncommittedEffects::UncommittedEffects(sim::Simulation& simulation, const std::string& group,
                                       const std::string& topic)
    : simulation_(simulation),
      group_(simulation.names().of(group)),
      topic_(simulation.names().of(topic)) {
  simulation.windows().declare(window);
}

void UncommittedEffects::on_fact(const history::Fact& fact) {
  if (const auto* delivered = std::get_if<history::Delivered>(&fact.content)) {
    if (delivered->consumer == group_ && delivered->topic == topic_) deliver(*delivered);
  } else if (const auto* applied = std::get_if<history::Applied>(&fact.content)) {
    const auto found = delivered_.find(applied->event_id);
    if (applied->consumer != group_ || found == delivered_.end()) return;
    under_way_[applied->transaction] = found->second;
  } else if (const auto* logged = std::get_if<history::CommitLogged>(&fact.content)) {
    stand(logged->transaction);
  } else if (const auto* aborted = std::get_if<history::TransactionAborted>(&fact.content)) {
    under_way_.erase(aborted->transaction);
  } else if (const auto* acknowledged = std::get_if<history::Acknowledged>(&fact.content)) {
    if (acknowledged->consumer != group_ || acknowledged->topic != topic_) return;
    std::erase_if(standing_, [acknowledged](const Effect& effect) {
      return effect.partition == acknowledged->partition &&
             effect.offset < acknowledged->next_offset;
    });
  } else if (const auto* struck = std::get_if<history::FaultStruck>(&fact.content)) {
    strike(struck->fault);
  }
}

// Delivered again, wherever: what the window warns of has come.
void UncommittedEffects::deliver(const history::Delivered& delivered) {
  const Effect effect{delivered.instance, delivered.partition, delivered.offset};
  std::erase_if(standing_, [&effect](const Effect& other) {
    return other.partition == effect.partition && other.offset == effect.offset;
  });
  delivered_[delivered.event_id] = effect;
}

void UncommittedEffects::stand(history::TransactionToken transaction) {
  const auto found = under_way_.find(transaction);
  if (found == under_way_.end()) return;
  simulation_.windows().entered(window);
  standing_.push_back(found->second);
  under_way_.erase(found);
}

void UncommittedEffects::strike(const sim::LandedFault& fault) {
  if (fault.fault.kind != sim::FaultKind::crash) return;
  const std::size_t gone = std::erase_if(standing_, [&](const Effect& effect) {
    return names_node(fault.target, simulation_.names().text(effect.instance));
  });
  if (gone > 0) simulation_.windows().hit(window);
}

}  // namespace halfwrite::publishing
