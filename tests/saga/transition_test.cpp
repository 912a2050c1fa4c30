// The core of a saga, asked directly: tables of what came in and where the saga stands then.
#include "models/saga/transition.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace {

using namespace halfwrite;
using namespace halfwrite::saga;
using history::StepKind;
using history::StepOutcome;

// create, charge, reserve, confirm (pivot), mail; what can be compensated says so.
Definition order_placement() {
  Definition definition;
  definition.name = "place_order";
  const char* names[] = {"create", "charge", "reserve", "confirm", "mail"};
  for (std::uint32_t i = 0; i < 5; ++i) {
    Step step;
    step.name = names[i];
    step.service = "s";
    step.action = names[i];
    step.group = i;
    if (i < 3) step.compensation = std::string("undo_") + names[i];
    step.pivot = i == 3;
    step.retry.attempts = 2;
    step.retry.delay = sim::Duration::milliseconds(50);
    definition.steps.push_back(step);
  }
  definition.compensation.retry.attempts.reset();
  return definition;
}

// What is fed, one word each: "create" is applied, "charge!" refused, "charge*" failed, "charge?"
// silent, "charge!+" refused with something of it left outside, "~create" its compensation;
// "charge@1" of the first attempt; "+60" sixty ms go by.
class Course {
 public:
  explicit Course(Definition definition) : definition_(std::move(definition)) {
    take(begin(definition_, {}, now_));
  }

  void feed(const std::string& words) {
    std::size_t at = 0;
    while (at < words.size()) {
      const std::size_t space = std::min(words.find(' ', at), words.size());
      feed_one(words.substr(at, space - at));
      at = space + 1;
    }
  }
  const std::string& asked() const { return asked_; }
  std::string state() const { return to_text(state_.phase); }
  const State& whole() const { return state_; }
  const Definition& definition() const { return definition_; }
  const std::string& decisions() const { return decisions_; }

 private:
  void feed_one(std::string word) {
    if (word.starts_with('+')) {
      now_ += std::stoll(word.substr(1)) * 1000;
      take(take_time(definition_, state_, now_));
      return;
    }
    StepAnswer answer;
    if (word.starts_with('~')) {
      answer.kind = StepKind::compensation;
      word.erase(0, 1);
    }
    std::uint32_t attempt = 0;
    if (const std::size_t at = word.find('@'); at != std::string::npos) {
      attempt = static_cast<std::uint32_t>(std::stoul(word.substr(at + 1)));
      word.resize(at);
    }
    answer.left_effects = word.ends_with('+');
    if (answer.left_effects) word.pop_back();
    if (word.ends_with('!')) answer.outcome = StepOutcome::refused;
    if (word.ends_with('*')) answer.outcome = StepOutcome::failed;
    if (answer.outcome != StepOutcome::applied) {
      word.pop_back();
      answer.reason = "no";
    }
    answer.step = definition_.position(word);
    const StepState& step = state_.steps[answer.step];
    const bool back = answer.kind == StepKind::compensation;
    answer.attempt = attempt != 0 ? attempt : back ? step.undo_attempts : step.attempts;
    take(take_answer(definition_, state_, answer, now_));
  }
  void take(Transition transition) {
    // What is stored must be what was meant.
    const auto read = state_of(to_text(transition.state, definition_), definition_);
    REQUIRE(read.has_value());
    REQUIRE(*read == transition.state);
    state_ = std::move(transition.state);
    for (const Asked& asked : transition.asked) {
      if (!asked_.empty()) asked_ += ' ';
      if (asked.kind == StepKind::compensation) asked_ += '~';
      asked_ += definition_.steps[asked.step].name;
    }
    if (transition.decision) decisions_ += transition.decision->commit ? "commit " : "abort ";
  }

  Definition definition_;
  State state_;
  std::string asked_;
  std::string decisions_;
  std::int64_t now_ = 1'000'000;
};

struct Case {
  const char* about;
  const char* fed;
  const char* asked;
  const char* phase;
};

void check(const Case& test, Definition definition) {
  INFO(test.about);
  Course course(std::move(definition));
  course.feed(test.fed);
  CHECK(course.asked() == test.asked);
  CHECK(course.state() == test.phase);
}

}  // namespace

TEST_CASE("a saga goes forward to its end, or back in the order of its compensations") {
  const Case cases[] = {
      {"all is well", "create charge reserve confirm mail", "create charge reserve confirm mail",
       "completed"},
      {"the first is refused: nothing to take back", "create!", "create", "compensated"},
      {"a refused step is not compensated itself", "create charge!", "create charge ~create",
       "compensating"},
      {"the last first", "create charge reserve! ~charge ~create",
       "create charge reserve ~charge ~create", "compensated"},
      {"a failing pivot takes back what came before",
       "create charge reserve confirm! ~reserve ~charge ~create",
       "create charge reserve confirm ~reserve ~charge ~create", "compensated"},
      {"behind the pivot a refusal is for people", "create charge reserve confirm mail!",
       "create charge reserve confirm mail", "parked"},
  };
  for (const Case& test : cases) check(test, order_placement());
}

