#include "tests/sim/toy.hpp"

#include <optional>

namespace halfwrite::sim::toy {

World::World(SimulationOptions options) : simulation_(std::move(options)) {
  for (const char* name : {"client.1", "client.2"}) {
    simulation_.add_node(node(name, "client", [this](Process& process) { client(process); }));
  }
  for (const char* name : {"server.1", "server.2"}) {
    simulation_.add_node(node(name, "server", [this](Process& process) { server(process); }));
  }
  Node& box =
      simulation_.add_node(node("store", "store", [this](Process& process) { store(process); }));
  log_ = std::make_unique<DurableLog<std::string>>(box.disk());
  simulation_.keep_busy_until(at_ms(1000));
}

World::~World() = default;

void World::client(Process& process) {
  Names& names = simulation_.names();
  for (std::uint64_t number = 1; number <= 5; ++number) {
    Scope scope;
    scope.operation = names.of("client.ask");
    scope.identity = {names.of(process.name() == names.of("client.1") ? "odd" : "even"), number};
    process.spawn(scope, [this, number] { ask(number); });
  }
}

void World::ask(std::uint64_t number) {
  Names& names = simulation_.names();
  simulation_.sleep(ms(static_cast<std::int64_t>(number) * 100), {names.of("think")});
  for (std::uint32_t attempt = 1; attempt <= 5; ++attempt) {
    Scope scope = simulation_.scope();
    scope.attempt = attempt;
    const ScopeGuard guard(simulation_, scope);
    auto server = simulation_.network().connect(number % 2 == 0 ? "server.1" : "server.2",
                                                {names.of("connect")}, ms(50));
    if (server) {
      const WindowGuard window(simulation_, "asked and not answered");
      const auto answer =
          server->request(text("Ask", std::to_string(number)), {names.of("ask")}, ms(100));
      server->close();
      if (answer) {
        ++answered_;
        return;
      }
    }
    simulation_.sleep(ms(20), {names.of("back-off")});
  }
}

void World::server(Process& process) {
  Names& names = simulation_.names();
  simulation_.network().listen(process, names.of("server.serve"),
                               [this](Connection peer) { serve(std::move(peer)); });
  Scope idle;
  idle.operation = names.of("server.poll");
  idle.activity = Activity::idle;
  process.spawn(idle, [this, &process] { poll(process); });
}

void World::serve(Connection peer) {
  Names& names = simulation_.names();
  std::optional<Connection> store;
  for (;;) {
    auto message = peer.receive({names.of("receive")});
    if (!message) break;
    const ScopeGuard scope(simulation_, message->scope);
    const Alias alias{names.of("Asked"), names.of("committed")};
    if (!store) {
      auto opened = simulation_.network().connect("store", {names.of("open")}, ms(50));
      if (!opened) break;
      store = *opened;
    }
    const auto stored = store->request(text("Append", message->as<Text>().content()),
                                       {names.of("append"), {&alias, 1}}, ms(80));
    if (!stored) break;
    peer.send(text("Answer", stored->as<Text>().content()));
  }
  peer.close();
  if (store) store->close();
}

void World::poll(Process& process) {
  Names& names = simulation_.names();
  IdleLoop loop(simulation_.quiescence(), std::string(process.node().name()) + " polls");
  for (;;) {
    Scope scope = simulation_.scope();
    scope.identity = {process.name(),
                      static_cast<std::uint64_t>(simulation_.now().since_start().in_nanoseconds())};
    const ScopeGuard guard(simulation_, scope);
    loop.begin_cycle();
    auto store = simulation_.network().connect("store", {names.of("open")}, ms(50));
    if (store) {
      const auto count = store->request(text("Count", ""), {names.of("count")}, ms(80));
      static_cast<void>(count);
      store->close();
    }
    loop.end_cycle();
    simulation_.sleep(ms(70), {names.of("rest")});
  }
}

void World::store(Process& process) {
  Names& names = simulation_.names();
  simulation_.network().listen(process, names.of("store"), [this](Connection peer) {
    Names& texts = simulation_.names();
    for (;;) {
      auto message = peer.receive({texts.of("receive")});
      if (!message) break;
      const ScopeGuard scope(simulation_, message->scope);
      if (message->payload->kind() == "Append") {
        const std::size_t end = log_->append(message->as<Text>().content());
        const Key key = key_of(simulation_.draws().key().with("sync"), texts,
                               simulation_.address({texts.of("sync")}));
        simulation_.sleep(Draws::between(key, {ms(1), ms(3)}), {texts.of("sync")});
        log_->sync(std::min(end, log_->size()));
        simulation_.quiescence().durable_change();
      }
      simulation_.pass({texts.of("done")});
      peer.send(text("Stored", std::to_string(log_->size())));
    }
    peer.close();
  });
}

Storm heavy_storm() {
  Storm storm;
  storm.until = at_ms(900);
  const auto rule = [&](FaultKind kind) -> StormRule& {
    storm.rules.emplace_back().kind = kind;
    storm.rules.back().lasting = {ms(5), ms(60)};
    return storm.rules.back();
  };
  const auto rhythm = [&](FaultKind kind, std::int64_t every) -> StormRule& {
    StormRule& made = rule(kind);
    made.every = DurationRange::exactly(ms(every));
    return made;
  };
  const auto chance = [&](FaultKind kind, std::uint64_t one_in) -> StormRule& {
    StormRule& made = rule(kind);
    made.chance = {1, one_in};
    return made;
  };
  rhythm(FaultKind::crash, 150).targets = {"server", "store"};
  StormRule& machine = rhythm(FaultKind::crash, 400);
  machine.machine = true;
  machine.targets = {"server.1", "store"};
  rhythm(FaultKind::pause, 130);
  rhythm(FaultKind::partition, 220);
  rhythm(FaultKind::slow, 170).by = {ms(1), ms(4)};
  rhythm(FaultKind::clock, 300).by = {ms(-5), ms(5)};
  rhythm(FaultKind::disconnect, 250).lasting = {};
  rhythm(FaultKind::reset, 350).lasting = {};
  chance(FaultKind::crash, 60);
  chance(FaultKind::pause, 50);
  chance(FaultKind::reset, 40);
  chance(FaultKind::lose_request, 40);
  chance(FaultKind::lose_reply, 40);
  chance(FaultKind::delay, 20).by = {ms(1), ms(20)};
  return storm;
}

SimulationOptions stormy(std::uint64_t seed) {
  SimulationOptions options;
  options.seed = seed;
  options.storm = heavy_storm();
  const std::vector<NodeName> nodes{{"client.1", "client"},
                                    {"client.2", "client"},
                                    {"server.1", "server"},
                                    {"server.2", "server"},
                                    {"store", "store"}};
  options.plan.faults = draw_rhythms(options.storm, nodes, Draws(seed).key());
  return options;
}

}  // namespace halfwrite::sim::toy
