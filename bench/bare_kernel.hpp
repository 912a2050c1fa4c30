// The least a deterministic kernel with fibers can be, and so the yardstick of the real one: fibers
// whose exception state is switched with them, a four-ary heap ordered by (instant, sequence) over
// pooled events, and a trace hash of one record of 64 bytes per event. It knows no addresses, no
// faults, no processes that die, no connections that break. It is measured, and used for nothing
// else.
#pragma once

#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>

#define XXH_INLINE_ALL
#include <cxxabi.h>
#include <xxhash.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace halfwrite::bench {

class BareHeap {
 public:
  struct Entry {
    std::int64_t at;
    std::uint64_t sequence;
    std::uint32_t slot;
  };

  bool empty() const { return entries_.empty(); }
  const Entry& front() const { return entries_.front(); }

  void push(const Entry& entry) {
    std::size_t hole = entries_.size();
    entries_.push_back(entry);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (!before(entry, entries_[parent])) break;
      entries_[hole] = entries_[parent];
      hole = parent;
    }
    entries_[hole] = entry;
  }

  void pop() {
    const Entry last = entries_.back();
    entries_.pop_back();
    const std::size_t size = entries_.size();
    if (size == 0) return;
    std::size_t hole = 0;
    for (std::size_t child = 1; child < size; child = 4 * hole + 1) {
      const std::size_t end = child + 4 < size ? child + 4 : size;
      std::size_t least = child;
      while (++child < end) least = before(entries_[child], entries_[least]) ? child : least;
      if (!before(entries_[least], last)) break;
      entries_[hole] = entries_[least];
      hole = least;
    }
    entries_[hole] = last;
  }

 private:
  static bool before(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at < b.at : a.sequence < b.sequence;
  }
  std::vector<Entry> entries_;
};

class BareKernel {
 public:
  struct Message {
    std::uint64_t number;
    std::uint64_t kind;
  };

  struct Fiber {
    boost::context::fiber context;
    void* exceptions[2] = {};  // __cxa_eh_globals: those being handled, the number in flight
    std::uint32_t number = 0;
  };

  // One receiver; messages wait in it when nobody receives.
  struct Mailbox {
    std::deque<Message> messages;
    Fiber* receiver = nullptr;
  };

  using Callback = void (*)(void*);

  std::int64_t now() const { return now_; }
  std::uint64_t fired() const { return fired_; }

  template <class Body>
  void spawn(Body body) {
    Fiber& fiber = fibers_.emplace_back();
    fiber.number = static_cast<std::uint32_t>(fibers_.size());
    fiber.context =
        boost::context::fiber(std::allocator_arg, stacks_,
                              [this, body = std::move(body)](boost::context::fiber&& loop) mutable {
                                loop_ = std::move(loop);
                                body();
                                return std::move(loop_);
                              });
    at(now_, {Event::Kind::resume, 0, &fiber, {}, nullptr});
  }

  void sleep(std::int64_t nanoseconds) {
    at(now_ + nanoseconds, {Event::Kind::resume, 0, running_, {}, nullptr});
    leave();
  }

  void send(Mailbox& mailbox, Message message, std::int64_t latency) {
    at(now_ + latency, {Event::Kind::deliver, 0, &mailbox, message, nullptr});
  }

  Message receive(Mailbox& mailbox) {
    while (mailbox.messages.empty()) {
      mailbox.receiver = running_;
      leave();
    }
    const Message message = mailbox.messages.front();
    mailbox.messages.pop_front();
    return message;
  }

  void call(std::int64_t instant, Callback callback, void* argument) {
    at(instant, {Event::Kind::call, 0, argument, {}, callback});
  }

  void run() {
    thread_exceptions_ = reinterpret_cast<Words*>(abi::__cxa_get_globals());
    while (!heap_.empty()) {
      const BareHeap::Entry entry = heap_.front();
      heap_.pop();
      now_ = entry.at;
      const Event event = events_[entry.slot];
      vacant_.push_back(entry.slot);
      ++fired_;
      record(entry, event);
      fire(event);
    }
  }

  std::uint64_t hash() {
    XXH3_64bits_update(hash_.get(), trace_.data(), filled_ * sizeof(Record));
    filled_ = 0;
    return XXH3_64bits_digest(hash_.get());
  }

 private:
  struct Words {
    void* word[2];
  };
  struct Event {
    enum class Kind : std::uint32_t { resume, deliver, call } kind;
    std::uint32_t who;
    void* subject;
    Message message;
    Callback callback;
  };
  using Record = std::array<std::uint64_t, 8>;
  struct FreeState {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  static XXH3_state_t* new_hash() {
    XXH3_state_t* state = XXH3_createState();
    XXH3_64bits_reset(state);
    return state;
  }

  void at(std::int64_t instant, const Event& event) {
    std::uint32_t slot = 0;
    if (vacant_.empty()) {
      slot = static_cast<std::uint32_t>(events_.size());
      events_.push_back(event);
    } else {
      slot = vacant_.back();
      vacant_.pop_back();
      events_[slot] = event;
    }
    heap_.push({instant, sequence_++, slot});
  }

  void record(const BareHeap::Entry& entry, const Event& event) {
    trace_[filled_++] = Record{static_cast<std::uint64_t>(entry.at),
                               entry.sequence,
                               static_cast<std::uint64_t>(event.kind),
                               event.message.number,
                               event.message.kind,
                               0,
                               0,
                               0};
    if (filled_ < trace_.size()) return;
    XXH3_64bits_update(hash_.get(), trace_.data(), sizeof(trace_));
    filled_ = 0;
  }

  void fire(const Event& event) {
    switch (event.kind) {
      case Event::Kind::resume:
        enter(*static_cast<Fiber*>(event.subject));
        return;
      case Event::Kind::deliver: {
        Mailbox& mailbox = *static_cast<Mailbox*>(event.subject);
        mailbox.messages.push_back(event.message);
        if (Fiber* receiver = std::exchange(mailbox.receiver, nullptr)) enter(*receiver);
        return;
      }
      case Event::Kind::call:
        event.callback(event.subject);
        return;
    }
  }

  void enter(Fiber& fiber) {
    const Words outer = *thread_exceptions_;
    thread_exceptions_->word[0] = fiber.exceptions[0];
    thread_exceptions_->word[1] = fiber.exceptions[1];
    running_ = &fiber;
    fiber.context = std::move(fiber.context).resume();
    running_ = nullptr;
    fiber.exceptions[0] = thread_exceptions_->word[0];
    fiber.exceptions[1] = thread_exceptions_->word[1];
    *thread_exceptions_ = outer;
  }

  void leave() { loop_ = std::move(loop_).resume(); }

  boost::context::pooled_fixedsize_stack stacks_{16 * 1024, 32, 0};
  BareHeap heap_;
  std::vector<Event> events_;
  std::vector<std::uint32_t> vacant_;
  std::deque<Fiber> fibers_;  // never move
  boost::context::fiber loop_;
  Fiber* running_ = nullptr;
  Words* thread_exceptions_ = nullptr;
  std::unique_ptr<XXH3_state_t, FreeState> hash_{new_hash()};
  std::array<Record, 64> trace_;
  std::size_t filled_ = 0;
  std::int64_t now_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t fired_ = 0;
};

}  // namespace halfwrite::bench
