// What a program may say and this room does not run. Whoever reads programs asks before a world is
// built, so that an author gets a sentence; a deployment asserts it again. Pure.
#pragma once

#include "models/service/program.hpp"

#include <string>

namespace halfwrite::service {

// Why this room does not run the operation, as a sentence; empty when it does.
std::string refusal_of(const Operation& operation);

}  // namespace halfwrite::service
