#include "aws/kinesis_protocol.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "aws/document.hpp"

namespace aiokpl::aws {
namespace {

using nlohmann::json;

/// The member if it is there and not null; both are how an absent field looks.
const json* find(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> text(const json& object, const char* name) {
  const json* value = find(object, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<std::uint64_t> number(const json& object, const char* name) {
  const json* value = find(object, name);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  if (!value->is_number_unsigned() && value->get<std::int64_t>() < 0) return std::nullopt;
  return value->get<std::uint64_t>();
}

/// "com.amazonaws.kinesis#ResourceNotFoundException" in a body, "ResourceNotFoundException:http://..." in a header.
std::string error_code(std::string_view type) {
  type = type.substr(0, type.find(':'));
  if (const std::size_t hash = type.rfind('#'); hash != std::string_view::npos) type.remove_prefix(hash + 1);
  return std::string{type};
}

std::optional<HashKey> hash_key(const json& range, const char* name) {
  const auto decimal = text(range, name);
  return decimal ? HashKey::from_decimal(*decimal) : std::nullopt;
}

std::optional<Shard> read_shard(const json& value, std::string& problem) {
  Shard shard;
  shard.id = text(value, "ShardId").value_or("");
  if (shard.id.empty()) {
    problem = "a shard without ShardId";
    return std::nullopt;
  }
  const json* range = find(value, "HashKeyRange");
  const auto first = range != nullptr ? hash_key(*range, "StartingHashKey") : std::nullopt;
  const auto last = range != nullptr ? hash_key(*range, "EndingHashKey") : std::nullopt;
  if (!first || !last || *last < *first) {
    problem = shard.id + " without a valid HashKeyRange";
    return std::nullopt;
  }
  shard.range = {*first, *last};
  shard.parent = text(value, "ParentShardId");
  shard.adjacent_parent = text(value, "AdjacentParentShardId");
  const json* sequence_numbers = find(value, "SequenceNumberRange");
  shard.open = sequence_numbers == nullptr || find(*sequence_numbers, "EndingSequenceNumber") == nullptr;
  return shard;
}

ReportedStrategy strategy_of(const json& value) {
  if (value.is_object()) {
    for (const auto& member : value) {
      if (const ReportedStrategy inner = strategy_of(member); inner != ReportedStrategy::absent) return inner;
    }
  }
  if (value == "AUTO") return ReportedStrategy::automatic;
  if (value == "USER_PARTITION_KEY") return ReportedStrategy::user_partition_key;
  return ReportedStrategy::absent;
}

/// Beside the mode, or inside its details: the field is new, and services that imitate Kinesis differ.
ReportedStrategy find_strategy(const json& summary) {
  constexpr const char* name = "RecordDistributionStrategy";
  if (const json* value = find(summary, name)) return strategy_of(*value);
  const json* details = find(summary, "StreamModeDetails");
  const json* value = details != nullptr ? find(*details, name) : nullptr;
  return value != nullptr ? strategy_of(*value) : ReportedStrategy::absent;
}

}  // namespace

bool is_success(const HttpResponse& response) noexcept {
  return response.status >= 200 && response.status < 300;
}

ServiceError read_service_error(const HttpResponse& response) {
  ServiceError error;
  error.http_status = response.status;
  error.request_id = response.request_id;
  const auto document = read_document(response.body, response.content_type);
  if (document) {
    auto type = text(*document, "__type");
    if (!type) type = text(*document, "code");
    error.code = error_code(type.value_or(""));
    auto message = text(*document, "message");
    if (!message) message = text(*document, "Message");
    error.message = message.value_or("");
  }
  if (error.code.empty()) error.code = error_code(response.error_type);
  const std::string status = "HTTP " + std::to_string(response.status);
  if (error.code.empty()) {
    error.code = status;
    if (error.message.empty()) error.message = status + " without a readable error";
  }
  if (error.message.empty()) error.message = status + " without a message";
  return error;
}

WireProtocol effective_protocol(WireProtocol configured, const Environment& environment) {
  return is_switched_on(environment, "AWS_CBOR_DISABLE") ? WireProtocol::json : configured;
}

std::string_view stream_field(std::string_view name_or_arn) noexcept {
  // A stream's name holds no colon.
  return name_or_arn.starts_with("arn:") ? "StreamARN" : "StreamName";
}

json list_shards_document(const ListShardsRequest& request) {
  json document{{"MaxResults", 1000}};
  if (request.next_token) {
    document["NextToken"] = *request.next_token;
    return document;
  }
  document[std::string{stream_field(request.stream)}] = request.stream;
  if (request.filter == ShardFilter::at_latest) document["ShardFilter"] = {{"Type", "AT_LATEST"}};
  return document;
}

json describe_stream_summary_document(std::string_view stream) {
  json document = json::object();
  document[std::string{stream_field(stream)}] = stream;
  return document;
}

std::optional<ShardPage> read_shard_page(const HttpResponse& response, std::string& problem) {
  const auto document = read_document(response.body, response.content_type);
  const json* shards = document ? find(*document, "Shards") : nullptr;
  if (shards == nullptr || !shards->is_array()) {
    problem = document ? "the answer of ListShards has no Shards" : "the answer of ListShards is unreadable";
    return std::nullopt;
  }
  ShardPage page;
  page.shards.reserve(shards->size());
  for (const json& value : *shards) {
    auto shard = read_shard(value, problem);
    if (!shard) {
      problem.insert(0, "the answer of ListShards has ");
      return std::nullopt;
    }
    page.shards.push_back(*std::move(shard));
  }
  page.next_token = text(*document, "NextToken");
  if (page.next_token && page.next_token->empty()) page.next_token.reset();
  return page;
}

std::optional<StreamSummary> read_stream_summary(const HttpResponse& response, std::string& problem) {
  const auto document = read_document(response.body, response.content_type);
  const json* described = document ? find(*document, "StreamDescriptionSummary") : nullptr;
  if (described == nullptr || !described->is_object()) {
    problem = document ? "the answer of DescribeStreamSummary has no StreamDescriptionSummary"
                       : "the answer of DescribeStreamSummary is unreadable";
    return std::nullopt;
  }
  StreamSummary summary;
  summary.arn = text(*described, "StreamARN").value_or("");
  summary.status = text(*described, "StreamStatus").value_or("");
  if (const json* details = find(*described, "StreamModeDetails")) {
    summary.mode = text(*details, "StreamMode").value_or("");
  }
  if (const json* created = find(*described, "StreamCreationTimestamp"); created != nullptr && created->is_number()) {
    summary.created = created->dump();
  }
  summary.open_shard_count = number(*described, "OpenShardCount").value_or(0);
  // The service gives 1024 to 10240; nothing is believed that would overflow or forbid every record.
  const auto kibibytes = number(*described, "MaxRecordSizeInKiB");
  if (kibibytes && *kibibytes > 0) summary.max_record_size = std::min<std::uint64_t>(*kibibytes, 10240) * 1024;
  summary.strategy = find_strategy(*described);
  return summary;
}

}  // namespace aiokpl::aws
