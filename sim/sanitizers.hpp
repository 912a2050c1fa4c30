// What AddressSanitizer must be told when stacks are switched; nothing at all in other builds.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define HALFWRITE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HALFWRITE_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef HALFWRITE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace halfwrite::sim {

// Before leaving a stack; `fake_stack` is where its state is kept, nullptr if it ends here.
inline void start_stack_switch([[maybe_unused]] void** fake_stack,
                               [[maybe_unused]] const void* bottom,
                               [[maybe_unused]] std::size_t size) {
#ifdef HALFWRITE_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(fake_stack, bottom, size);
#endif
}

// After arriving on a stack; tells the bounds of the one that was left.
inline void finish_stack_switch([[maybe_unused]] void* fake_stack,
                                [[maybe_unused]] const void** old_bottom,
                                [[maybe_unused]] std::size_t* old_size) {
#ifdef HALFWRITE_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(fake_stack, old_bottom, old_size);
#endif
}

// Before frames are left that no exception of the language unwinds.
inline void leave_frames() {
#ifdef HALFWRITE_ADDRESS_SANITIZER
  __asan_handle_no_return();
#endif
}

inline void forget_stack([[maybe_unused]] void* bottom, [[maybe_unused]] std::size_t size) {
#ifdef HALFWRITE_ADDRESS_SANITIZER
  ASAN_UNPOISON_MEMORY_REGION(bottom, size);
#endif
}

}  // namespace halfwrite::sim