TEST_CASE("errors are tried again as the step says, and without end behind the pivot") {
  const Case cases[] = {
      {"an error is tried again after its delay", "create* +49", "create", "running"},
      {"... then asked again", "create* +50", "create create", "running"},
      {"two attempts are used up: it may have left half of itself behind",
       "create charge* +50 charge*", "create charge charge ~charge", "compensating"},
      {"an answer of an earlier attempt that it was refused says nothing of this one",
       "create charge* +50 charge!@1", "create charge charge", "running"},
      {"applied is applied, whichever attempt", "create charge* +50 charge@1",
       "create charge charge reserve", "running"},
      {"behind the pivot there is no giving up",
       "create charge reserve confirm mail* +50 mail* +50 mail* +50 mail",
       "create charge reserve confirm mail mail mail mail", "completed"},
  };
  for (const Case& test : cases) check(test, order_placement());
}

TEST_CASE(
    "a step that was refused and left something outside is compensated, and not tried again") {
  Definition acts_outside = order_placement();
  for (Step& step : acts_outside.steps) {
    step.acts_outside = true;
    step.timeout = sim::Duration::milliseconds(100);
  }
  const Case cases[] = {
      {"by this attempt", "create charge!+", "create charge ~charge", "compensating"},
      {"... and what came before it", "create charge!+ ~charge ~create",
       "create charge ~charge ~create", "compensated"},
      {"by the attempt before", "create charge*+ +50 charge!", "create charge charge ~charge",
       "compensating"},
      {"by an attempt that nobody answered", "create +100 +50 charge!",
       "create charge charge ~charge", "compensating"},
      {"an error that surely left nothing", "create charge* +50 charge!",
       "create charge charge ~create", "compensating"},
      {"a pivot without compensation", "create charge reserve confirm!+",
       "create charge reserve confirm ~reserve", "compensating"},
      {"behind the pivot it is for people", "create charge reserve confirm mail!+",
       "create charge reserve confirm mail", "parked"},
  };
  for (const Case& test : cases) check(test, acts_outside);

  Definition in_rows = acts_outside;
  for (Step& step : in_rows.steps) step.acts_outside = false;
  check({"who works in rows alone and refuses has left none", "create +100 +50 charge!",
         "create charge charge ~create", "compensating"},
        in_rows);
  acts_outside.compensation.unknown = false;
  check({"skip: only what is known to be done is taken back", "create charge!+ ~create",
         "create charge ~create", "compensated"},
        acts_outside);
}

TEST_CASE("a reply that comes twice, late or for nothing changes nothing") {
  const Case cases[] = {
      {"twice", "create create", "create charge", "running"},
      {"after the end", "create! create", "create", "compensated"},
      {"of a step that is being taken back", "create charge! create", "create charge ~create",
       "compensating"},
      {"a compensation answered twice", "create charge reserve! ~charge ~charge",
       "create charge reserve ~charge ~create", "compensating"},
      {"a compensation that nobody asked for", "create ~create", "create charge", "running"},
  };
  for (const Case& test : cases) check(test, order_placement());
}

TEST_CASE("without the inbox of replies a repeat counts for the step under way") {
  Definition careless = order_placement();
  careless.orchestrator.inbox = false;
  check({"as frameworks do that dispatch by state", "create create", "create charge reserve",
         "running"},
        careless);
}

TEST_CASE("the saga's time-out takes back what is done and what may be done") {
  Definition definition = order_placement();
  definition.timeout = sim::Duration::seconds(1);
  const Case cases[] = {
      {"a silent step may be done", "create charge +1000", "create charge reserve ~reserve",
       "compensating"},
      {"... and is taken back first", "create charge +1000 ~reserve ~charge",
       "create charge reserve ~reserve ~charge ~create", "compensating"},
      {"a pivot that was asked for may be done and cannot be taken back",
       "create charge reserve +1000", "create charge reserve confirm", "running"},
      {"behind it the time-out says nothing", "create charge reserve confirm +1000",
       "create charge reserve confirm mail", "running"},
      {"it fires once", "create +1000 +1000", "create charge ~charge", "compensating"},
  };
  for (const Case& test : cases) check(test, definition);

  definition.compensation.unknown = false;
  check({"F01: only what is known to be done is taken back", "create charge +1000 ~charge ~create",
         "create charge reserve ~charge ~create", "compensated"},
        definition);
}

