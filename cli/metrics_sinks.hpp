#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <aiokpl/metrics.hpp>

namespace aiokpl::cli {

/// What --metrics-sink takes, for its help and its errors.
inline constexpr std::string_view metrics_sink_forms =
    "stderr, cloudwatch[:NAMESPACE], opentelemetry[:URL], datadog[:SITE] or prometheus[:[ADDRESS:]PORT]";

/// The sink that such a text names; what it leaves open comes from the environment. Throws CommandError (usage).
[[nodiscard]] std::shared_ptr<MetricsSink> make_metrics_sink(const std::string& text);

/// A line for people: "UserRecordsPut StreamName=orders 1200".
[[nodiscard]] std::string show_snapshot(const MetricSnapshot& snapshot);

}  // namespace aiokpl::cli
