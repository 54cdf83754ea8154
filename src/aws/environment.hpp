#pragma once

#include <functional>
#include <optional>
#include <string>

namespace aiokpl::aws {

/// Looks a variable up by name; nothing when it is not set. A parameter everywhere, so that tests bring their own.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process. A variable that is set to nothing counts as not set, as in the AWS SDKs.
[[nodiscard]] Environment process_environment();

/// Whether the variable says 1, true, yes or on, in any case.
[[nodiscard]] bool is_switched_on(const Environment& environment, const char* name);

}  // namespace aiokpl::aws
