#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aiokpl::aws {

/// Looks a variable up by name; nothing when it is not set. A parameter everywhere, so that tests bring their own.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process. A variable that is set to nothing counts as not set, as in the AWS SDKs.
[[nodiscard]] Environment process_environment();

/// 1, true, yes or on; 0, false, no or off; in any case. Nothing for what says neither.
[[nodiscard]] std::optional<bool> read_switch(std::string_view text);

/// Whether the variable says 1, true, yes or on, in any case.
[[nodiscard]] bool is_switched_on(const Environment& environment, const char* name);

}  // namespace aiokpl::aws
