#include "cli/tail_reader.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "aws/kinesis_api.hpp"
#include "aws/kinesis_protocol.hpp"
#include "cli/connection.hpp"
#include "cli/exit_status.hpp"
#include "codec/base64.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

// The service's limits for a shard: five calls a second, 10,000 records a call.
constexpr auto between_calls = 200ms;
constexpr std::uint64_t most_records = 10'000;
// What consumers are advised to wait at the tip, where they share those five calls.
constexpr auto at_tip = 1000ms;
constexpr auto longest_pause = 5000ms;
// The service ends a closed shard by giving no iterator; an imitation that forgets to must not hold us for ever.
constexpr std::uint32_t enough_empty = 10;

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::int64_t milliseconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// A record's bytes. In CBOR they stand as they are; an imitation of the service may keep JSON's base64 there, too.
std::optional<std::string> data_of(const Json& record) {
  const auto found = record.find("Data");
  if (found == record.end()) return std::nullopt;
  if (found->is_string()) return codec::from_base64(found->get_ref<const std::string&>());
  if (!found->is_binary()) return std::nullopt;
  const auto& bytes = found->get_binary();
  return std::string{bytes.begin(), bytes.end()};
}

std::optional<WallTime> time_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const std::chrono::duration<double, std::milli> time{found->get<double>()};
  if (!(time >= 0ms && time < std::chrono::hours{24 * 365 * 200})) return std::nullopt;
  return WallTime{std::chrono::duration_cast<WallTime::duration>(time)};
}

WalkShard read_shard(const Json& given) {
  WalkShard shard{.id = text_of(given, "ShardId")};
  const auto range = given.find("HashKeyRange");
  if (range != given.end() && range->is_object()) {
    const auto first = HashKey::from_decimal(text_of(*range, "StartingHashKey"));
    const auto last = HashKey::from_decimal(text_of(*range, "EndingHashKey"));
    if (first && last) shard.range = {*first, *last};
  }
  for (const char* name : {"ParentShardId", "AdjacentParentShardId"}) {
    if (std::string parent = text_of(given, name); !parent.empty()) shard.parents.push_back(std::move(parent));
  }
  // The same fact as a child tells it.
  if (const auto parents = given.find("ParentShards"); parents != given.end() && parents->is_array()) {
    for (const Json& parent : *parents) {
      if (parent.is_string()) shard.parents.push_back(parent.get<std::string>());
    }
  }
  const auto numbers = given.find("SequenceNumberRange");
  shard.closed = numbers != given.end() && numbers->is_object() && !text_of(*numbers, "EndingSequenceNumber").empty();
  return shard;
}

std::vector<WalkShard> read_shards(const Json& answer, const char* name) {
  std::vector<WalkShard> shards;
  const auto list = answer.find(name);
  if (list == answer.end() || !list->is_array()) return shards;
  for (const Json& given : *list) {
    if (WalkShard shard = read_shard(given); given.is_object() && !shard.id.empty()) {
      shards.push_back(std::move(shard));
    }
  }
  return shards;
}

}  // namespace

bool may_pass(const aws::ServiceError& error) noexcept {
  return error.http_status >= 500 || error.code.find("Throttl") != std::string::npos ||
         error.code == "ProvisionedThroughputExceededException" || error.code == "LimitExceededException";
}

ShardReader::ShardReader(std::string stream, ShardToRead shard, std::optional<WallTime> since)
    : stream_{std::move(stream)}, shard_{std::move(shard)}, since_{since} {}

ReadStep ShardReader::step(const ServiceCall& call, const Take& take, std::optional<std::uint64_t> limit,
                           WallTime now) {
  const bool without_iterator = iterator_.empty();
  try {
    ReadStep step = without_iterator ? get_iterator(call, now) : get_records(call, take, limit);
    if (step.kind != ReadStep::Kind::failed) failures_ = 0;
    return step;
  } catch (const aws::ServiceException& refused) {
    const aws::ServiceError& error = refused.error();
    if (error.code == "ExpiredIteratorException" && !without_iterator) {
      iterator_.clear();
      return {};
    }
    if (error.code == "ResourceNotFoundException") return {.kind = ReadStep::Kind::gone};
    const char* const operation = without_iterator ? "GetShardIterator" : "GetRecords";
    if (may_pass(error)) return failed(explain(operation, refused));
    throw CommandError{ExitStatus::nothing_done, explain(operation, refused)};
  } catch (const aws::CredentialsException& missing) {
    throw CommandError{ExitStatus::nothing_done, missing.what()};
  } catch (const aws::TransportException& error) {
    return failed(error.what());
  }
}

