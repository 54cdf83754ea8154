#include "aws/kinesis_protocol.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/document.hpp"

namespace aiokpl::aws {
namespace {

using nlohmann::json;

constexpr const char* json_type = "application/x-amz-json-1.1";
constexpr const char* cbor_type = "application/x-amz-cbor-1.1";

std::string cbor(const json& document) {
  return write_document(document, WireProtocol::cbor);
}

HttpResponse answer(const json& document, WireProtocol protocol) {
  return {.status = 200,
          .content_type = std::string{content_type_of(protocol)},
          .body = write_document(document, protocol)};
}

TEST(ServiceError, IsReadFromWhateverCameBack) {
  struct Case {
    std::string name;
    HttpResponse response;
    std::string code;
    std::string message;
  };
  const std::vector<Case> cases{
      {"json",
       {.status = 400, .content_type = json_type, .body = R"({"__type":"ResourceNotFoundException","message":"No"})"},
       "ResourceNotFoundException",
       "No"},
      {"a prefix, and a capital",
       {.status = 400, .content_type = json_type, .body = R"({"__type":"com.amazon#LimitExceeded","Message":"Slow"})"},
       "LimitExceeded",
       "Slow"},
      {"cbor",
       {.status = 400, .content_type = cbor_type, .body = cbor({{"__type", "x#AccessDenied"}, {"message", "Away"}})},
       "AccessDenied",
       "Away"},
      {"cbor without a content type",
       {.status = 400, .body = cbor({{"__type", "AccessDenied"}, {"message", "Away"}})},
       "AccessDenied",
       "Away"},
      {"json without a content type",
       {.status = 400, .body = R"( {"__type":"AccessDenied","message":"Away"})"},
       "AccessDenied",
       "Away"},
      {"the type in the header",
       {.status = 403, .content_type = json_type, .error_type = "Denied:http://x#y", .body = R"({"message":"Away"})"},
       "Denied",
       "Away"},
      {"the header alone", {.status = 403, .error_type = "Denied"}, "Denied", "HTTP 403 without a message"},
      {"nothing at all", {.status = 503}, "HTTP 503", "HTTP 503 without a readable error"},
      {"a proxy's page",
       {.status = 502, .content_type = "text/html", .body = "<html>Bad gateway</html>"},
       "HTTP 502",
       "HTTP 502 without a readable error"},
      {"broken json",
       {.status = 500, .content_type = json_type, .body = R"({"__type":)"},
       "HTTP 500",
       "HTTP 500 without a readable error"},
      {"fields of other types",
       {.status = 500, .content_type = json_type, .body = R"({"__type":7,"message":null})"},
       "HTTP 500",
       "HTTP 500 without a readable error"},
      {"no object",
       {.status = 500, .content_type = json_type, .body = "[1]"},
       "HTTP 500",
       "HTTP 500 without a readable error"},
      {"a message alone",
       {.status = 500, .content_type = json_type, .body = R"({"message":"Oops"})"},
       "HTTP 500",
       "Oops"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HttpResponse response = c.response;
    response.request_id = "id-9";
    EXPECT_FALSE(is_success(response));
    const ServiceError error = read_service_error(response);
    EXPECT_EQ(error.http_status, c.response.status);
    EXPECT_EQ(error.code, c.code);
    EXPECT_EQ(error.message, c.message);
    EXPECT_EQ(error.request_id, "id-9");
  }
}

TEST(EffectiveProtocol, FollowsAwsCborDisable) {
  const auto with = [](std::optional<std::string> value) {
    return [value = std::move(value)](const char* name) {
      return std::string_view{name} == "AWS_CBOR_DISABLE" ? value : std::nullopt;
    };
  };
  EXPECT_EQ(effective_protocol(WireProtocol::cbor, with(std::nullopt)), WireProtocol::cbor);
  EXPECT_EQ(effective_protocol(WireProtocol::cbor, with("0")), WireProtocol::cbor);
  EXPECT_EQ(effective_protocol(WireProtocol::cbor, with("1")), WireProtocol::json);
  EXPECT_EQ(effective_protocol(WireProtocol::cbor, with("True")), WireProtocol::json);
  EXPECT_EQ(effective_protocol(WireProtocol::json, with(std::nullopt)), WireProtocol::json);
}

TEST(ListShards, NamesTheStreamOnTheFirstPageOnly) {
  const json filter{{"Type", "AT_LATEST"}};
  EXPECT_EQ(list_shards_document({.stream = "orders"}),
            (json{{"MaxResults", 1000}, {"StreamName", "orders"}, {"ShardFilter", filter}}));
  EXPECT_EQ(list_shards_document({.stream = "arn:aws:kinesis:r:1:stream/orders", .filter = ShardFilter::none}),
            (json{{"MaxResults", 1000}, {"StreamARN", "arn:aws:kinesis:r:1:stream/orders"}}));
  EXPECT_EQ(list_shards_document({.stream = "orders", .next_token = "more"}),
            (json{{"MaxResults", 1000}, {"NextToken", "more"}}));
}

json shard(const std::string& id, const std::string& first, const std::string& last) {
  return {{"ShardId", id},
          {"HashKeyRange", {{"StartingHashKey", first}, {"EndingHashKey", last}}},
          {"SequenceNumberRange", {{"StartingSequenceNumber", "1"}}}};
}

TEST(ListShards, ReadsAPageInBothProtocols) {
  json closed = shard("shardId-000000000001", "0", "340282366920938463463374607431768211455");
  closed["SequenceNumberRange"]["EndingSequenceNumber"] = "9";
  json child = shard("shardId-000000000002", "5", "7");
  child["ParentShardId"] = "shardId-000000000001";
  child["AdjacentParentShardId"] = "shardId-000000000000";
  child["SequenceNumberRange"]["EndingSequenceNumber"] = nullptr;
  for (const auto protocol : {WireProtocol::json, WireProtocol::cbor}) {
    std::string problem;
    const auto page = read_shard_page(answer({{"Shards", {closed, child}}, {"NextToken", "more"}}, protocol), problem);
    ASSERT_TRUE(page) << problem;
    ASSERT_EQ(page->shards.size(), 2);
    EXPECT_EQ(page->next_token, "more");
    EXPECT_EQ(page->shards[0].id, "shardId-000000000001");
    EXPECT_EQ(page->shards[0].range, (HashKeyRange{HashKey{}, HashKey::max()}));
    EXPECT_FALSE(page->shards[0].open);
    EXPECT_FALSE(page->shards[0].parent);
    EXPECT_EQ(page->shards[1].range, (HashKeyRange{HashKey{0, 5}, HashKey{0, 7}}));
    EXPECT_TRUE(page->shards[1].open) << "null is absent";
    EXPECT_EQ(page->shards[1].parent, "shardId-000000000001");
    EXPECT_EQ(page->shards[1].adjacent_parent, "shardId-000000000000");
  }
  std::string problem;
  const auto last =
      read_shard_page(answer({{"Shards", json::array()}, {"NextToken", nullptr}}, WireProtocol::json), problem);
  ASSERT_TRUE(last);
  EXPECT_FALSE(last->next_token);
}

TEST(ListShards, SaysWhatIsWrongWithAPage) {
  const std::string range = " without a valid HashKeyRange";
  const std::vector<std::pair<json, std::string>> cases{
      {json::array(), "the answer of ListShards has no Shards"},
      {{{"Shards", 7}}, "the answer of ListShards has no Shards"},
      {{{"Shards", {json::object()}}}, "the answer of ListShards has a shard without ShardId"},
      {{{"Shards", {{{"ShardId", "s"}}}}}, "the answer of ListShards has s" + range},
      {{{"Shards", {shard("s", "0", "x")}}}, "the answer of ListShards has s" + range},
      {{{"Shards", {shard("s", "8", "7")}}}, "the answer of ListShards has s" + range},
  };
  for (const auto& [document, expected] : cases) {
    std::string problem;
    EXPECT_FALSE(read_shard_page(answer(document, WireProtocol::json), problem)) << document;
    EXPECT_EQ(problem, expected);
  }
  std::string problem;
  EXPECT_FALSE(read_shard_page({.status = 200, .content_type = json_type, .body = "garbage"}, problem));
  EXPECT_EQ(problem, "the answer of ListShards is unreadable");
}

TEST(DescribeStreamSummary, ReadsWhatIsThere) {
  EXPECT_EQ(describe_stream_summary_document("orders"), (json{{"StreamName", "orders"}}));
  const json full{
      {"StreamARN", "arn:aws:x"}, {"StreamStatus", "ACTIVE"},    {"StreamModeDetails", {{"StreamMode", "ON_DEMAND"}}},
      {"OpenShardCount", 4},      {"MaxRecordSizeInKiB", 10240}, {"RecordDistributionStrategy", "AUTO"}};
  for (const auto protocol : {WireProtocol::json, WireProtocol::cbor}) {
    std::string problem;
    const auto summary = read_stream_summary(answer({{"StreamDescriptionSummary", full}}, protocol), problem);
    ASSERT_TRUE(summary) << problem;
    EXPECT_EQ(summary->arn, "arn:aws:x");
    EXPECT_EQ(summary->mode, "ON_DEMAND");
    EXPECT_EQ(summary->status, "ACTIVE");
    EXPECT_EQ(summary->open_shard_count, 4);
    EXPECT_EQ(summary->max_record_size, 10U << 20U);
    EXPECT_EQ(summary->strategy, ReportedStrategy::automatic);
  }
  std::string problem;
  const auto bare =
      read_stream_summary(answer({{"StreamDescriptionSummary", {{"StreamName", "s"}, {"MaxRecordSizeInKiB", nullptr}}}},
                                 WireProtocol::json),
                          problem);
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->max_record_size, 1U << 20U);
  EXPECT_EQ(bare->strategy, ReportedStrategy::absent);
  EXPECT_FALSE(read_stream_summary(answer({{"Other", 1}}, WireProtocol::json), problem));
  EXPECT_EQ(problem, "the answer of DescribeStreamSummary has no StreamDescriptionSummary");
}

TEST(DescribeStreamSummary, FindsTheStrategyWhereverItStands) {
  const std::vector<std::pair<json, ReportedStrategy>> cases{
      {{{"RecordDistributionStrategy", "USER_PARTITION_KEY"}}, ReportedStrategy::user_partition_key},
      {{{"RecordDistributionStrategy", {{"Strategy", "AUTO"}}}}, ReportedStrategy::automatic},
      {{{"StreamModeDetails", {{"RecordDistributionStrategy", "AUTO"}}}}, ReportedStrategy::automatic},
      {{{"RecordDistributionStrategy", "SOMETHING_NEW"}}, ReportedStrategy::absent},
      {{{"RecordDistributionStrategy", 7}}, ReportedStrategy::absent},
      {{{"StreamModeDetails", "x"}}, ReportedStrategy::absent},
  };
  for (const auto& [described, expected] : cases) {
    std::string problem;
    const auto summary =
        read_stream_summary(answer({{"StreamDescriptionSummary", described}}, WireProtocol::json), problem);
    ASSERT_TRUE(summary) << described << problem;
    EXPECT_EQ(summary->strategy, expected) << described;
  }
}

TEST(Document, BinaryIsBase64InJsonAndBytesInCbor) {
  const json document{{"Data", json::binary({0xFF, 0x00, 0x10, 0x20})}, {"PartitionKey", "k"}};
  EXPECT_EQ(write_document(document, WireProtocol::json), R"({"Data":"/wAQIA==","PartitionKey":"k"})");
  EXPECT_EQ(read_document(write_document(document, WireProtocol::cbor), WireProtocol::cbor), document);
}

TEST(Document, TextThatIsNoUtf8DoesNotThrow) {
  EXPECT_EQ(write_document({{"StreamName", "\xFF"}}, WireProtocol::json), "{\"StreamName\":\"\xEF\xBF\xBD\"}");
}

TEST(Document, CborTagsAreDropped) {
  using namespace std::string_literals;
  EXPECT_EQ(read_document("\xA1\x61t\xC1\x1B\x00\x00\x01\x98\x00\x00\x00\x00"s, WireProtocol::cbor),
            (json{{"t", 0x19800000000}}));
}

// All of these come from the network: none may exhaust the stack or read beyond the end.
TEST(Document, HostileInputIsRefused) {
  using namespace std::string_literals;
  const std::size_t deep = 4'000'000;
  for (const std::string& bytes : {""s, "\x81"s, "\xFF"s, "\x1C"s, "\x61"s, "\x7F\x61"s, "\x5F\x5F\xFF\xFF"s,
                                   "\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, "\xBB\x80\x00\x00\x00\x00\x00\x00\x00"s,
                                   "\x01\x01"s, std::string(deep, '\x81'), std::string(deep, '\x9F'),
                                   std::string(deep, '\xC1'), std::string(deep, '\xBF'), std::string(deep, '\x5F')}) {
    EXPECT_FALSE(read_document(bytes, WireProtocol::cbor)) << bytes.substr(0, 8);
  }
  EXPECT_FALSE(read_document(std::string(deep, '['), WireProtocol::json));
  EXPECT_FALSE(read_document(std::string(65, '[') + std::string(65, ']'), WireProtocol::json));
  EXPECT_TRUE(read_document(std::string(64, '[') + std::string(64, ']'), WireProtocol::json));
  EXPECT_FALSE(read_document(std::string(64, '\x81') + "\x80", WireProtocol::cbor));
  EXPECT_TRUE(read_document(std::string(63, '\x81') + "\x80", WireProtocol::cbor));
  const std::string nested = "\x9F\x01\x82\x02\x03\xBF\x61k\x5F\x41x\xFF\xFF\xF9\x00\x00\xF6\xFF"s;
  EXPECT_EQ(strip_cbor_tags(nested, 3), nested);
  EXPECT_FALSE(strip_cbor_tags("\x81\x81\x81\x00"s, 2));
  EXPECT_EQ(strip_cbor_tags("\xC1\x82\xD8\x20\x01\xDB\1\1\1\1\1\1\1\1\xC1\x02"s, 3), "\x82\x01\x02"s);
  EXPECT_FALSE(strip_cbor_tags("\x9F\xC1\xFF"s, 3)) << "a tag of nothing";
}

// nlohmann-json takes a zero byte for the end, and would let anything follow.
TEST(Document, NothingFollowsTheText) {
  using namespace std::string_literals;
  EXPECT_TRUE(read_document("{} \n", WireProtocol::json));
  for (const std::string& text : {"{} {}"s, "{}\0"s, "{}\0{}"s, "{\0}"s, "\0"s})
    EXPECT_FALSE(read_document(text, WireProtocol::json)) << text;
}

TEST(Document, TextsAreUtf8InEitherProtocol) {
  using namespace std::string_literals;
  EXPECT_FALSE(read_document("{\"a\":\"\xFF\"}", WireProtocol::json));
  for (const std::string& text :
       {"\x61\xFF"s, "\xA1\x61\xFF\x01"s, "\x7F\x61k\x61\xFF\xFF"s, "\xBF\x61k\x62\xC3(\xFF"s})
    EXPECT_FALSE(read_document(text, WireProtocol::cbor)) << text;
  EXPECT_EQ(read_document("\x62\xC3\xA4"s, WireProtocol::cbor), json("\xC3\xA4"));
  EXPECT_TRUE(read_document("\x41\xFF"s, WireProtocol::cbor)) << "bytes may be anything";
}

TEST(Document, NumbersBelow64BitsAreRefusedRatherThanChanged) {
  using namespace std::string_literals;
  EXPECT_EQ(read_document("\x3B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, WireProtocol::cbor), json(INT64_MIN));
  EXPECT_FALSE(read_document("\x3B\x80\x00\x00\x00\x00\x00\x00\x00"s, WireProtocol::cbor));
  EXPECT_FALSE(read_document("\x3B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, WireProtocol::cbor));
}

}  // namespace
}  // namespace aiokpl::aws
