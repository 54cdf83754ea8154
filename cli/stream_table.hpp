#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "aws/kinesis_protocol.hpp"

/// Streams as people and as programs read them. `summary` is what DescribeStreamSummary says.
namespace aiokpl::cli {

[[nodiscard]] std::string stream_as_text(const nlohmann::json& summary, const std::vector<aws::Shard>& shards);
/// One JSON document.
[[nodiscard]] std::string stream_as_json(const nlohmann::json& summary, const std::vector<aws::Shard>& shards);
/// A line for each: name, status and mode, as far as ListStreams tells them.
[[nodiscard]] std::string streams_as_text(const std::vector<nlohmann::json>& streams);

}  // namespace aiokpl::cli
