// The entrance that libFuzzer calls: one program per target, whose name and function the
// build gives.
#include "sim/assert.hpp"
#include "tests/fuzz/libfuzzer/json_mutation.hpp"
#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// In place of the house's own, which ends the process quietly: libFuzzer keeps the input of what
// aborts.
void halfwrite::sim::assertion_failed(const char* condition, const char* sentence, const char* file,
                                      int line) noexcept {
  std::fprintf(stderr, "broken: %s (%s, %s:%d)\n", sentence, condition, file, line);
  std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  halfwrite::fuzz::HALFWRITE_FUZZ_RUN({reinterpret_cast<const char*>(data), size});
  return 0;
}

// Bytes break JSON nearly always and then only its reader is tried: half of the mutations move
// whole tokens and values.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned int seed) {
  const bool is_json = std::string_view(HALFWRITE_FUZZ_NAME) != "sql";
  if (!is_json || seed % 3 == 0) return LLVMFuzzerMutate(data, size, most);
  const std::string mutated = halfwrite::fuzz::mutate_json(
      {reinterpret_cast<const char*>(data), size}, seed / 3, [&](std::string word) {
        const std::size_t length = word.size();
        word.resize(length + 16);
        word.resize(
            LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(word.data()), length, word.size()));
        return word;
      });
  if (mutated.empty() || mutated.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, mutated.data(), mutated.size());
  return mutated.size();
}
