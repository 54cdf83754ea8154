#pragma once

#include <string>

#include "emulator/api_error.hpp"

namespace aiokpl::emulator {

/// A body that cannot be read, or a member of the wrong type.
[[noreturn]] inline void throw_unreadable(std::string message) {
  throw ApiError{"SerializationException", std::move(message)};
}

/// As the service says it: "NUMBER_VALUE can not be converted to a String".
[[noreturn]] inline void throw_wrong_type(const char* found, const char* wanted) {
  throw_unreadable(std::string{found} + " can not be converted to " + wanted);
}

}  // namespace aiokpl::emulator