TEST_CASE("a step's time-out leaves its outcome unknown; the pivot is asked until it answers") {
  Definition definition = order_placement();
  for (Step& step : definition.steps) step.timeout = sim::Duration::milliseconds(100);
  const Case cases[] = {
      {"asked again after the delay", "+100 +50", "create create", "running"},
      {"a timer that fires after the answer is moot", "create +100 +50", "create charge charge",
       "running"},
      {"both attempts silent", "+100 +50 +100", "create create ~create", "compensating"},
      {"a silent pivot", "create charge reserve +100 +50 +100 +50 +100 +50",
       "create charge reserve confirm confirm confirm confirm", "running"},
      {"a silent compensation is asked for again", "create charge! +100 +100",
       "create charge ~create ~create", "compensating"},
  };
  for (const Case& test : cases) check(test, definition);
}

TEST_CASE("a compensation that fails for good is never silently compensated") {
  struct {
    AfterFailure then;
    const char* asked;
    const char* phase;
  } const cases[] = {
      {AfterFailure::park, "create charge reserve ~charge ~charge", "parked"},
      {AfterFailure::go_on, "create charge reserve ~charge ~charge ~create", "parked"},
      {AfterFailure::stop, "create charge reserve ~charge ~charge", "stopped"},
  };
  for (const auto& test : cases) {
    Definition definition = order_placement();
    definition.compensation.after_failure = test.then;
    definition.compensation.retry.attempts = 2;
    Course course(definition);
    course.feed("create charge reserve! ~charge* +100 ~charge*");
    if (test.then == AfterFailure::go_on) course.feed("~create");
    CHECK(course.asked() == test.asked);
    CHECK(course.state() == test.phase);
  }
}

TEST_CASE("steps of a parallel group go at once and are waited for before anything is taken back") {
  Definition definition = order_placement();
  definition.steps[1].group = definition.steps[2].group = 1;
  const Case cases[] = {
      {"at once", "create charge", "create charge reserve", "running"},
      {"both done", "create reserve charge", "create charge reserve confirm", "running"},
      {"one refused, the other not answered yet", "create charge!", "create charge reserve",
       "running"},
      {"then what was done is taken back", "create charge! reserve",
       "create charge reserve ~reserve", "compensating"},
  };
  for (const Case& test : cases) check(test, definition);
}

TEST_CASE("the order of compensations is the scenario's") {
  struct {
    contract::CompensationOrder order;
    const char* asked;
  } const cases[] = {
      {contract::CompensationOrder::reverse, "~charge"},
      {contract::CompensationOrder::forward, "~create"},
      {contract::CompensationOrder::parallel, "~charge ~create"},
      {contract::CompensationOrder::any, "~charge ~create"},
  };
  for (const auto& test : cases) {
    Definition definition = order_placement();
    definition.compensation.order = test.order;
    Course course(definition);
    course.feed("create charge reserve!");
    CHECK(course.asked() == std::string("create charge reserve ") + test.asked);
  }
}

TEST_CASE("a step whose condition is false is passed over") {
  const Definition definition = order_placement();
  const Transition first = begin(definition, {true, false, false, false, false}, 0);
  REQUIRE(first.asked.size() == 1);
  CHECK(definition.steps[first.asked.front().step].name == "charge");
}

TEST_CASE("one decision: an abort is decided once, a commit by the pivot or at the end") {
  Course refused(order_placement());
  refused.feed("create charge! ~create");
  CHECK(refused.decisions() == "abort ");
  Course through(order_placement());
  through.feed("create charge reserve confirm mail");
  CHECK(through.decisions().empty());
  Definition without_pivot = order_placement();
  for (Step& step : without_pivot.steps) step.pivot = false;
  Course all(without_pivot);
  all.feed("create charge reserve confirm mail");
  CHECK(all.decisions() == "commit ");
}

TEST_CASE("a saga can begin with the reply that its orchestrator did not expect yet") {
  const Definition definition = order_placement();
  StepAnswer answer;
  answer.step = definition.position("create");
  const Transition begun = begin_with(definition, {}, answer, 0);
  REQUIRE(begun.asked.size() == 1);
  CHECK(definition.steps[begun.asked.front().step].name == "charge");
  CHECK(begun.state.steps.front().status == Status::done);
}

TEST_CASE("a text that is no state is not read") {
  const Definition definition = order_placement();
  for (const char* text : {"", "nowhere", "running create=somewhere", "running other=done",
                           "running create=done:x", "running @create.do.1.later=3"}) {
    INFO(text);
    CHECK_FALSE(state_of(text, definition).has_value());
  }
}
