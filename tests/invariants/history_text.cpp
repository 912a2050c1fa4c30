#include "history_text.hpp"

#include "sim/assert.hpp"
#include "sim/draw.hpp"

#include "history_words.hpp"
#include <map>
#include <optional>
#include <sstream>

namespace halfwrite::tests {
namespace {

using history::Fact;
using history::FactContent;
using history::Identity;
using history::TransactionToken;

std::string digits_of(const std::string& text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits.empty() ? "0" : digits;
}

class Writer {
 public:
  explicit Writer(sim::Names& names) : names_(names) {}

  void line(const std::string& text) {
    Words words(text);
    if (words.empty()) return;
    const std::string verb = words.take();
    if (verb == "at") {
      now_ = sim::Instant::at(sim::Duration::milliseconds(std::stoll(words.take())));
      holds_clock_ = true;
    } else if (!request(verb, words) && !transaction(verb, words) && !event(verb, words)) {
      other(verb, words);
    }
    HALFWRITE_ASSERT(words.empty(), "every word of a history means something");
  }

  std::vector<Fact> facts;

 private:
  struct Event {
    std::string type;
    std::string key;
    std::string content;
    Identity intent;
    std::uint32_t partition = 0;
    std::uint64_t offset = 0;
  };

  void add(FactContent content, const std::string& actor = {}) {
    if (!holds_clock_) now_ = now_ + sim::Duration::milliseconds(1);
    holds_clock_ = false;
    facts.push_back({now_, facts.size() + 1, names_.of(actor), std::move(content)});
  }

  Identity intent_of(const std::string& text) { return tests::intent_of(names_, text); }
  sim::Name database_of(const std::string& transaction) {
    return tests::database_of(names_, transaction);
  }
  static std::string group_of(const std::string& consumer) {
    return consumer.substr(0, consumer.find('.'));
  }
  static std::string instance_of(const std::string& consumer) {
    return consumer.find('.') == std::string::npos ? consumer + ".1" : consumer;
  }

  bool request(const std::string& verb, Words& words) {
    if (verb != "ask" && verb != "told") return false;
    const auto attempt = static_cast<std::uint32_t>(words.number("attempt", 1));
    const Identity intent = intent_of(words.take());
    if (verb == "ask") {
      add(history::RequestInvoked{intent, attempt, names_.of("client-1"), names_.of("order.place"),
                                  ""});
    } else {
      add(history::RequestAnswered{intent, attempt, answer_of(words.take()), ""});
    }
    return true;
  }

  static history::Answer answer_of(const std::string& word) {
    if (word == "ok") return history::Answer::ok;
    if (word == "fail") return history::Answer::fail;
    HALFWRITE_ASSERT(word == "unknown", "an answer is ok, fail or unknown");
    return history::Answer::unknown;
  }

  static bool by_config(Words& words) {
    if (words.empty()) return false;
    words.skip("by");
    words.skip("config");
    return true;
  }

  bool transaction(const std::string& verb, Words& words) {
    if (verb == "commit" || verb == "log") {
      log(verb, words);
    } else if (verb == "visible") {
      const std::string name = words.take();
      add(history::CommitVisible{database_of(name), token_of(name)});
    } else if (verb == "answer") {
      const std::string name = words.take();
      add(history::CommitAnswered{database_of(name), token_of(name), answer_of(words.take())});
    } else if (verb == "abort") {
      const std::string name = words.take();
      add(history::TransactionAborted{database_of(name), token_of(name), words.rest()});
    } else if (verb == "lose") {
      const std::string name = words.take();
      add(history::CommitLost{database_of(name), token_of(name), by_config(words)});
    } else {
      return false;
    }
    return true;
  }

  void log(const std::string& verb, Words& words) {
    const std::string name = words.take();
    history::CommitLogged logged;
    logged.database = database_of(name);
    logged.transaction = token_of(name);
    logged.position = words.number("position", ++position_);
    logged.rows_changed = words.number("rows", 1);
    logged.attempt = static_cast<std::uint32_t>(words.number("attempt", 1));
    logged.actor = names_.of(name[0] == 's' ? "shipping.1" : "order.1");
    logged.operation = names_.of(name[0] == 's' ? "shipping.prepare" : "order.place");
    const std::optional<std::string> intent = words.option("for");
    if (intent) logged.intent = intent_of(*intent);
    if (!intent && intents_.count(name) != 0) logged.intent = intents_[name];
    add(logged, std::string(names_.text(logged.database)));
    if (verb == "log") return;
    add(history::CommitFlushed{logged.database, logged.transaction});
    add(history::CommitVisible{logged.database, logged.transaction});
    add(history::CommitAnswered{logged.database, logged.transaction, history::Answer::ok});
  }

