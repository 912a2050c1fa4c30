// Reads the settings of databases, brokers, clients and strategies out of a checked tree. Values
// only: no name is looked up and no SQL is read here.
#pragma once

#include "models/broker/settings.hpp"
#include "models/database/settings.hpp"
#include "models/service/settings.hpp"
#include "scenarios/json_tree.hpp"

#include <string>

namespace halfwrite::scenarios {

// Without catalog and data, which the SQL reader fills in.
database::Settings read_database(const std::string& name, const Json& json);
std::optional<database::Isolation> read_isolation(const Json& object);
broker::Settings read_broker(const std::string& name, const Json& json);
// What the object says, over what `base` says.
broker::ProducerSettings read_producer(const Json& json, broker::ProducerSettings base);
broker::ConsumerSettings read_consumer(const Json& json, broker::ConsumerSettings base);
// The retry at this key, or what the language says when there is none.
service::Retry read_retry(const Json& json);
service::Retry read_retry_at(const Json& object, const service::Retry& otherwise);
std::optional<service::Retry> read_optional_retry_at(const Json& object);
service::Direct read_direct(const Json& json);
service::Outbox read_outbox(const Json& json);
sim::Clock read_clock(const Json& object);

}  // namespace halfwrite::scenarios
