#include "cli/stream_service.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <thread>

#include <nlohmann/json.hpp>

#include "cli/connection.hpp"
#include "cli/exit_status.hpp"
#include "cli/text.hpp"

namespace aiokpl::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// Together some six seconds, which outlasts any limit per second.
constexpr std::array pauses_when_throttled{200ms, 400ms, 800ms, 1600ms, 3200ms};
// DescribeStreamSummary may be called 20 times a second by a whole account; a real stream takes 10 to 60 s.
constexpr std::chrono::nanoseconds first_pause = 100ms;
constexpr std::chrono::nanoseconds longest_pause = 2s;
constexpr const char* gone = "gone";

bool asked_too_often(const aws::ServiceError& error) {
  constexpr std::array<std::string_view, 3> codes{"LimitExceededException", "ThrottlingException",
                                                  "ProvisionedThroughputExceededException"};
  return std::ranges::find(codes, error.code) != codes.end();
}

aws::Shard to_shard(const json& from) {
  aws::Shard shard;
  shard.id = from.at("ShardId").get<std::string>();
  const json& range = from.at("HashKeyRange");
  const auto first = HashKey::from_decimal(range.at("StartingHashKey").get<std::string>());
  const auto last = HashKey::from_decimal(range.at("EndingHashKey").get<std::string>());
  if (!first || !last) throw CommandError{ExitStatus::nothing_done, "ListShards: " + shard.id + " has no hash keys"};
  shard.range = {*first, *last};
  const auto text = [&](const char* name) -> std::optional<std::string> {
    const auto found = from.find(name);
    if (found == from.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  };
  shard.parent = text("ParentShardId");
  shard.adjacent_parent = text("AdjacentParentShardId");
  const auto numbers = from.find("SequenceNumberRange");
  shard.open = numbers == from.end() || !numbers->contains("EndingSequenceNumber") ||
               numbers->at("EndingSequenceNumber").is_null();
  return shard;
}

[[noreturn]] void unreadable(std::string_view operation, const json::exception& problem) {
  throw CommandError{ExitStatus::nothing_done,
                     "the answer of " + std::string{operation} + " is no such answer: " + problem.what()};
}

}  // namespace

json stream_request(const std::string& stream) {
  return {{std::string{aws::stream_field(stream)}, stream}};
}

void StreamService::change(std::string_view operation, const json& request) {
  static_cast<void>(call_service(api_, operation, request));
}

json StreamService::read(std::string_view operation, const json& request) {
  for (const auto pause : pauses_when_throttled) {
    try {
      return api_.call(operation, request);
    } catch (const aws::ServiceException& refused) {
      if (!asked_too_often(refused.error())) {
        throw CommandError{ExitStatus::nothing_done, explain(operation, refused)};
      }
    } catch (const aws::TransportException&) {
      break;  // the last try says what is wrong
    }
    std::this_thread::sleep_for(pause);
  }
  return call_service(api_, operation, request);
}

std::vector<json> StreamService::streams() try {
  std::vector<json> all;
  json request{{"Limit", 1000}};
  for (;;) {
    const json answer = read("ListStreams", request);
    // Services that imitate Kinesis may know names only.
    const bool names_only = answer.value("StreamSummaries", json::array()).empty();
    for (const json& name : answer.at("StreamNames")) {
      if (names_only) all.push_back({{"StreamName", name}});
    }
    for (const json& stream : answer.value("StreamSummaries", json::array()))
      all.push_back(stream);
    if (!answer.value("HasMoreStreams", false) || all.empty()) return all;
    request["ExclusiveStartStreamName"] = all.back().at("StreamName");
  }
} catch (const json::exception& problem) {
  unreadable("ListStreams", problem);
}

json StreamService::summary(const std::string& stream) try {
  return read("DescribeStreamSummary", stream_request(stream)).at("StreamDescriptionSummary");
} catch (const json::exception& problem) {
  unreadable("DescribeStreamSummary", problem);
}

std::vector<aws::Shard> StreamService::shards(const std::string& stream) try {
  std::vector<aws::Shard> all;
  json request = stream_request(stream);
  for (;;) {
    const json answer = read("ListShards", request);
    for (const json& shard : answer.at("Shards"))
      all.push_back(to_shard(shard));
    const auto token = answer.find("NextToken");
    if (token == answer.end() || !token->is_string()) return all;
    request = json{{"NextToken", *token}};
  }
} catch (const json::exception& problem) {
  unreadable("ListShards", problem);
}

std::string StreamService::status_of(const std::string& stream) try {
  const json answer = api_.call("DescribeStreamSummary", stream_request(stream));
  return answer.at("StreamDescriptionSummary").at("StreamStatus").get<std::string>();
} catch (const aws::ServiceException& refused) {
  if (refused.error().code == "ResourceNotFoundException") return gone;
  if (asked_too_often(refused.error())) return "unknown";
  throw CommandError{ExitStatus::nothing_done, explain("DescribeStreamSummary", refused)};
} catch (const aws::TransportException& failed) {
  throw CommandError{ExitStatus::nothing_done, std::string{"DescribeStreamSummary: "} + failed.what()};
} catch (const json::exception& problem) {
  unreadable("DescribeStreamSummary", problem);
}

void StreamService::wait_until(const std::string& stream, Awaited awaited, std::chrono::nanoseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    const std::string status = status_of(stream);
    if (status == (awaited == Awaited::deleted ? gone : "ACTIVE")) return;
    if (status == gone && awaited == Awaited::changed) {
      throw CommandError{ExitStatus::some_failed, "stream " + stream + " was deleted meanwhile"};
    }
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= 0ns) {
      throw CommandError{ExitStatus::some_failed, "stream " + stream + " is still " + status + " after " +
                                                      show_seconds(timeout) + "; it goes on by itself"};
    }
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(pause, left));
  }
}

}  // namespace aiokpl::cli
