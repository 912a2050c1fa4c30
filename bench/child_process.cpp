#include "bench/child_process.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace halfwrite::bench {

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

std::optional<Usage> in_child_process(const std::function<std::uint64_t()>& work) {
  // What the parent no longer uses would count as the child's.
  malloc_trim(0);
  int ends[2];
  if (pipe(ends) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    const std::uint64_t result = work();
    const bool told = write(ends[1], &result, sizeof result) == sizeof result;
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  Usage usage;
  const bool told = read(ends[0], &usage.result, sizeof usage.result) == sizeof usage.result;
  close(ends[0]);
  int status = 0;
  rusage resources{};
  if (wait4(child, &status, 0, &resources) != child || status != 0 || !told) return std::nullopt;
  usage.cpu_seconds = seconds(resources.ru_utime) + seconds(resources.ru_stime);
  usage.peak_bytes = static_cast<std::uint64_t>(resources.ru_maxrss) * 1024;
  return usage;
}

}  // namespace halfwrite::bench
