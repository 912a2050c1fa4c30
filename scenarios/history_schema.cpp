#include "scenarios/history_schema.hpp"

#include "sim/assert.hpp"

#include <utility>

namespace halfwrite::scenarios {

std::vector<std::string> history_ddl() {
  return {
      "CREATE TABLE requests (id TEXT, workload TEXT, session TEXT, run TEXT, arguments TEXT, "
      "invoked_at BIGINT, "
      "answered_at BIGINT, answer TEXT, fate TEXT, reply TEXT)",
      "CREATE TABLE commits (tx TEXT, database TEXT, service TEXT, instance TEXT, operation TEXT, "
      "request TEXT, "
      "position BIGINT, logged_at BIGINT, visible_at BIGINT, answered_at BIGINT, answer TEXT, fate "
      "TEXT)",
      "CREATE TABLE emitted (event_id TEXT, event TEXT, version INTEGER, key TEXT, payload JSONB, "
      "tx TEXT, "
      "request TEXT, intent TEXT, seq BIGINT)",
      "CREATE TABLE published (event_id TEXT, event TEXT, topic TEXT, partition INTEGER, "
      "\"offset\" BIGINT, key TEXT, "
      "payload JSONB, at BIGINT, survived BOOLEAN)",
      "CREATE TABLE delivered (event_id TEXT, event TEXT, topic TEXT, consumer TEXT, instance "
      "TEXT, attempt INTEGER, "
      "at BIGINT)",
      "CREATE TABLE applied (event_id TEXT, event TEXT, consumer TEXT, tx TEXT, changed BOOLEAN, "
      "at BIGINT)",
      "CREATE TABLE parked (event_id TEXT, event TEXT, consumer TEXT, reason TEXT, at BIGINT)",
      "CREATE TABLE external (id BIGINT, system TEXT, operation TEXT, key TEXT, arguments TEXT, "
      "intent TEXT, saga TEXT, at BIGINT, effect BOOLEAN)",
      "CREATE TABLE sagas (id TEXT, saga TEXT, state TEXT, decision TEXT, started_at BIGINT, "
      "ended_at BIGINT)",
      "CREATE TABLE saga_steps (id TEXT, saga TEXT, step TEXT, kind TEXT, attempt INTEGER, at "
      "BIGINT, outcome TEXT, changed BOOLEAN)",
      "CREATE TABLE jobs (service TEXT, job TEXT, instance TEXT, at BIGINT, outcome TEXT)",
      "CREATE TABLE faults (fault TEXT, target TEXT, point TEXT, at BIGINT)",
  };
}

std::shared_ptr<const sql::Catalog> history_catalog() {
  auto result = sql::Catalog::build(history_ddl());
  HALFWRITE_ASSERT(result.has_value(), "the schema history cannot be built");
  return std::make_shared<const sql::Catalog>(std::move(result.catalog));
}

}  // namespace halfwrite::scenarios
