#include "scenarios/invariant_reader.hpp"

#include "models/invariants/figures.hpp"
#include "scenarios/author_sql.hpp"
#include "scenarios/external_reader.hpp"
#include "scenarios/field_reader.hpp"
#include "scenarios/flow_checks.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/value_text.hpp"

#include <algorithm>
#include <set>

namespace halfwrite::scenarios {

namespace {

// Built-ins of the language that are not built yet.
const std::vector<std::string>& later_invariants() {
  static const std::vector<std::string> names{"no_lost_update_between_sagas",
                                              "no_dirty_read_between_sagas",
                                              "nothing_in_doubt",
                                              "same_outcome_in_every_coordination",
                                              "view_converges",
                                              "view_rebuild_equals_view",
                                              "bounded_staleness",
                                              "read_your_writes",
                                              "monotonic_reads",
                                              "replay_equals_state",
                                              "no_version_conflict_lost",
                                              "every_event_understood",
                                              "personal_data_erased",
                                              "availability",
                                              "latency_budget",
                                              "nothing_stuck",
                                              "one_leader"};
  return names;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Those of the models, and those that an author gives the SQL for.
std::vector<std::string> builtin_names() {
  std::vector<std::string> names = invariants::builtin_names();
  for (const sim::Explanation& explanation : sql_builtin_explanations())
    names.emplace_back(explanation.name);
  std::sort(names.begin(), names.end());
  return names;
}

// What a built-in reads beside its name.
std::vector<std::string> keys_read_by(const std::string& builtin) {
  if (builtin == "charged_once") return {"external", "per"};
  if (builtin == "money_is_conserved") return {"total"};
  if (builtin == "no_oversell") return {"stock"};
  if (builtin == "saga_all_or_compensated") return {"saga", "parked"};
  const std::vector<std::string> about_sagas{"saga_finishes",
                                             "one_decision",
                                             "compensated_at_most_once",
                                             "no_compensation_without_action",
                                             "no_action_after_compensation",
                                             "no_irreversible_action_for_failed_saga"};
  if (builtin == "compensation_order") return {"saga", "order"};
  if (contains(about_sagas, builtin)) return {"saga"};
  return {"events", "consumers", "parked"};
}

constexpr const char* keys_of_builtins[] = {"events", "consumers", "parked", "saga", "external",
                                            "per",    "total",     "stock",  "order"};

class InvariantReader {
 public:
  InvariantReader(const Scenario& scenario, SqlReader& sql, Findings& findings)
      : scenario_(scenario), sql_(sql), findings_(findings) {}

  std::vector<Invariant> read(const Json& list) {
    std::vector<Invariant> invariants;
    for (const Json& json : list.items) {
      const Json* name = json.is_text() ? &json : json.find("name");
      if (name == nullptr || !name->is_text()) continue;
      if (!names_.insert(name->text).second) {
        findings_.add(*name, "duplicate-name",
                      "another invariant is named " + in_quotes(name->text));
        continue;
      }
      read_one(json, *name, invariants);
      keep_name(name->text, invariants);
    }
    return invariants;
  }

 private:
  // What is refused keeps its name, so that `expect` is not blamed for naming it.
  static void keep_name(const std::string& name, std::vector<Invariant>& invariants) {
    const bool is_known =
        std::any_of(invariants.begin(), invariants.end(),
                    [&](const Invariant& invariant) { return name_of(invariant) == name; });
    if (is_known) return;
    invariants::Options refused;
    refused.name = name;
    invariants.push_back(std::move(refused));
  }

  void read_one(const Json& json, const Json& name, std::vector<Invariant>& invariants) {
    std::vector<std::string> verbs;
    for (const char* verb : {"at_end", "always", "figure"}) {
      if (json.find(verb) != nullptr) verbs.emplace_back(verb);
    }
    if (verbs.size() > 1) {
      findings_.add(json.find_member(verbs[1])->key_span, json.path, "verb",
                    "two verbs in one invariant: `" + verbs[0] + "` and `" + verbs[1] + "`",
                    "write two invariants");
      return;
    }
    const bool built_in = contains(builtin_names(), name.text);
    if (verbs.empty()) return read_builtin(json, name, built_in, invariants);
    if (built_in || contains(later_invariants(), name.text)) {
      findings_.add(name, "duplicate-name",
                    in_quotes(name.text) + " is the name of a built-in invariant",
                    "choose another name");
      return;
    }
    for (const char* key : keys_of_builtins) {
      if (const Member* member = json.find_member(key)) {
        findings_.add(member->key_span, json.path, "choice",
                      "`" + std::string(key) + "` is not read beside `" + verbs.front() + "`",
                      "only by built-in invariants");
      }
    }
    if (verbs.front() == "figure") return read_figure(json, name.text, invariants);
    AuthorSql author;
    author.name = name.text;
    author.when = verbs.front() == "always" ? AuthorSql::When::always : AuthorSql::When::at_end;
    author.statement = sql_.read_author_sql(*json.find(verbs.front()));
    if (author.statement != nullptr) invariants.push_back(std::move(author));
    refuse_limits(json, verbs.front());
  }

  void read_builtin(const Json& json, const Json& name, bool built_in,
                    std::vector<Invariant>& invariants) {
    if (!built_in) {
      if (contains(later_invariants(), name.text)) {
        findings_.add(name, "not-built",
                      "`" + name.text +
                          "` is part of the language but not built yet; write it as SQL with "
                          "`at_end` or `always`");
        return;
      }
      const std::vector<std::string> known = builtin_names();
      std::vector<std::string> candidates = known;
      candidates.insert(candidates.end(), later_invariants().begin(), later_invariants().end());
      const std::string nearest = nearest_word(name.text, candidates);
      if (!nearest.empty()) keep_name(nearest, invariants);
      const std::string suggestion = did_you_mean(name.text, candidates);
      findings_.add(
          name, "unknown-name", "no built-in invariant is named " + in_quotes(name.text),
          suggestion.empty() ? "one of your own has `at_end`, `always` or `figure`" : suggestion,
          "built-in: " + listed(known));
      return;
    }
    refuse_unread(json, name.text);
    refuse_limits(json, "");
    if (name.text == "money_is_conserved" || name.text == "no_oversell")
      return read_number(json, name, invariants);
    invariants::Options options;
    options.name = name.text;
    take(json, "events", options.events);
    take(json, "consumers", options.consumers);
    options.parked_fails = text_at(json, "parked") != "allowed";
    options.saga = text_at(json, "saga");
    options.per = text_at(json, "per");
    static constexpr std::string_view orders[] = {"reverse", "forward"};
    if (json.find("order") != nullptr) {
      options.order = contract::CompensationOrder::reverse;
      take_word(json, "order", orders, *options.order);
    }
    check_names(json);
    if (name.text == "charged_once" && !read_charged(json, name, options)) return;
    invariants.push_back(std::move(options));
  }

  void refuse_unread(const Json& json, const std::string& builtin) {
    const std::vector<std::string> read = keys_read_by(builtin);
    for (const char* key : keys_of_builtins) {
      const Member* member = json.find_member(key);
      if (member == nullptr || contains(read, key)) continue;
      findings_.add(member->key_span, json.path, "choice",
                    "`" + std::string(key) + "` is not read by " + builtin,
                    "it reads " + listed(read));
    }
  }

  // One number of the author's own.
  void read_number(const Json& json, const Json& name, std::vector<Invariant>& invariants) {
    const bool is_money = name.text == "money_is_conserved";
    const char* key = is_money ? "total" : "stock";
    const Json* written = json.find(key);
    if (written == nullptr) {
      findings_.add(name, "condition", "`" + name.text + "` does not say what to count",
                    "add \"" + std::string(key) + "\": one number in SQL");
      return;
    }
    AuthorSql author;
    author.name = name.text;
    author.when = AuthorSql::When::always;
    author.rule = is_money ? AuthorSql::Rule::constant_number : AuthorSql::Rule::never_negative;
    author.statement = sql_.read_author_sql(*written);
    if (author.statement == nullptr) return;
    const std::size_t columns = author.statement->columns.size();
    if (columns != 1) {
      findings_.add(SqlText(*written).whole(), written->path, "sql",
                    "`" + std::string(key) + "` is one number, and this gives " +
                        std::to_string(columns) + " columns");
      return;
    }
    invariants.push_back(std::move(author));
  }

  bool read_charged(const Json& json, const Json& name, invariants::Options& options) {
    const Json* written = json.find("external");
    if (written == nullptr) {
      findings_.add(name, "condition", "`charged_once` does not say what is done once",
                    "add \"external\": \"card_network.charge\"");
      return false;
    }
    const ExternalName asked = find_external(*written, scenario_.externals, findings_);
    if (asked.system == nullptr) return false;
    options.external = written->text;
    if (const Json* per = json.find("per")) check_unit(*per, asked);
    return true;
  }

  void check_unit(const Json& per, const ExternalName& asked) {
    const std::set<std::string> sent = arguments_sent(scenario_, *asked.system, *asked.operation);
    if (!per.is_text() || sent.empty() || sent.count(per.text) != 0) return;
    const std::vector<std::string> known(sent.begin(), sent.end());
    findings_.add(per, "unknown-name",
                  "no step sends " + in_quotes(per.text) + " to " + asked.system->name + "." +
                      asked.operation->name,
                  did_you_mean(per.text, known), "sent: " + listed(known));
  }

  void check_names(const Json& json) {
    std::vector<std::string> events;
    for (const auto& [name, event] : scenario_.events) events.push_back(name);
    std::vector<std::string> consumers;
    for (const contract::Obligation& obligation : scenario_.contract.obligations) {
      if (!contains(consumers, obligation.consumer)) consumers.push_back(obligation.consumer);
    }
    check_list(json.find("events"), "event", events);
    check_list(json.find("consumers"), "consumer", consumers);
    const Json* saga = json.find("saga");
    if (saga == nullptr || !saga->is_text()) return;
    std::vector<std::string> sagas;
    for (const contract::Saga& known : scenario_.contract.sagas) sagas.push_back(known.name);
    if (contains(sagas, saga->text)) return;
    findings_.add(*saga, "unknown-name", "no saga is named " + in_quotes(saga->text),
                  did_you_mean(saga->text, sagas),
                  sagas.empty() ? "there are none" : "sagas: " + listed(sagas));
  }
  void check_list(const Json* list, const std::string& what,
                  const std::vector<std::string>& known) {
    if (list == nullptr) return;
    for (const Json& item : list->items) {
      if (!item.is_text() || contains(known, item.text)) continue;
      findings_.add(item, "unknown-name", "no " + what + " is named " + in_quotes(item.text),
                    did_you_mean(item.text, known), what + "s: " + listed(known));
    }
  }

  void refuse_limits(const Json& json, const std::string& verb) {
    for (const char* key : {"at_most", "at_least"}) {
      if (const Member* member = json.find_member(key)) {
        findings_.add(member->key_span, json.path, "choice",
                      "`" + std::string(key) + "` is not read " +
                          (verb.empty() ? "by a built-in invariant" : "beside `" + verb + "`"),
                      "it bounds a `figure`");
      }
    }
  }

  void read_figure(const Json& json, const std::string& name, std::vector<Invariant>& invariants) {
    FigureBound bound;
    bound.name = name;
    bound.figure = text_at(json, "figure");
    bound.of = text_at(json, "of");
    check_subject(json, bound.of);
    bound.at_most = read_limit(json, "at_most", bound.figure);
    bound.at_least = read_limit(json, "at_least", bound.figure);
    if (json.find("at_most") == nullptr && json.find("at_least") == nullptr) {
      findings_.add(*json.find("figure"), "condition", "a figure needs a bound",
                    "add `at_most` or `at_least`");
    }
    invariants.push_back(std::move(bound));
  }

  // A figure is of an event, an operation, a service, its relay or a database.
  void check_subject(const Json& json, const std::string& of) {
    if (of.empty()) return;
    std::vector<std::string> known;
    for (const auto& [name, event] : scenario_.events) known.push_back(name);
    for (const Scenario::Saga& saga : scenario_.sagas) known.push_back(saga.definition->name);
    for (const database::Settings& database : scenario_.databases) known.push_back(database.name);
    for (const service::Settings& service : scenario_.services) {
      known.push_back(service.name);
      for (const auto& [name, operation] : service.operations)
        known.push_back(service.name + "." + name);
      for (const service::Subscription& subscription : service.subscriptions)
        known.push_back(service.name + "." + subscription.name);
      for (const service::Job& job : service.jobs) known.push_back(service.name + "." + job.name);
      known.push_back(service.name + ".relay");
    }
    if (contains(known, of)) return;
    findings_.add(*json.find("of"), "unknown-name",
                  "nothing that is measured is named " + in_quotes(of), did_you_mean(of, known),
                  "known: " + listed(known));
  }

  std::optional<FigureBound::Limit> read_limit(const Json& json, const char* key,
                                               const std::string& figure) {
    const Json* limit = json.find(key);
    if (limit == nullptr || !contains(invariants::figure_names(), figure)) return std::nullopt;
    const bool is_delay = figure.starts_with("publish_delay_") || figure.starts_with("latency_") ||
                          figure.starts_with("saga_duration_");
    if (limit->is_text()) {
      const auto share =
          limit->text.find('/') == std::string::npos ? std::nullopt : parse_chance(limit->text);
      if (share && !is_delay) return FigureBound::Limit(*share);
      if (share) {
        findings_.add(*limit, "duration",
                      "`" + figure + "` is a duration, found the share " + in_quotes(limit->text),
                      "such as \"200ms\"");
        return std::nullopt;
      }
      const auto duration = parse_duration(limit->text);
      if (!duration) return std::nullopt;
      if (is_delay) return FigureBound::Limit(*duration);
      findings_.add(*limit, "condition", "`" + figure + "` is a share, found a duration",
                    "such as 0.01");
      return std::nullopt;
    }
    const auto ratio = limit->is_number() ? parse_decimal(limit->text) : std::nullopt;
    if (!ratio) return std::nullopt;
    if (!is_delay) return FigureBound::Limit(*ratio);
    findings_.add(
        *limit, "duration",
        "`" + figure + "` is a duration and needs a unit, found the number " + limit->text,
        "write \"" + limit->text + "ms\" or \"" + limit->text + "s\"");
    return std::nullopt;
  }

  const Scenario& scenario_;
  SqlReader& sql_;
  Findings& findings_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<Invariant> read_invariants(const Json& list, const Scenario& scenario, SqlReader& sql,
                                       Findings& findings) {
  return InvariantReader(scenario, sql, findings).read(list);
}

}  // namespace halfwrite::scenarios
