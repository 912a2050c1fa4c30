// Words of a shell: a command that a report prints works when it is pasted. It runs nothing.
#pragma once

#include <string>
#include <string_view>

namespace halfwrite::reports {

// The text as one word of a POSIX shell: as it is where nothing in it means more than itself, else
// in single quotes.
std::string shell_word(std::string_view text);

}  // namespace halfwrite::reports
