#include "scenarios/service_reader.hpp"

#include "scenarios/field_reader.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/settings_reader.hpp"

#include <algorithm>

namespace halfwrite::scenarios {

namespace {

constexpr std::size_t kLongestChannel = 63;  // NAMEDATALEN in PostgreSQL, less the null

class ServiceReader {
 public:
  ServiceReader(const Member& member, const Scenario& scenario, const NameTable& names,
                Findings& findings)
      : json_(member.value), scenario_(scenario), names_(names), findings_(findings) {
    service_.name = member.key;
  }

  service::Settings read() {
    static constexpr std::string_view words[] = {"none", "database_first", "broker_first",
                                                 "inside_transaction", "outbox"};
    service_.database = defined("database", "databases");
    service_.broker = defined("broker", "brokers");
    take(json_, "instances", service_.instances);
    take(json_, "starts", service_.starts);
    take_word(json_, "publishing", words, service_.publishing);
    service_.direct = read_direct(object_at(json_, "direct"));
    service_.outbox = read_outbox(object_at(json_, "outbox"));
    const broker::Settings* broker = find_broker();
    service_.producer =
        read_producer(object_at(json_, "producer"),
                      broker == nullptr ? broker::ProducerSettings{} : broker->producer);
    take(json_, "workers", service_.workers);
    take(json_, "cpu", service_.cpu);
    take(json_, "pool", service_.pool);
    service_.clock = read_clock(json_);
    for (const Member& member : object_at(json_, "subscriptions").members)
      read_subscription(member, broker);
    for (const Member& member : object_at(json_, "jobs").members) read_job(member);
    check_relay_name();
    return std::move(service_);
  }

 private:
  // The name stays when it is unknown, so that this is reported once and not by all who use it.
  std::string defined(std::string_view key, std::string_view section) {
    const Json* name = json_.find(key);
    if (name == nullptr || !name->is_text()) return "";
    names_.check_defined(*name, section, key, findings_);
    return name->text;
  }

  const broker::Settings* find_broker() const {
    for (const broker::Settings& broker : scenario_.brokers) {
      if (broker.name == service_.broker) return &broker;
    }
    return nullptr;
  }

  // The operation this runs: `run`, else its own name.
  std::string read_run(const Member& member, const char* what) {
    const Json* run = member.value.find("run");
    const std::string name = run != nullptr && run->is_text() ? run->text : member.key;
    const Json& operations = object_at(json_, "operations");
    if (operations.find(name) == nullptr) {
      std::vector<std::string> known;
      for (const Member& operation : operations.members) known.push_back(operation.key);
      findings_.add(run != nullptr ? run->span : member.key_span, member.value.path, "unknown-name",
                    "the service " + service_.name + " has no operation " + in_quotes(name),
                    did_you_mean(name, known),
                    known.empty() ? "it has no operations" : "operations: " + listed(known));
    } else if (name != member.key && operations.find(member.key) != nullptr) {
      findings_.add(member.key_span, member.value.path, "duplicate-name",
                    std::string("this ") + what + " runs " + in_quotes(name) +
                        " and has the name of another operation",
                    "its points would be the same");
    }
    return name;
  }

  void read_subscription(const Member& member, const broker::Settings* broker) {
    static constexpr std::string_view acknowledgements[] = {"before", "after", "auto"};
    static constexpr std::string_view deduplications[] = {"none", "inbox"};
    static constexpr std::string_view moments[] = {"with_effect", "before_effect", "after_effect"};
    const Json& json = member.value;
    service::Subscription subscription;
    subscription.name = member.key;
    subscription.run = read_run(member, "subscription");
    subscription.event = text_at(json, "event");
    const auto event = scenario_.events.find(subscription.event);
    if (const Json* written = json.find("event"))
      names_.check_defined(*written, "events", "event", findings_);
    if (event != scenario_.events.end()) subscription.topic = event->second.topic;
    take(json, "topic", subscription.topic);
    if (broker != nullptr) check_topic(json, subscription.topic, *broker);
    take_word(json, "acknowledge", acknowledgements, subscription.acknowledge);
    take_word(json, "deduplicate", deduplications, subscription.deduplicate);
    take_word(object_at(json, "inbox"), "when", moments, subscription.inbox_when);
    service::Retry ten_times;
    ten_times.attempts = 10;
    ten_times.multiplier = sim::Ratio{2, 1};
    ten_times.then = service::Retry::Then::dead_letter;
    subscription.retry = read_retry_at(json, ten_times);
    broker::ConsumerSettings consumer =
        broker == nullptr ? broker::ConsumerSettings{} : broker->consumer;
    if (consumer.group.empty()) consumer.group = service_.name;
    subscription.consumer = read_consumer(json, std::move(consumer));
    service_.subscriptions.push_back(std::move(subscription));
  }

