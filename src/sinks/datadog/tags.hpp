#pragma once

#include <string>
#include <string_view>

#include <aiokpl/metrics.hpp>

// Names and tags as Datadog keeps them. It would change them by itself; done here, two series that it would take for
// one are seen to be one.
namespace aiokpl::sinks {

inline constexpr std::size_t longest_tag = 200;  // characters

/// Lower-case (of ASCII), the first character a letter, what is not allowed an underscore, never two of those in a row
/// and none at the end, no more than 200 characters. Empty when nothing is left.
[[nodiscard]] std::string normalize_tag(std::string_view tag);

/// "stream_name:orders". Empty when nothing is left.
[[nodiscard]] std::string tag_of(const MetricDimension& dimension);

/// ASCII letters, digits, '_' and '.', everything else an underscore; no more than 200 characters.
[[nodiscard]] std::string normalize_metric_name(std::string_view name);

}  // namespace aiokpl::sinks
