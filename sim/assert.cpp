#include "sim/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace halfwrite::sim {

void assertion_failed(const char* condition, const char* sentence, const char* file,
                      int line) noexcept {
  std::fprintf(stderr, "halfwrite: internal error: %s\n  (%s, %s:%d)\n", sentence, condition, file,
               line);
  std::fflush(stderr);
  std::_Exit(4);
}

}  // namespace halfwrite::sim