ReadStep ShardReader::get_iterator(const ServiceCall& call, WallTime now) {
  Json request{{aws::stream_field(stream_), stream_}, {"ShardId", shard_.id}};
  if (!last_sequence_number_.empty()) {
    request["ShardIteratorType"] = "AFTER_SEQUENCE_NUMBER";
    request["StartingSequenceNumber"] = last_sequence_number_;
  } else if (since_ && shard_.begin != Begin::oldest) {
    request["ShardIteratorType"] = "AT_TIMESTAMP";
    request["Timestamp"] = milliseconds_of(*since_);
  } else {
    request["ShardIteratorType"] = shard_.begin == Begin::latest ? "LATEST" : "TRIM_HORIZON";
  }
  iterator_ = text_of(call("GetShardIterator", request), "ShardIterator");
  if (iterator_.empty()) return failed("GetShardIterator answered without ShardIterator");
  // Should this iterator expire before a record was seen, another LATEST would pass over what came meanwhile.
  if (shard_.begin == Begin::latest && !since_) since_ = now;
  return {};
}

ReadStep ShardReader::get_records(const ServiceCall& call, const Take& take, std::optional<std::uint64_t> limit) {
  Json request{{"ShardIterator", iterator_}};
  // An aggregate holds one user record at least.
  request["Limit"] = std::clamp<std::uint64_t>(limit.value_or(most_records), 1, most_records);
  if (stream_.starts_with("arn:")) request["StreamARN"] = stream_;
  const Json answer = call("GetRecords", request);
  const auto records = answer.find("Records");
  if (records == answer.end() || !records->is_array()) return failed("GetRecords answered without Records");
  return read_answer(answer, take);
}

ReadStep ShardReader::read_answer(const Json& answer, const Take& take) {
  const Json& records = answer.at("Records");
  std::vector<std::string> data;
  for (const Json& record : records) {
    std::optional<std::string> bytes = record.is_object() ? data_of(record) : std::nullopt;
    if (!bytes) return failed("GetRecords answered with a record whose Data is unreadable");
    data.push_back(*std::move(bytes));
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Json& record = records[i];
    const std::string sequence_number = text_of(record, "SequenceNumber");
    const std::string key = text_of(record, "PartitionKey");
    take({.sequence_number = sequence_number,
          .partition_key = key.empty() ? std::nullopt : std::optional<std::string_view>{key},
          .data = data[i],
          .arrival = time_of(record, "ApproximateArrivalTimestamp")});
    last_sequence_number_ = sequence_number;
  }
  iterator_ = text_of(answer, "NextShardIterator");
  if (iterator_.empty()) return {.kind = ReadStep::Kind::end, .children = read_shards(answer, "ChildShards")};
  const auto behind = answer.find("MillisBehindLatest");
  const bool at_the_tip = behind != answer.end() && behind->is_number() && behind->get<double>() <= 0;
  empty_ = records.empty() ? empty_ + 1 : 0;
  // Where a service does not say how far behind we are, an empty answer has to do.
  if (at_the_tip || (behind == answer.end() && records.empty())) return tip();
  return {.kind = ReadStep::Kind::more, .pause = between_calls};
}

ReadStep ShardReader::tip() {
  if (!shard_.closed) return {.kind = ReadStep::Kind::tip, .pause = empty_ > 0 ? at_tip : between_calls};
  if (empty_ >= enough_empty) return {.kind = ReadStep::Kind::end};
  return {.kind = ReadStep::Kind::more, .pause = between_calls};
}

ReadStep ShardReader::failed(std::string problem) {
  const auto pause =
      std::min<std::chrono::milliseconds>(longest_pause, between_calls * (1U << std::min(failures_, 5U)));
  ++failures_;
  return {.kind = ReadStep::Kind::failed, .pause = pause, .problem = std::move(problem)};
}

std::vector<WalkShard> list_shards(const ServiceCall& call, const std::string& stream) {
  std::vector<WalkShard> shards;
  Json request = aws::list_shards_document({.stream = stream, .filter = aws::ShardFilter::none});
  for (;;) {
    const Json answer = call("ListShards", request);
    if (!answer.is_object() || !answer.contains("Shards")) {
      throw CommandError{ExitStatus::nothing_done, "the answer of ListShards has no Shards"};
    }
    for (WalkShard& shard : read_shards(answer, "Shards"))
      shards.push_back(std::move(shard));
    const std::string token = text_of(answer, "NextToken");
    if (token.empty()) return shards;
    request = aws::list_shards_document({.next_token = token});
  }
}

}  // namespace aiokpl::cli
