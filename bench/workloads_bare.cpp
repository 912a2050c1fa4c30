#include "sim/draw.hpp"

#include "bench/bare_kernel.hpp"
#include "bench/workloads.hpp"
#include <utility>

namespace halfwrite::bench {

namespace {

constexpr std::int64_t latency = 1'000'000;

std::int64_t distance(sim::Key key, std::uint64_t number) {
  return sim::Draws::between(key.with(number), 1, 2'000'000);
}

struct BareTimers {
  BareKernel kernel;
  sim::Key key{1};
  std::int64_t left = 0;
  std::uint64_t number = 0;

  void set() {
    kernel.call(
        kernel.now() + distance(key, ++number),
        [](void* self) {
          auto& timers = *static_cast<BareTimers*>(self);
          if (timers.left-- > 0) timers.set();
        },
        this);
  }
};

}  // namespace

std::uint64_t bare_ping_pong(std::int64_t messages) {
  BareKernel kernel;
  BareKernel::Mailbox to_server;
  BareKernel::Mailbox to_client;
  kernel.spawn([&] {
    for (std::int64_t i = 0; i < messages / 2; ++i) {
      kernel.send(to_server, {static_cast<std::uint64_t>(i), 1}, latency);
      kernel.receive(to_client);
    }
  });
  kernel.spawn([&] {
    for (std::int64_t i = 0; i < messages / 2; ++i) {
      kernel.receive(to_server);
      kernel.send(to_client, {static_cast<std::uint64_t>(i), 2}, latency);
    }
  });
  kernel.run();
  return kernel.hash();
}

std::uint64_t bare_timers(std::int64_t pending, std::int64_t firings) {
  BareTimers timers;
  timers.left = firings - pending;
  for (std::int64_t i = 0; i < pending; ++i) timers.set();
  timers.kernel.run();
  return timers.kernel.hash();
}

std::uint64_t bare_sleepers(std::int64_t processes, std::int64_t sleeps) {
  BareKernel kernel;
  for (std::int64_t process = 0; process < processes; ++process) {
    kernel.spawn(
        [&kernel, key = sim::Key(static_cast<std::uint64_t>(process)), left = sleeps / processes] {
          for (std::int64_t i = 0; i < left; ++i) {
            kernel.sleep(distance(key, static_cast<std::uint64_t>(i)));
          }
        });
  }
  kernel.run();
  return kernel.hash();
}

}  // namespace halfwrite::bench
