#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <aiokpl/config.hpp>
#include <aiokpl/hash_key.hpp>

#include "aws/environment.hpp"
#include "aws/http_client.hpp"

namespace aiokpl::aws {

/// What the service says when it refuses a request. `code` is never empty: an answer without a readable error gets the
/// code "HTTP <status>".
struct ServiceError {
  int http_status = 0;
  std::string code;
  std::string message;
  std::string request_id;
};

/// Whether the answer is one that the operation's reader may look at.
[[nodiscard]] bool is_success(const HttpResponse& response) noexcept;
/// Reads an answer that is no success, of whatever shape.
[[nodiscard]] ServiceError read_service_error(const HttpResponse& response);

/// CBOR unless JSON was asked for, or AWS_CBOR_DISABLE is 1 or true.
[[nodiscard]] WireProtocol effective_protocol(WireProtocol configured, const Environment& environment);

/// "StreamARN" for an ARN, else "StreamName".
[[nodiscard]] std::string_view stream_field(std::string_view name_or_arn) noexcept;

struct Shard {
  std::string id = {};
  HashKeyRange range = {};
  std::optional<std::string> parent = std::nullopt;
  std::optional<std::string> adjacent_parent = std::nullopt;
  /// Takes records: it has no ending sequence number.
  bool open = true;
};

enum class ShardFilter {
  at_latest,  ///< The open shards.
  none,       ///< All within the retention period, closed ones too.
};

struct ListShardsRequest {
  std::string stream = {};  ///< Name or ARN.
  ShardFilter filter = ShardFilter::at_latest;
  /// Of the page before. It stands for the stream and the filter, which the service refuses beside it.
  std::optional<std::string> next_token = std::nullopt;
};

struct ShardPage {
  std::vector<Shard> shards = {};
  std::optional<std::string> next_token = std::nullopt;
};

/// What RecordDistributionStrategy says.
enum class ReportedStrategy { absent, user_partition_key, automatic };

struct StreamSummary {
  std::string arn = {};
  std::string mode = {};    ///< PROVISIONED or ON_DEMAND; empty when not said.
  std::string status = {};  ///< ACTIVE, CREATING, UPDATING or DELETING; empty when not said.
  /// When it was created, as the service writes it; empty when not said. Another one: another stream of the same name.
  std::string created = {};
  std::uint64_t open_shard_count = 0;
  std::uint64_t max_record_size = std::uint64_t{1} << 20;  ///< Bytes; 1 MiB when not said.
  ReportedStrategy strategy = ReportedStrategy::absent;
};

[[nodiscard]] nlohmann::json list_shards_document(const ListShardsRequest& request);
[[nodiscard]] nlohmann::json describe_stream_summary_document(std::string_view stream);

/// Nothing when the answer is unreadable or lacks what it must have; `problem` then says what.
[[nodiscard]] std::optional<ShardPage> read_shard_page(const HttpResponse& response, std::string& problem);
[[nodiscard]] std::optional<StreamSummary> read_stream_summary(const HttpResponse& response, std::string& problem);

}  // namespace aiokpl::aws
