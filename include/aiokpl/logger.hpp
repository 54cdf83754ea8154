#pragma once

#include <string_view>

#include <aiokpl/export.hpp>

namespace aiokpl {

enum class LogLevel { debug, info, warning, error };

/// Where the library's words go. Calls come from the library's own threads, one at a time for each producer; a
/// message never holds a secret or a record's data. Exceptions are caught and counted.
class AIOKPL_EXPORT Logger {
 public:
  virtual ~Logger();
  virtual void log(LogLevel level, std::string_view message) = 0;
};

}  // namespace aiokpl
