// One connection to a real PostgreSQL, asked one statement at a time.
#pragma once

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::postgresql {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

// Throws std::runtime_error with the server's message.
Connection connect(const std::string& connection_string);

struct Answer {
  std::string sqlstate;  // empty: it succeeded
  std::string message;
  std::string tag;
  std::vector<std::string> columns;            // "name type", as psql's \gdesc shows them
  std::vector<std::vector<std::string>> rows;  // NULL as a bare word
};

class Session {
 public:
  explicit Session(const std::string& connection_string);

  Answer ask(const std::string& sql);
  // Throws std::runtime_error when the statement fails.
  void command(const std::string& sql);

 private:
  std::string type_name(Oid type, int modifier);

  Connection connection_;
  std::map<std::pair<Oid, int>, std::string> type_names_;
};

}  // namespace halfwrite::postgresql
