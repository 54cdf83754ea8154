#pragma once

#include <cstdint>
#include <memory>

#include <aiokpl/config.hpp>

#include "aws/kinesis_client.hpp"
#include "pipeline/stream_pipeline.hpp"

namespace aiokpl::detail {

/// The largest record that any stream takes: MaxRecordSizeInKiB goes up to 10,240.
inline constexpr std::uint64_t largest_record = 10'485'760;

/// What of the configuration concerns a stream's pipeline.
[[nodiscard]] pipeline::StreamSettings stream_settings(const Config& config, pipeline::SystemTime system_time);

/// The client for the configured endpoint, credentials and protocol. Throws ConfigError when there is no region.
[[nodiscard]] std::unique_ptr<aws::KinesisClient> make_client(const Config& config);

}  // namespace aiokpl::detail
