// Texts about a statement for stories and messages: its command's name, and its text with the
// values of its variables put in. Pure functions.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/statement.hpp"

#include <string>
#include <string_view>

namespace halfwrite::database {

// "UPDATE", "LOCK TABLE": as PostgreSQL names the command.
std::string_view command_name(const sql::Statement& statement);

// What a read only transaction must not execute, as PostgreSQL names it: "UPDATE", "SELECT FOR
// SHARE"; empty if it may.
std::string_view writing_command(const sql::Statement& statement);

// The statement in one line, variables replaced by literals, cut where it is longer than a line of
// a story can show.
std::string text_with_values(const sql::Statement& statement, const sql::Parameters& parameters);

}  // namespace halfwrite::database
