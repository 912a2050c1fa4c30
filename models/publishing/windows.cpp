#include "models/publishing/windows.hpp"

namespace halfwrite::publishing {

const std::vector<sim::Explanation>& windows() {
  static const std::vector<sim::Explanation> table{
      {"between commit and publish",
       "From the COMMIT on its way until the event is acknowledged by the broker.",
       {{{"a crash there", "loses the event: it was only in memory"},
         {"opened by", "`database_first`"},
         {"seen by", "`no_lost_event`"}}}},
      {"between publish and commit",
       "From the first acknowledged event until the transaction is over.",
       {{{"a crash there", "has invented the event: the data is rolled back, the event is out"},
         {"opened by", "`broker_first`, `inside_transaction`"},
         {"seen by", "`no_phantom_event`, and without a crash `no_premature_event`"}}}},
      {"between commit and read",
       "From an outbox row committed until its relay has read it.",
       {{{"a crash there", "delays the event: the row is on disk and is read later"},
         {"opened by", "`outbox`, with either relay"},
         {"seen by", "nobody, and that is the point of an `outbox`"}}}},
      {"between publish and mark",
       "From an event sent until its row is marked or deleted.",
       {{{"a crash there", "sends it again, with the same id"},
         {"opened by", "`outbox` with the relay `polling`"},
         {"seen by", "`no_duplicate_effect`, where no `inbox` knows the id"}}}},
      {"between mark and publish",
       "From a row marked as sent until it is sent.",
       {{{"a crash there", "loses the event: nobody reads a marked row again"},
         {"opened by", "`polling` with \"mark\": \"before_publish\""},
         {"seen by", "`no_lost_event`"}}}},
      {"between read and store",
       "From an event sent by the connector until the position behind it is on its disk.",
       {{{"a crash there", "sends again all that came after the stored position"},
         {"opened by", "`outbox` with the relay `cdc`"},
         {"seen by", "`no_duplicate_effect`, where no `inbox` knows the id"}}}},
      {"between effect and offset",
       "From the effect of a delivery committed until its offset is.",
       {{{"a crash there", "delivers the event again"},
         {"opened by", "a subscription with \"acknowledge\": \"after\" or \"auto\""},
         {"seen by", "`no_duplicate_effect`, where no `inbox` knows the id"}}}},
      {"between offset and effect",
       "From the offset of a delivery committed until its effect is.",
       {{{"a crash there", "loses the effect: the broker takes the event for done"},
         {"opened by", "a subscription with \"acknowledge\": \"before\""},
         {"seen by", "`no_lost_event`"}}}},
  };
  return table;
}

std::vector<std::string> window_names() {
  std::vector<std::string> names;
  for (const sim::Explanation& each : windows()) names.emplace_back(each.name);
  return names;
}

}  // namespace halfwrite::publishing