  bool event(const std::string& verb, Words& words) {
    if (verb == "emit") {
      emit(words);
    } else if (verb == "publish") {
      publish(words);
    } else if (verb == "unpublish") {
      const std::string id = words.take();
      const Event& known = events_[id];
      const bool allowed = by_config(words);
      add(history::PublishLost{id, names_.of("kafka"), names_.of("orders"), known.partition,
                               known.offset, false, allowed},
          "kafka.1");
    } else if (verb == "deliver") {
      deliver(words);
    } else if (verb == "apply") {
      apply(words);
    } else if (verb == "handled") {
      handled(words);
    } else if (verb == "acknowledge") {
      const std::string id = words.take();
      words.skip("by");
      const Event& known = events_[id];
      add(history::Acknowledged{names_.of(group_of(words.take())), names_.of("kafka"),
                                names_.of("orders"), known.partition, known.offset + 1});
    } else if (verb == "park") {
      const std::string id = words.take();
      words.skip("by");
      const std::string consumer = words.take();
      add(history::Parked{id, names_.of(events_[id].type), names_.of(group_of(consumer)),
                          words.rest()});
    } else {
      return false;
    }
    return true;
  }

  void emit(Words& words) {
    history::Emitted emitted;
    emitted.event_id = words.take();
    const std::string type = words.take();
    emitted.event = names_.of(type);
    emitted.key = words.take();
    words.skip("in");
    const std::string transaction = words.take();
    emitted.database = database_of(transaction);
    emitted.transaction = token_of(transaction);
    emitted.ordinal = static_cast<std::uint32_t>(words.number("ordinal", 1));
    emitted.attempt = static_cast<std::uint32_t>(words.number("attempt", 1));
    emitted.payload = words.option("content").value_or("{}");
    emitted.intent = intent_of(words.option("for").value_or("orders#" + digits_of(emitted.key)));
    emitted.service = names_.of("order");
    intents_[transaction] = emitted.intent;
    Event& event = events_[emitted.event_id];
    event.type = type;
    event.key = emitted.key;
    event.content = emitted.payload;
    event.intent = emitted.intent;
    add(emitted, "order.1");
  }

  void publish(Words& words) {
    history::Published published;
    published.event_id = words.take();
    Event& event = events_[published.event_id];
    event.partition = static_cast<std::uint32_t>(words.number("partition", 0));
    published.payload =
        words.option("content").value_or(event.content.empty() ? "{}" : event.content);
    const std::optional<std::string> intent = words.option("for");
    if (!words.empty()) {
      event.type = words.take();
      event.key = words.take();
      event.content = published.payload;
    }
    published.intent = intent ? intent_of(*intent) : event.intent;
    published.event = names_.of(event.type);
    published.key = event.key;
    published.broker = names_.of("kafka");
    published.topic = names_.of("orders");
    published.partition = event.partition;
    published.offset = event.offset = next_offset_[event.partition]++;
    published.producer = names_.of("order.1");
    add(published, "kafka.1");
  }

  void deliver(Words& words) {
    const std::string id = words.take();
    const Event& known = events_[id];
    words.skip("to");
    const std::string consumer = words.take();
    add(history::Delivered{id, names_.of(known.type), names_.of("orders"), known.partition,
                           known.offset, names_.of(group_of(consumer)),
                           names_.of(instance_of(consumer)), 1},
        instance_of(consumer));
  }

  void apply(Words& words) {
    const std::string id = words.take();
    words.skip("in");
    const std::string transaction = words.take();
    words.skip("by");
    const std::string consumer = words.take();
    history::Applied applied;
    applied.event_id = id;
    applied.event = names_.of(events_[id].type);
    applied.key = events_[id].key;
    applied.consumer = names_.of(group_of(consumer));
    applied.instance = names_.of(instance_of(consumer));
    if (transaction != "nothing") {
      applied.database = database_of(transaction);
      applied.transaction = token_of(transaction);
    }
    add(applied, instance_of(consumer));
  }

  void handled(Words& words) {
    static constexpr const char* outcomes[] = {"done", "repeated", "refused", "failed"};
    const std::string id = words.take();
    words.skip("by");
    const std::string consumer = words.take();
    const std::string word = words.take();
    std::optional<history::HandlingOutcome> outcome;
    for (std::size_t index = 0; index < 4; ++index) {
      if (word == outcomes[index]) outcome = static_cast<history::HandlingOutcome>(index);
    }
    HALFWRITE_ASSERT(outcome.has_value(), "an outcome is done, repeated, refused or failed");
    add(history::Handled{id, names_.of(events_[id].type), names_.of(group_of(consumer)),
                         names_.of(instance_of(consumer)), 1, *outcome, ""},
        instance_of(consumer));
  }

  void other(const std::string& verb, Words& words) {
    if (verb == "statement") {
      history::StatementExecuted statement;
      statement.owner = names_.of(words.take());
      words.skip("on");
      statement.database = names_.of(words.take());
      add(statement);
      return;
    }
    if (auto content = saga_fact(names_, verb, words)) return add(std::move(*content));
    HALFWRITE_ASSERT(verb == "crash", "a line of a history begins with a known word");
    history::FaultStruck struck;
    struck.fault.target = words.take();
    struck.fault.address = words.rest();
    struck.fault.at = now_;
    add(struck);
  }

