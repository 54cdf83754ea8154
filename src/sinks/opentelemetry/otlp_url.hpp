#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aiokpl::sinks {

enum class UrlUse {
  base,      ///< /v1/metrics is added.
  as_it_is,  ///< Nothing is added.
};

/// Where requests go, by the setting of that name. What is wrong goes to the problems, without the parts of a URL that
/// may hold a secret.
[[nodiscard]] std::string metrics_url(std::string_view field, const std::string& value, UrlUse use,
                                      std::vector<std::string>& problems);

}  // namespace aiokpl::sinks
