// Assertions of this house: a broken assumption of ours ends the process with a sentence, in
// release builds too. They are never used for what a user, a scenario file or a simulated system
// can do wrong; that is a value or an error.
#pragma once

namespace halfwrite::sim {

// Prints the sentence with its place on stderr and ends the process (exit code 4 is the command
// line's "internal").
[[noreturn]] void assertion_failed(const char* condition, const char* sentence, const char* file,
                                   int line) noexcept;

}  // namespace halfwrite::sim

#define HALFWRITE_ASSERT(condition, sentence) \
  (static_cast<bool>(condition)               \
       ? static_cast<void>(0)                 \
       : ::halfwrite::sim::assertion_failed(#condition, sentence, __FILE__, __LINE__))
