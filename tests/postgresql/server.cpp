#include "tests/postgresql/server.hpp"

#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace halfwrite::postgresql {

namespace {

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin";

// Starts the server, then reads until whoever started it closes the socket or dies, by whatever
// signal; then stops the server and removes the folder. What follows the folder and the place of
// the programs is the command that runs them as another user: PostgreSQL refuses to run as root.
constexpr const char* kGuardian = R"(
exec 2>/dev/null
trap '' PIPE
folder=$1
programs=$2
shift 2
{ [ $# -eq 0 ] || chown postgres "$folder"; } &&
  "$@" "$programs/initdb" -D "$folder/data" -U postgres -A trust -N --locale=C -E UTF8 \
    </dev/null >"$folder/initdb.log" 2>&1 &&
  "$@" "$programs/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-c listen_addresses='' \
    -c port=5432 -c unix_socket_directories='$folder' -c fsync=off -c autovacuum=off -c jit=off \
    -c timezone=UTC -c max_prepared_transactions=100" start </dev/null >/dev/null 2>&1 &&
  echo started || tail -n 5 "$folder/initdb.log" "$folder/log"
cat >/dev/null
"$@" "$programs/pg_ctl" -D "$folder/data" -w -m immediate stop </dev/null >/dev/null 2>&1
rm -rf "$folder"
)";

// A process of its own session, so that an interrupt typed at the tests does not end it, with the
// socket as its input and output.
pid_t spawn_guardian(const std::string& folder, int socket) {
  std::vector<std::string> words = {"sh", "-c", kGuardian, "guardian", folder, kPrograms};
  if (geteuid() == 0) words.insert(words.end(), {"runuser", "-u", "postgres", "--"});
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, socket, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t process = -1;
  const int failed =
      posix_spawn(&process, "/bin/sh", &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return failed == 0 ? process : -1;
}

// What comes until the end of a line that says it started, or until the end.
std::string answer_from(int socket) {
  std::string answer;
  char byte = 0;
  while (answer != "started\n") {
    const ssize_t count = read(socket, &byte, 1);
    if (count == 0 || (count < 0 && errno != EINTR)) break;
    if (count == 1) answer += byte;
    // It failed, and said so: let it clean up, which ends what there is to read.
    if (answer.size() == std::strlen("started\n") && answer != "started\n") {
      shutdown(socket, SHUT_WR);
    }
  }
  return answer;
}

}  // namespace

Server::Server() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "halfwrite-postgresql-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  int sockets[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    std::filesystem::remove_all(folder_);
    throw std::runtime_error("no socket to the guardian of PostgreSQL");
  }
  socket_ = sockets[0];
  guardian_ = spawn_guardian(folder_, sockets[1]);
  close(sockets[1]);
  const std::string answer = guardian_ < 0 ? "no shell" : answer_from(socket_);
  if (answer == "started\n") return;
  stop();
  std::filesystem::remove_all(folder_);
  throw std::runtime_error("PostgreSQL 15 did not start: " + answer);
}

Server::~Server() {
  stop();
}

void Server::stop() {
  close(socket_);
  if (guardian_ < 0) return;
  while (waitpid(guardian_, nullptr, 0) < 0 && errno == EINTR) continue;
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
