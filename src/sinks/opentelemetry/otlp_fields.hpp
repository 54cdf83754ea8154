#pragma once

#include <cstdint>

/// The field numbers of OpenTelemetry's protocol, by message, as far as this library writes and reads them.
namespace aiokpl::sinks::field {

namespace request {
inline constexpr std::uint32_t resource_metrics = 1;
}
namespace resource_metrics {
inline constexpr std::uint32_t resource = 1;
inline constexpr std::uint32_t scope_metrics = 2;
}  // namespace resource_metrics
namespace resource {
inline constexpr std::uint32_t attributes = 1;
}
namespace scope_metrics {
inline constexpr std::uint32_t scope = 1;
inline constexpr std::uint32_t metrics = 2;
}  // namespace scope_metrics
namespace scope {
inline constexpr std::uint32_t name = 1;
inline constexpr std::uint32_t version = 2;
}  // namespace scope
namespace metric {
inline constexpr std::uint32_t name = 1;
inline constexpr std::uint32_t description = 2;
inline constexpr std::uint32_t unit = 3;
inline constexpr std::uint32_t gauge = 5;
inline constexpr std::uint32_t sum = 7;
inline constexpr std::uint32_t histogram = 9;
}  // namespace metric
// The same in Gauge, Sum and Histogram.
namespace data {
inline constexpr std::uint32_t points = 1;
inline constexpr std::uint32_t aggregation = 2;
inline constexpr std::uint32_t monotonic = 3;
}  // namespace data
namespace point {
inline constexpr std::uint32_t start = 2;
inline constexpr std::uint32_t time = 3;
}  // namespace point
namespace number_point {
inline constexpr std::uint32_t as_double = 4;
inline constexpr std::uint32_t as_int = 6;
inline constexpr std::uint32_t attributes = 7;
}  // namespace number_point
namespace histogram_point {
inline constexpr std::uint32_t count = 4;
inline constexpr std::uint32_t sum = 5;
inline constexpr std::uint32_t bucket_counts = 6;
inline constexpr std::uint32_t explicit_bounds = 7;
inline constexpr std::uint32_t attributes = 9;
inline constexpr std::uint32_t min = 11;
inline constexpr std::uint32_t max = 12;
}  // namespace histogram_point
namespace key_value {
inline constexpr std::uint32_t key = 1;
inline constexpr std::uint32_t value = 2;
inline constexpr std::uint32_t string_value = 1;  // of AnyValue
}  // namespace key_value

// Of answers.
namespace export_response {
inline constexpr std::uint32_t partial_success = 1;
}
namespace partial_success {
inline constexpr std::uint32_t rejected_data_points = 1;
inline constexpr std::uint32_t error_message = 2;
}  // namespace partial_success
namespace status {
inline constexpr std::uint32_t message = 2;
}

}  // namespace aiokpl::sinks::field
