#include <aiokpl/credentials.hpp>
#include <aiokpl/executor.hpp>
#include <aiokpl/logger.hpp>

namespace aiokpl {

// Out of line, so that these interfaces have their tables in the library and not in every user of them.
Logger::~Logger() = default;
Executor::~Executor() = default;
CredentialsProvider::~CredentialsProvider() = default;

}  // namespace aiokpl
