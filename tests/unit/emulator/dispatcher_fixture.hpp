#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "emulator/service.hpp"

namespace aiokpl::emulator {

/// An answer, read.
struct Answered {
  Reply reply;
  std::string raw;
  nlohmann::json body;

  [[nodiscard]] std::string error() const { return body.value("__type", ""); }
  [[nodiscard]] std::string message() const { return body.value("message", ""); }
};

/// The service without sockets: requests go in as bytes, and the test is the clock.
class ServiceTest : public testing::Test {
 protected:
  explicit ServiceTest(Options options = {}) : service{options} {}

  Answered json(std::string_view operation, const nlohmann::json& request) {
    return send(operation, "application/x-amz-json-1.1", request.dump());
  }

  Answered cbor(std::string_view operation, const nlohmann::json& request) {
    const auto bytes = nlohmann::json::to_cbor(request);
    return send(operation, "application/x-amz-cbor-1.1", {bytes.begin(), bytes.end()});
  }

  Answered send(std::string_view operation, std::string_view type, const std::string& body) {
    const std::string target = "Kinesis_20131202." + std::string{operation};
    const std::pair<std::string_view, std::string_view> headers[] = {{"Content-Type", type}, {"X-Amz-Target", target}};
    Answered answered;
    answered.reply = service.handle({"POST", "/", headers, body}, now, scratch);
    answered.raw = scratch.answer;
    const bool readable = answered.reply.delivery == Delivery::whole && !answered.raw.empty();
    if (readable) {
      answered.body = aws::read_document(answered.raw, type).value_or(nlohmann::json{});
      EXPECT_FALSE(answered.body.is_null()) << answered.raw;
    }
    return answered;
  }

  Answered create(std::string_view name, int shards) {
    return json("CreateStream", {{"StreamName", name}, {"ShardCount", shards}});
  }

  Answered put(std::string_view key, std::string_view base64, std::string_view stream = "s") {
    return json("PutRecord", {{"StreamName", stream}, {"PartitionKey", key}, {"Data", base64}});
  }

  std::string iterator(std::string_view shard, std::string_view type, nlohmann::json more = nlohmann::json::object()) {
    more["StreamName"] = "s";
    more["ShardId"] = shard;
    more["ShardIteratorType"] = type;
    const Answered answered = json("GetShardIterator", more);
    EXPECT_EQ(answered.reply.status, 200) << answered.raw;
    return answered.body.value("ShardIterator", "");
  }

  Answered read(std::string_view from, int limit = 1'000) {
    return json("GetRecords", {{"ShardIterator", from}, {"Limit", limit}});
  }

  Service service;
  Time now{std::chrono::seconds{1'790'000'000}};
  Scratch scratch;
};

inline constexpr const char* first_shard = "shardId-000000000000";

}  // namespace aiokpl::emulator
