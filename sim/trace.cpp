#include "sim/trace.hpp"

#include "sim/assert.hpp"

// Inline: short texts are hashed faster, and no other library's copy can take its place.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

namespace halfwrite::sim {

const char* to_text(TraceKind kind) {
  switch (kind) {
    case TraceKind::wait:
      return "wait";
    case TraceKind::woke:
      return "woke";
    case TraceKind::sent:
      return "sent";
    case TraceKind::arrived:
      return "arrived";
    case TraceKind::broke:
      return "broke";
    case TraceKind::booted:
      return "booted";
    case TraceKind::crashed:
      return "crashed";
    case TraceKind::fault:
      return "fault";
    case TraceKind::fact:
      return "fact";
    case TraceKind::quiet:
      return "quiet";
  }
  return "unknown";
}

namespace {

// What enters the hash: eight words, texts by their hashes.
using Words = std::array<std::uint64_t, 8>;
constexpr std::size_t batch = 64;  // records hashed at once: 4 KiB, half the price of one by one

}  // namespace

struct Trace::State {
  // An operation on somebody's request, as one word. A server says the same again and again.
  struct AskedFor {
    Name operation;
    Asker asker;
    std::uint64_t word = 0;
  };

  XXH3_state_t* hash = XXH3_createState();
  std::array<Words, batch> buffer;
  std::size_t filled = 0;
  std::array<AskedFor, 64> asked_for;  // what was worked out last, by its place

  std::uint64_t word_of(const Names& names, Name operation, const Asker& asker);
};

std::uint64_t Trace::State::word_of(const Names& names, Name operation, const Asker& asker) {
  const std::size_t place =
      (operation.index() * 5 + asker.actor.index() * 3 + asker.step.index() + asker.occurrence) %
      asked_for.size();
  AskedFor& known = asked_for[place];
  if (known.operation != operation || known.asker != asker) {
    known = {operation, asker, key_of(Key(names.hash(operation)), names, asker).value()};
  }
  return known.word;
}

Trace::Trace(const Names& names) : names_(names), state_(std::make_unique<State>()) {
  XXH3_64bits_reset(state_->hash);
}

Trace::~Trace() {
  XXH3_freeState(state_->hash);
}

void Trace::record(Instant at, std::uint64_t sequence, TraceKind kind, const Address& address,
                   std::uint64_t detail, std::string_view note) {
  if (inert_) return;
  ++records_;
  if (kind == TraceKind::wait) ++waits_;
  const Scope& scope = address.scope;
  const std::uint64_t operation = scope.asked_by.empty()
                                      ? names_.hash(scope.operation)
                                      : state_->word_of(names_, scope.operation, scope.asked_by);
  Words& words = state_->buffer[state_->filled++];
  words[0] = static_cast<std::uint64_t>(at.since_start().in_nanoseconds());
  words[1] = (sequence << 8) | static_cast<std::uint64_t>(kind);
  words[2] = (static_cast<std::uint64_t>(scope.attempt) << 32) | address.occurrence;
  words[3] = names_.hash(address.actor);
  words[4] = operation;
  words[5] = names_.hash(address.step);
  words[6] = Key(names_.hash(scope.identity.source)).with(scope.identity.number).value();
  words[7] = detail;
  if (state_->filled == batch) {
    XXH3_64bits_update(state_->hash, state_->buffer.data(), sizeof(Words) * batch);
    state_->filled = 0;
  }
  if (sink_ != nullptr) sink_->on_record({at, sequence, kind, address, detail, note}, names_);
}

std::uint64_t Trace::hash() const {
  // Streaming does not depend on how the bytes were cut, so what is buffered may go in early.
  XXH3_64bits_update(state_->hash, state_->buffer.data(), sizeof(Words) * state_->filled);
  state_->filled = 0;
  return XXH3_64bits_digest(state_->hash);
}

}  // namespace halfwrite::sim
