#include "tests/postgresql/server.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace halfwrite::postgresql {

namespace {

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";

// PostgreSQL refuses to run as root.
std::string as_server_user(const std::string& command) {
  if (geteuid() != 0) return command + " >/dev/null 2>&1";
  return "runuser -u postgres -- " + command + " >/dev/null 2>&1";
}

void must_succeed(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

Server::Server() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "halfwrite-postgresql-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  try {
    if (geteuid() == 0) must_succeed("chown postgres " + folder_);
    const std::string data = folder_ + "/data";
    must_succeed(as_server_user(std::string(kPrograms) + "initdb -D " + data +
                                " -U postgres -A trust -N --locale=C -E UTF8"));
    must_succeed(as_server_user(std::string(kPrograms) + "pg_ctl -D " + data + " -w -l " + folder_ +
                                "/log -o \"-c listen_addresses='' -c port=5432 -c "
                                "unix_socket_directories=" +
                                folder_ +
                                " -c fsync=off -c autovacuum=off -c jit=off -c timezone=UTC\" "
                                "start"));
    started_ = true;
  } catch (...) {
    std::filesystem::remove_all(folder_);
    throw;
  }
}

Server::~Server() {
  if (!started_) return;
  const std::string stop = as_server_user(std::string(kPrograms) + "pg_ctl -D " + folder_ +
                                          "/data -w -m immediate stop");
  if (std::system(stop.c_str()) == 0) std::filesystem::remove_all(folder_);
}

std::string Server::connection_string() const {
  return "host=" + folder_ + " port=5432 user=postgres dbname=postgres";
}

bool is_left_out() {
  return setting("HALFWRITE_WITHOUT_POSTGRESQL", 0) == 1;
}

unsigned long long setting(const char* variable, unsigned long long otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace halfwrite::postgresql
