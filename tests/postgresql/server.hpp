// A PostgreSQL 15 that the tests start themselves, on a unix socket in a temporary folder, as an
// unprivileged user, and stop at the end. A guardian process stops it and removes its folder even
// when the tests are ended by a signal. It never touches a server that was there before.
#pragma once

#include <sys/types.h>

#include <string>

namespace halfwrite::postgresql {

class Server {
 public:
  // Throws std::runtime_error with the reason when it cannot be started.
  Server();
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // What libpq needs to reach it as its superuser.
  std::string connection_string() const;

 private:
  void stop();

  std::string folder_;
  int socket_ = -1;
  pid_t guardian_ = -1;
};

// HALFWRITE_WITHOUT_POSTGRESQL=1: the tests that ask a real PostgreSQL are left out, and say so.
// Without it a missing PostgreSQL is a failure.
bool is_left_out();

// The value of an environment variable that makes a random suite longer or another one.
unsigned long long setting(const char* variable, unsigned long long otherwise);

}  // namespace halfwrite::postgresql
