#pragma once

#include <cstdint>

#include <aiokpl/config.hpp>

#include "aws/environment.hpp"
#include "aws/kinesis_client.hpp"
#include "pipeline/stream_pipeline.hpp"

namespace aiokpl::detail {

/// The largest record that any stream takes: MaxRecordSizeInKiB goes up to 10,240.
inline constexpr std::uint64_t largest_record = 10'485'760;

/// What of the configuration concerns a stream's pipeline.
[[nodiscard]] pipeline::StreamSettings stream_settings(const Config& config, pipeline::SystemTime system_time);

/// The client of the configured endpoint, credentials and protocol. Asks the instance for the
/// region where nothing else names one. Throws ConfigError when there is none, or something is wrong with a proxy or
/// with the authorities.
[[nodiscard]] aws::ClientOptions client_options(const Config& config, const aws::Environment& environment);

}  // namespace aiokpl::detail