  void check_topic(const Json& json, const std::string& topic, const broker::Settings& broker) {
    std::vector<std::string> topics;
    for (const broker::TopicSettings& settings : broker.topics) topics.push_back(settings.name);
    if (topic.empty() || std::find(topics.begin(), topics.end(), topic) != topics.end()) return;
    const Json* written = json.find("topic") != nullptr ? json.find("topic") : json.find("event");
    if (written == nullptr) return;
    // An event whose topic exists nowhere is reported where the event is written.
    if (json.find("topic") == nullptr && !is_topic_of_any_broker(topic)) return;
    findings_.add(*written, "unknown-name",
                  "the broker " + broker.name + " has no topic " + in_quotes(topic),
                  did_you_mean(topic, topics), "topics: " + listed(topics));
  }

  bool is_topic_of_any_broker(const std::string& topic) const {
    for (const broker::Settings& broker : scenario_.brokers) {
      for (const broker::TopicSettings& settings : broker.topics) {
        if (settings.name == topic) return true;
      }
    }
    return false;
  }

  void read_job(const Member& member) {
    service::Job job;
    job.name = member.key;
    job.run = read_run(member, "job");
    take(member.value, "every", job.every);
    take(member.value, "at_start", job.at_start);
    job.listen = text_at(member.value, "listen");
    job.own_node = text_at(member.value, "runs_in") == "own_node";
    check_channel(member);
    const bool starts = job.at_start || member.value.find("every") != nullptr ||
                        member.value.find("listen") != nullptr;
    if (!starts) {
      findings_.add(member.key_span, member.value.path, "condition",
                    "the job " + in_quotes(job.name) + " never starts",
                    "add `every`, `listen` or \"at_start\": true");
    }
    if (job.every && job.every->least <= sim::Duration()) {
      findings_.add(*member.value.find("every"), "duration",
                    "a job that runs without a pause never rests", "write \"1ms\"");
    }
    service_.jobs.push_back(std::move(job));
  }

  void check_channel(const Member& job) {
    const Json* channel = job.value.find("listen");
    if (channel == nullptr || !channel->is_text()) return;
    if (json_.find("database") == nullptr) {
      findings_.add(*channel, "condition",
                    "a service without a database listens to no channel of it",
                    "give the service a `database`, or use `every`");
    }
    if (channel->text.empty() || channel->text.size() > kLongestChannel) {
      findings_.add(*channel, "condition", "the name of a channel has 1 to 63 bytes",
                    "as in NOTIFY jobs");
    }
  }

  // The built-in relay has points "order.relay/...".
  void check_relay_name() {
    if (service_.publishing != service::Publishing::outbox ||
        service_.outbox.relay == service::Relay::none)
      return;
    for (const char* section : {"operations", "subscriptions", "jobs"}) {
      const Member* member = object_at(json_, section).find_member("relay");
      if (member == nullptr) continue;
      findings_.add(member->key_span, member->value.path, "duplicate-name",
                    "\"relay\" is the name of the outbox's own relay",
                    "choose another name, or \"relay\": \"none\"");
    }
  }

  const Json& json_;
  const Scenario& scenario_;
  const NameTable& names_;
  Findings& findings_;
  service::Settings service_;
};

}  // namespace

service::Settings read_service(const Member& member, const Scenario& scenario,
                               const NameTable& names, Findings& findings) {
  return ServiceReader(member, scenario, names, findings).read();
}

}  // namespace halfwrite::scenarios
