// The model arm: each session is a client node that takes statements from a driver's fiber; blocked
// is what the run itself names as waiting for a lock.
#include "tests/database/isolation_test.hpp"
#include "tests/database/world.hpp"

#include <map>
#include <memory>
#include <set>
#include <stdexcept>

namespace halfwrite::database::tests {

namespace {

struct DrivenSession {
  explicit DrivenSession(sim::Simulation& simulation) : statements(simulation) {}
  sim::Mailbox<std::string> statements;
  std::string result;
  bool busy = false;
  bool looks_soon = false;  // it set a short deadlock_timeout: it waits when it has looked
};

// What is no statement: the client goes, or looks at what it was told meanwhile.
std::string run(Client& client, const std::string& text) {
  if (text == kDisconnect) {
    client.disconnect();
    client.sleep(sim::Duration::milliseconds(10));  // until the server knows
    return "DISCONNECTED";
  }
  if (text == kPause) {
    client.sleep(sim::Duration::milliseconds(kPauseMilliseconds));
    return "PAUSED";
  }
  if (text == kNotifications) {
    client.sleep(sim::Duration::milliseconds(10));
    return client.notifications();
  }
  return client.run(text);
}

class ModelArm final : public Arm {
 public:
  explicit ModelArm(World& world) : world_(world) {}

  void add(const std::string& name) {
    sessions_.emplace(name, std::make_unique<DrivenSession>(*world_.simulation));
    DrivenSession& session = *sessions_.at(name);
    world_.client(name, [this, &session](Client& client) {
      const sim::Place place{world_.simulation->names().of("idle")};
      while (true) {
        const std::optional<std::string> sql = session.statements.take(place);
        session.result = run(client, *sql);
        session.busy = false;
      }
    });
  }

  void send(const std::string& name, const std::string& sql) override {
    DrivenSession& session = *sessions_.at(name);
    session.busy = true;
    if (sql.starts_with("set deadlock_timeout = ")) session.looks_soon = true;
    session.statements.put(sql);
  }

  bool settle(const std::string& name, bool until_blocked) override {
    const DrivenSession& session = *sessions_.at(name);
    const sim::Place place{world_.simulation->names().of("watch")};
    int polls_blocked = 0;
    for (int polls = 0; session.busy; ++polls) {
      if (polls > 100'000) throw std::runtime_error(name + " neither ends nor blocks");
      polls_blocked = until_blocked && is_blocked(name) ? polls_blocked + 1 : 0;
      if (polls_blocked > (session.looks_soon ? 20 : 0)) return false;
      world_.simulation->sleep(sim::Duration::microseconds(500), place);
    }
    return true;
  }

  std::string take_result(const std::string& name) override { return sessions_.at(name)->result; }

 private:
  bool is_blocked(const std::string& name) const {
    for (const std::string& waiting : world_.simulation->quiescence().waiting()) {
      if (waiting.starts_with(name + " waits in ")) return true;
    }
    return false;
  }

  World& world_;
  std::map<std::string, std::unique_ptr<DrivenSession>> sessions_;
};

bool is_definition(const std::string& sql) {
  return sql.starts_with("create ") || sql.starts_with("alter ");
}

}  // namespace

std::string run_on_model(const IsolationTest& test) {
  World::Options options;
  for (const std::string& sql : test.setup) {
    (is_definition(sql) ? options.schema : options.data).push_back(sql);
  }
  World world(std::move(options));
  ModelArm arm(world);
  std::set<std::string> names;
  for (const Step& step : test.steps) names.insert(step.session);
  for (const std::string& name : names) arm.add(name);
  std::string transcript;
  world.client("driver", [&](Client& driver) {
    driver.sleep(sim::Duration::milliseconds(1));
    transcript = run_steps(test, arm);
  });
  world.run();
  return transcript;
}

}  // namespace halfwrite::database::tests
