#include "sim/draw.hpp"

#include "history_words.hpp"

namespace halfwrite::tests {

history::Identity intent_of(sim::Names& names, const std::string& text) {
  const std::size_t hash = text.find('#');
  return {names.of(text.substr(0, hash)), std::stoull(text.substr(hash + 1))};
}

sim::Name database_of(sim::Names& names, const std::string& transaction) {
  return names.of(transaction[0] == 's' ? "shipping_db" : "order_db");
}

history::TransactionToken token_of(const std::string& transaction) {
  if (transaction == "memory") return {};
  return {sim::Key::hash_text(transaction)};
}

namespace {

template <class Fact>
void set_transaction(sim::Names& names, Words& words, Fact& fact) {
  const std::string transaction = words.option("in").value_or("memory");
  fact.transaction = token_of(transaction);
  if (transaction != "memory") fact.database = database_of(names, transaction);
}

// "reserve of orders#1 [undo yes] [attempt 2]"
history::SagaStep step_of(sim::Names& names, Words& words) {
  history::SagaStep step;
  step.type = names.of("place_order");
  step.attempt = static_cast<std::uint32_t>(words.number("attempt", 1));
  if (words.option("undo")) step.kind = history::StepKind::compensation;
  step.step = names.of(words.take());
  words.skip("of");
  step.saga = intent_of(names, words.take());
  return step;
}

template <class Word>
Word word_of(const std::string& text, const std::vector<Word>& all) {
  for (const Word word : all) {
    if (text == history::to_text(word)) return word;
  }
  HALFWRITE_ASSERT(false, "a line of a history has a known word");
}

history::FactContent outside(sim::Names& names, Words& words) {
  history::ExternalEffect effect;
  const std::string asked = words.take();
  effect.system = names.of(asked.substr(0, asked.find('.')));
  effect.operation = names.of(asked.substr(asked.find('.') + 1));
  effect.irreversible = asked == "mailer.send";
  effect.answer = words.option("answer").value_or("applied");
  effect.effect = effect.answer == "applied";
  if (const auto order = words.option("order")) effect.arguments = {{"order", *order}};
  if (const auto intent = words.option("intent")) effect.intent = intent_of(names, *intent);
  if (words.empty()) return effect;
  words.skip("for");
  effect.step = step_of(names, words);
  effect.intent = effect.step.saga;
  return effect;
}

}  // namespace

std::optional<history::FactContent> saga_fact(sim::Names& names, const std::string& verb,
                                              Words& words) {
  if (verb == "outside") return outside(names, words);
  if (verb == "begin" || verb == "decide" || verb == "end") {
    const auto saga = intent_of(names, words.take());
    const sim::Name type = names.of("place_order");
    if (verb == "begin") {
      history::SagaStarted started;
      started.saga = started.intent = saga;
      started.type = type;
      set_transaction(names, words, started);
      started.arguments = "order: order-" + std::to_string(saga.number) + ", amount: 12";
      return started;
    }
    if (verb == "decide") {
      history::SagaDecided decided;
      decided.saga = saga;
      decided.type = type;
      set_transaction(names, words, decided);
      decided.commit = words.take() == "commit";
      decided.reason = words.rest();
      return decided;
    }
    history::SagaEnded ended;
    ended.saga = saga;
    ended.type = type;
    set_transaction(names, words, ended);
    ended.state = word_of<history::SagaEnd>(
        words.take(),
        {history::SagaEnd::completed, history::SagaEnd::compensated, history::SagaEnd::parked});
    return ended;
  }
  if (verb == "want") {
    history::SagaStepAsked asked;
    set_transaction(names, words, asked);
    asked.service = names.of(words.option("by").value_or("shipping"));
    asked.step = step_of(names, words);
    return asked;
  }
  if (verb == "do" || verb == "undo") {
    history::SagaStepApplied applied;
    set_transaction(names, words, applied);
    applied.empty = words.option("empty").has_value();
    applied.step = step_of(names, words);
    if (verb == "undo") applied.step.kind = history::StepKind::compensation;
    return applied;
  }
  if (verb != "learn") return std::nullopt;
  history::SagaStepEnded learned;
  learned.outcome = word_of<history::StepOutcome>(
      words.take(), {history::StepOutcome::applied, history::StepOutcome::refused,
                     history::StepOutcome::failed, history::StepOutcome::unknown});
  learned.step = step_of(names, words);
  return learned;
}

}  // namespace halfwrite::tests