  sim::Names& names_;
  sim::Instant now_;
  bool holds_clock_ = false;
  std::uint64_t position_ = 0;
  std::map<std::string, Event> events_;
  std::map<std::string, Identity> intents_;
  std::map<std::uint32_t, std::uint64_t> next_offset_;
};

std::vector<std::string> list_of(std::string text) {
  std::vector<std::string> items;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');) items.push_back(item);
  return items;
}

invariants::Options options_of(std::string_view ask) {
  Words words{std::string(ask)};
  invariants::Options options;
  options.name = words.take();
  options.events = list_of(words.option("events").value_or(""));
  options.consumers = list_of(words.option("consumers").value_or(""));
  options.saga = words.option("saga").value_or("");
  options.external = words.option("external").value_or("");
  options.per = words.option("per").value_or("");
  if (const auto order = words.option("order")) {
    options.order = *order == "forward" ? contract::CompensationOrder::forward
                                        : contract::CompensationOrder::reverse;
  }
  options.parked_fails = words.option("parked").value_or("fails") == "fails";
  HALFWRITE_ASSERT(words.empty(), "every option of an invariant is known");
  return options;
}

std::string text_of(const invariants::Verdict& verdict) {
  std::string text = invariants::to_text(verdict.outcome);
  const char* separator = " ";
  for (const invariants::Violation& violation : verdict.violations) {
    text += separator + violation.stage + (violation.stage.empty() ? "" : " ") + violation.subject;
    if (!violation.consumer.empty()) text += "@" + violation.consumer;
    separator = ", ";
  }
  if (verdict.allowed_by_config) text += " (by config)";
  if (verdict.parked > 0) text += " (parked " + std::to_string(verdict.parked) + ")";
  return text;
}

}  // namespace

std::vector<Fact> history_of(sim::Names& names, std::string_view text) {
  Writer writer(names);
  std::string lines(text);
  for (char& c : lines) {
    if (c == ';') c = '\n';
  }
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) writer.line(line);
  return writer.facts;
}

namespace {

// "create+ charge+ reserve+/ pay+/ confirm! mail* order forward"
contract::Saga saga_of(std::string_view text) {
  contract::Saga saga;
  saga.name = "place_order";
  Words words{std::string(text)};
  const std::string order = words.option("order").value_or("reverse");
  static constexpr const char* orders[] = {"reverse", "forward", "any", "parallel"};
  for (std::size_t index = 0; index < 4; ++index) {
    if (order == orders[index])
      saga.compensation_order = static_cast<contract::CompensationOrder>(index);
  }
  std::uint32_t group = 0;
  bool was_parallel = false;
  while (!words.empty()) {
    const std::string word = words.take();
    const std::size_t end = word.find_first_of("+!*?/");
    const std::string marks = end == std::string::npos ? "" : word.substr(end);
    const auto has = [&marks](char mark) { return marks.find(mark) != std::string::npos; };
    contract::SagaStep step;
    step.name = word.substr(0, end);
    if (!(has('/') && was_parallel)) ++group;
    was_parallel = has('/');
    step.group = group;
    step.compensatable = has('+');
    if (step.compensatable) step.compensation = "shipping.undo_" + step.name;
    step.pivot = has('!');
    step.irreversible = has('*');
    step.required = !has('?');
    saga.steps.push_back(step);
  }
  return saga;
}

}  // namespace

contract::Contract contract_of(std::string_view text) {
  contract::Contract contract;
  contract.events = {"OrderCreated", "OrderPaid", "Pinged"};
  contract.databases = {"order_db", "shipping_db"};
  contract.externals = {
      {"card_network", "charge", "refund"}, {"card_network", "refund", ""}, {"mailer", "send", ""}};
  if (text.starts_with("saga ")) {
    contract.sagas.push_back(saga_of(text.substr(5)));
    return contract;
  }
  std::istringstream in(text.empty() ? std::string("OrderCreated>shipping OrderPaid>shipping")
                                     : std::string(text));
  for (std::string word; in >> word;) {
    const std::size_t arrow = word.find('>');
    const std::size_t end = word.find("@latest");
    contract::Obligation obligation;
    obligation.event = word.substr(0, arrow);
    obligation.consumer = word.substr(arrow + 1, end == std::string::npos ? end : end - arrow - 1);
    obligation.from_the_start = end == std::string::npos;
    contract.obligations.push_back(obligation);
  }
  return contract;
}

invariants::Verdict judge(sim::Names& names, std::string_view ask, std::string_view contract,
                          std::string_view history) {
  const contract::Contract owed = contract_of(contract);
  const auto invariant = invariants::make(options_of(ask), owed, names);
  HALFWRITE_ASSERT(invariant != nullptr, "a case asks for a known invariant");
  const std::vector<Fact> facts = history_of(names, history);
  for (const Fact& fact : facts) invariant->on_fact(fact);
  return invariant->judge(sim::Instant::at(sim::Duration::seconds(60)));
}

std::string verdict_of(std::string_view ask, std::string_view contract, std::string_view history) {
  sim::Names names;
  return text_of(judge(names, ask, contract, history));
}

}  // namespace halfwrite::tests
