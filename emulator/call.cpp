#include "emulator/call.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "codec/base64.hpp"
#include "emulator/api_error.hpp"
#include "pipeline/random.hpp"

namespace aiokpl::emulator {
namespace {

constexpr std::array<std::pair<std::string_view, Operation>, 14> operations{{
    {"CreateStream", create_stream},
    {"DeleteStream", delete_stream},
    {"DescribeStream", describe_stream},
    {"DescribeStreamSummary", describe_stream_summary},
    {"GetRecords", get_records},
    {"GetShardIterator", get_shard_iterator},
    {"ListShards", list_shards},
    {"ListStreams", list_streams},
    {"MergeShards", merge_shards},
    {"SplitShard", split_shard},
    {"UpdateMaxRecordSize", update_max_record_size},
    {"UpdateShardCount", update_shard_count},
    {"UpdateStreamMode", update_stream_mode},
    {"UpdateStreamRecordDistributionStrategy", update_record_distribution_strategy},
}};

constexpr char separator = '\x1F';

// Not a secret: it tells a token made here from text that merely decodes.
std::string check_of(std::string_view text) {
  std::uint64_t state = text.size();
  for (const char c : text)
    state = pipeline::Random{state ^ static_cast<unsigned char>(c)}.next();
  return std::to_string(state);
}

// arn:aws:kinesis:us-east-1:000000000000:stream/name
std::optional<std::string_view> name_of_arn(std::string_view arn) {
  std::array<std::string_view, 5> parts;
  for (auto& part : parts) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  const bool account = parts[4].size() == 12 &&
                       std::all_of(parts[4].begin(), parts[4].end(), [](char c) { return c >= '0' && c <= '9'; });
  if (parts[0] != "arn" || !parts[1].starts_with("aws") || parts[2] != "kinesis" || !account) return std::nullopt;
  if (!arn.starts_with("stream/")) return std::nullopt;
  arn.remove_prefix(7);
  if (!is_name(arn)) return std::nullopt;
  return arn;
}

}  // namespace

Operation find_operation(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(operations.begin(), operations.end(), [&](const auto& entry) { return entry.first == name; });
  return found == operations.end() ? nullptr : found->second;
}

std::string stream_arn(std::string_view region, std::string_view name) {
  const std::string_view partition = region.starts_with("cn-")       ? "aws-cn"
                                     : region.starts_with("us-gov-") ? "aws-us-gov"
                                                                     : "aws";
  return "arn:" + std::string{partition} + ":kinesis:" + std::string{region} + ':' + account_id + ":stream/" +
         std::string{name};
}

std::string_view resolve_stream(std::optional<std::string_view> name, std::optional<std::string_view> arn,
                                Violations& violations) {
  if (name) violations.stream_name(*name, "streamName");
  if (!arn) return name.value_or("");
  const auto named = name_of_arn(*arn);
  if (!named) {
    violations.add(arn, "streamARN",
                   "Member must satisfy regular expression pattern: arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+");
    return {};
  }
  if (name && name != named) {
    throw ApiError{"InvalidArgumentException", "StreamName and StreamARN do not name the same stream."};
  }
  return *named;
}

void require_stream(std::string_view resolved) {
  if (!resolved.empty()) return;
  throw ApiError{"InvalidArgumentException", "Either StreamName or StreamARN must be provided."};
}

std::string_view stream_parameter(const Call& call, Violations& violations) {
  const std::string* const name = call.parameters.text("StreamName");
  const std::string* const arn = call.parameters.text("StreamARN");
  return resolve_stream(name == nullptr ? std::nullopt : std::optional<std::string_view>{*name},
                        arn == nullptr ? std::nullopt : std::optional<std::string_view>{*arn}, violations);
}

std::string_view arn_parameter(const Call& call, Violations& violations) {
  const std::string_view arn = required_text(call, "StreamARN", "streamARN", violations);
  return arn.empty() ? arn : resolve_stream(std::nullopt, arn, violations);
}

std::string_view required_text(const Call& call, std::string_view member, std::string_view path,
                               Violations& violations) {
  const std::string* const value = call.parameters.text(member);
  if (value != nullptr) return *value;
  violations.add_null(path);
  return {};
}

std::int64_t limited(const Call& call, std::string_view member, std::string_view path, std::int64_t absent,
                     std::int64_t most, Violations& violations) {
  const auto value = call.parameters.integer(member);
  if (value) violations.range(*value, path, 1, most);
  return value.value_or(absent);
}

void write_shard(AnswerWriter& answer, const ShardFacts& facts) {
  answer.begin_map().key("ShardId").text(shard_id(facts.number));
  if (facts.parent) answer.key("ParentShardId").text(shard_id(*facts.parent));
  if (facts.adjacent_parent) answer.key("AdjacentParentShardId").text(shard_id(*facts.adjacent_parent));
  answer.key("HashKeyRange").begin_map();
  answer.key("StartingHashKey").text(facts.range.first.to_decimal());
  answer.key("EndingHashKey").text(facts.range.last.to_decimal()).end_map();
  answer.key("SequenceNumberRange").begin_map();
  answer.key("StartingSequenceNumber").text(facts.starting_sequence_number().text());
  if (!facts.open()) answer.key("EndingSequenceNumber").text(facts.ending_sequence_number().text());
  answer.end_map().end_map();
}

std::string make_token(const std::vector<std::string>& fields) {
  std::string plain;
  for (const std::string& field : fields) {
    plain += field;
    plain += separator;
  }
  plain += check_of(plain);
  std::string token;
  codec::append_base64(plain, token);
  return token;
}

std::optional<std::vector<std::string>> read_token(std::string_view token) {
  const auto plain = codec::from_base64(token);
  if (!plain) return std::nullopt;
  const std::size_t last = plain->rfind(separator);
  if (last == std::string::npos || plain->substr(last + 1) != check_of(std::string_view{*plain}.substr(0, last + 1))) {
    return std::nullopt;
  }
  std::vector<std::string> fields;
  for (std::size_t start = 0; start <= last;) {
    const std::size_t end = plain->find(separator, start);
    fields.push_back(plain->substr(start, end - start));
    start = end + 1;
  }
  return fields;
}

std::uint64_t number_field(std::string_view field) noexcept {
  std::uint64_t value = 0;
  std::from_chars(field.data(), field.data() + field.size(), value);
  return value;
}

}  // namespace aiokpl::emulator
