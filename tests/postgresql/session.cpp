#include "tests/postgresql/session.hpp"

#include <stdexcept>

namespace halfwrite::postgresql {

Connection connect(const std::string& connection_string) {
  Connection connection(PQconnectdb(connection_string.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

Session::Session(const std::string& connection_string) : connection_(connect(connection_string)) {}

std::string Session::type_name(Oid type, int modifier) {
  const std::pair<Oid, int> key{type, modifier};
  if (const auto known = type_names_.find(key); known != type_names_.end()) return known->second;
  const Result result(
      PQexec(connection_.get(), ("select pg_catalog.format_type(" + std::to_string(type) + ", " +
                                 std::to_string(modifier) + ")")
                                    .c_str()));
  std::string name = PQntuples(result.get()) == 1 ? PQgetvalue(result.get(), 0, 0) : "?";
  type_names_.emplace(key, name);
  return name;
}

Answer Session::ask(const std::string& sql) {
  const Result result(PQexec(connection_.get(), sql.c_str()));
  Answer answer;
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const char* sqlstate = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
    if (sqlstate == nullptr) throw std::runtime_error(PQerrorMessage(connection_.get()));
    answer.sqlstate = sqlstate;
    answer.message = message == nullptr ? "" : message;
    return answer;
  }
  answer.tag = PQcmdStatus(result.get());
  for (int column = 0; column < PQnfields(result.get()); ++column) {
    const Oid type = PQftype(result.get(), column);
    const int modifier = PQfmod(result.get(), column);
    answer.columns.push_back(std::string(PQfname(result.get(), column)) + " " +
                             type_name(type, modifier));
  }
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    answer.rows.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      const bool is_null = PQgetisnull(result.get(), row, column) != 0;
      answer.rows.back().push_back(is_null ? "NULL" : PQgetvalue(result.get(), row, column));
    }
  }
  return answer;
}

void Session::command(const std::string& sql) {
  const Answer answer = ask(sql);
  if (!answer.sqlstate.empty()) throw std::runtime_error(sql + ": " + answer.message);
}

}  // namespace halfwrite::postgresql
