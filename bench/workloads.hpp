// The three tasks by which kernels are compared, once for the bare kernel and once for the real
// one, with the same number of messages, timers and sleeps and the same distances in virtual time.
// Each returns a number that depends on everything that happened, so that nothing is optimised
// away.
#pragma once

#include <cstdint>

namespace halfwrite::bench {

// Two processes; each message waits for the one before it. Returns the trace hash.
std::uint64_t bare_ping_pong(std::int64_t messages);
std::uint64_t ping_pong(std::int64_t messages);

// `pending` timers, each of which sets another when it fires, until `firings` have fired.
std::uint64_t bare_timers(std::int64_t pending, std::int64_t firings);
std::uint64_t timers(std::int64_t pending, std::int64_t firings);

// Processes that sleep again and again, until all of them together have slept `sleeps` times.
std::uint64_t bare_sleepers(std::int64_t processes, std::int64_t sleeps);
std::uint64_t sleepers(std::int64_t processes, std::int64_t sleeps);

}  // namespace halfwrite::bench
