#include "codec/put_records_answer.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/codec/bytes.hpp"

namespace aiokpl::codec {
namespace {

using nlohmann::json;
using testing::Bytes;
using testing::bytes_of;
using testing::from_hex;

/// The bytes alone in memory, so that a sanitizer sees a read beyond them.
Bytes exact(Piece bytes) {
  return {bytes.begin(), bytes.end()};
}

Bytes cbor_of(const json& value) {
  const std::vector<std::uint8_t> bytes = json::to_cbor(value);
  return exact(std::as_bytes(std::span{bytes}));
}

const json typical = json::parse(R"({
  "EncryptionType": "KMS",
  "FailedRecordCount": 1,
  "Extra": {"deep": [1, -2, 3.5, 1e300, true, null, {"x": []}]},
  "Records": [
    {"SequenceNumber": "4956", "ShardId": "shardId-000000000012"},
    {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded", "SequenceNumber": null},
    {"ShardId": "shardId-000000000000", "ErrorCode": null, "Later": "field", "SequenceNumber": "4957"}
  ]})");

void expect_typical(const PutRecordsAnswer& answer) {
  EXPECT_EQ(answer.failed_record_count(), 1);
  ASSERT_EQ(answer.records().size(), 3);
  EXPECT_EQ(answer.records()[0].sequence_number, "4956");
  EXPECT_EQ(answer.records()[0].shard_id, "shardId-000000000012");
  EXPECT_EQ(answer.records()[0].error_code, "");
  EXPECT_EQ(answer.records()[1].error_code, "ProvisionedThroughputExceededException");
  EXPECT_EQ(answer.records()[1].error_message, "Rate exceeded");
  EXPECT_EQ(answer.records()[1].sequence_number, "");
  EXPECT_EQ(answer.records()[2].shard_id, "shardId-000000000000");
  EXPECT_EQ(answer.records()[2].sequence_number, "4957");
}

TEST(PutRecordsAnswer, ReadsATypicalAnswerInBothProtocols) {
  PutRecordsAnswer answer;
  const Bytes cbor = cbor_of(typical);
  ASSERT_TRUE(answer.parse_cbor(cbor)) << answer.reason();
  expect_typical(answer);
  for (const int indent : {-1, 2}) {
    const std::string text = typical.dump(indent);
    ASSERT_TRUE(answer.parse_json(bytes_of(text))) << answer.reason();
    expect_typical(answer);
  }
}

TEST(PutRecordsAnswer, ViewsPointIntoTheBody) {
  PutRecordsAnswer answer;
  const Bytes cbor = cbor_of(typical);
  ASSERT_TRUE(answer.parse_cbor(cbor));
  const auto* const id = reinterpret_cast<const std::byte*>(answer.records()[0].shard_id.data());
  EXPECT_GE(id, cbor.data());
  EXPECT_LT(id, cbor.data() + cbor.size());
}

TEST(PutRecordsAnswer, EveryTruncationIsUnreadable) {
  PutRecordsAnswer answer;
  const Bytes cbor = cbor_of(typical);
  const std::string text = typical.dump();
  for (std::size_t size = 0; size < cbor.size(); ++size) {
    EXPECT_FALSE(answer.parse_cbor(exact(Piece{cbor}.first(size)))) << size;
    EXPECT_EQ(answer.reason(), "the CBOR is truncated") << size;
    EXPECT_TRUE(answer.records().empty());
  }
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(answer.parse_json(exact(bytes_of(text).first(size)))) << size;
    EXPECT_EQ(answer.reason(), "the JSON is truncated") << text.substr(0, size);
  }
}

TEST(PutRecordsAnswer, EscapesOfJson) {
  const std::string text =
      R"({"Records":[{"ErrorCode":"\u0041\"\\\/\b\f\n\r\t","ErrorMessage":"\u00fc\u65E5\ud83d\ude00 \ud83d \ud83dx)"
      R"(\udE00\ud83d\ud83d\ude00 \ud83d\u0041","Sh\u0061rdId":"s"}]})";
  PutRecordsAnswer answer;
  const Bytes body = exact(bytes_of(text));
  ASSERT_TRUE(answer.parse_json(body)) << answer.reason();
  ASSERT_EQ(answer.records().size(), 1);
  EXPECT_EQ(answer.records()[0].error_code, "A\"\\/\b\f\n\r\t");
  EXPECT_EQ(answer.records()[0].error_message, "\u00fc\u65e5\U0001F600 \uFFFD \uFFFDx\uFFFD\uFFFD\U0001F600 \uFFFDA");
  EXPECT_EQ(answer.records()[0].shard_id, "s");
}

TEST(PutRecordsAnswer, IndefiniteLengthsAndTagsOfCbor) {
  // A tagged map without end: chunked key "Records", an array without end, a map without end with a chunked value,
  // a tagged text, a key that is no text; then floats of each size, an unknown simple value, chunked bytes.
  const Bytes good = from_hex(
      "d9d9f7 bf"
      "7f 63526563 636f7264 6173 ff 9f"
      "bf 67 53686172644964 7f 6173 60 6178 ff 69 4572726f72436f6465 c1c2 6165 01 820102 ff"
      "ff"
      "6161 f93c00 6162 fa3f800000 6163 fb3ff0000000000000 6164 f8ff 6165 5f 4101 4102 ff 6166 9f bf ff ff"
      "71 4661696c65645265636f7264436f756e74 1a00010000"
      "ff");
  PutRecordsAnswer answer;
  ASSERT_TRUE(answer.parse_cbor(good)) << answer.reason();
  ASSERT_EQ(answer.records().size(), 1);
  EXPECT_EQ(answer.records()[0].shard_id, "sx");
  EXPECT_EQ(answer.records()[0].error_code, "e");
  EXPECT_EQ(answer.failed_record_count(), 65'536);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(answer.parse_cbor(exact(Piece{good}.first(size)))) << size;
  }
}

struct Rejection {
  std::string body;
  std::string reason;
};

TEST(PutRecordsAnswer, RejectsBrokenJsonAndSaysWhy) {
  const Rejection rejections[] = {
      {"[]", "something else stands where an object should"},
      {"{}", "the answer has no Records"},
      {R"({"FailedRecordCount":0})", "the answer has no Records"},
      {R"({"Records":null})", "something else stands where an array should"},
      {R"({"Records":{}})", "something else stands where an array should"},
      {R"({"Records":[1]})", "something else stands where an object should"},
      {R"({"Records":[{"ShardId":1}]})", "something else stands where text should"},
      {R"({"Records":[]}x)", "something follows the JSON"},
      {R"({"Records":[],})", "something else stands where text should"},
      {R"({"Records":[{},]})", "something else stands where an object should"},
      {R"({"Records":[{}{}]})", "a comma is missing"},
      {R"({"Records" []})", "a colon is missing"},
      {R"({"FailedRecordCount":"1","Records":[]})", "the JSON has a value of no known kind"},
      {R"({"FailedRecordCount":-1,"Records":[]})", "something else stands where a count should"},
      {R"({"FailedRecordCount":1.5,"Records":[]})", "something else stands where a count should"},
      {R"({"FailedRecordCount":18446744073709551616,"Records":[]})", "something else stands where a count should"},
      {R"({"x":01,"Records":[]})", "a comma is missing"},
      {R"({"x":.5,"Records":[]})", "the JSON has a value of no known kind"},
      {R"({"x":nul,"Records":[]})", "the JSON has a value of no known kind"},
      {R"({"x":"\q","Records":[]})", "a text has an unknown escape"},
      {R"({"x":"\u12g4","Records":[]})", "a text has an unknown escape"},
      {"{\"x\":\"a\nb\",\"Records\":[]}", "a text has a control character"},
      {"{\"x\":\"\\n\x01\",\"Records\":[]}", "a text has a control character"},
      {"{\"Records\":[{\"ShardId\":\"\xC0\x80\"}]}", "a text is not UTF-8"},
      {R"({"x":)" + std::string(40, '[') + "1" + std::string(40, ']') + "}", "the JSON is nested too deeply"},
  };
  PutRecordsAnswer answer;
  for (const Rejection& rejection : rejections) {
    EXPECT_FALSE(answer.parse_json(exact(bytes_of(rejection.body)))) << rejection.body;
    EXPECT_EQ(answer.reason(), rejection.reason) << rejection.body;
    EXPECT_TRUE(answer.records().empty());
  }
}

TEST(PutRecordsAnswer, RejectsBrokenCborAndSaysWhy) {
  const std::string records = "675265636f726473";
  const Rejection rejections[] = {
      {"80", "something else stands where a map should"},
      {"a0", "the answer has no Records"},
      {"a1" + records + "f6", "something else stands where an array should"},
      {"a1" + records + "8101", "something else stands where a map should"},
      {"a1" + records + "81a1 6753686172644964 01", "something else stands where text should"},
      {"a1" + records + "81a1 6753686172644964 62c080", "a text is not UTF-8"},
      {"a1" + records + "80 00", "something follows the CBOR"},
      {"a1 71 4661696c65645265636f7264436f756e74 20", "something else stands where a count should"},
      {"a1 6161 ff", "a CBOR break stands where a value should"},
      {"bf 6161 ff", "a CBOR break stands where a value should"},
      {"a1 6161 1c", "a CBOR head is reserved"},
      {"a1 6161 1f", "a CBOR number has no length"},
      {"a1 6161 df 01", "a CBOR number has no length"},
      {"a1 6161 5f 6161 ff", "a CBOR string has a chunk of another type"},
      {"a1 7f 4161 ff 01", "a CBOR string has a chunk of another type"},
      {"a1 7f 7f6161ff ff 01", "a CBOR string has a chunk of another type"},
      {"a1 6161 5bffffffffffffffff 00", "the CBOR is truncated"},
      {"bbffffffffffffffff", "the CBOR is truncated"},
      {"a1" + records + "9bffffffffffffffff", "the CBOR is truncated"},
  };
  PutRecordsAnswer answer;
  for (const Rejection& rejection : rejections) {
    EXPECT_FALSE(answer.parse_cbor(from_hex(rejection.body))) << rejection.body;
    EXPECT_EQ(answer.reason(), rejection.reason) << rejection.body;
  }
  Bytes deep = from_hex("a1 6161");
  deep.insert(deep.end(), 100'000, std::byte{0x81});
  EXPECT_FALSE(answer.parse_cbor(deep));
  EXPECT_EQ(answer.reason(), "the CBOR is nested too deeply");
}

TEST(PutRecordsAnswer, AnyChangedAnswerIsReadOrRefused) {
  std::mt19937_64 random{9};
  PutRecordsAnswer answer;
  const Bytes cbor = cbor_of(typical);
  const Bytes text = exact(bytes_of(typical.dump()));
  const auto changed = [&](const Bytes& original) {
    Bytes bytes = original;
    for (std::size_t left = 1 + random() % 4; left != 0; --left) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    return exact(Piece{bytes}.first(bytes.size() - (random() % 2 == 0 ? 0 : random() % bytes.size())));
  };
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    const bool cbor_read = answer.parse_cbor(changed(cbor));
    EXPECT_EQ(cbor_read, answer.reason().empty());
    const bool json_read = answer.parse_json(changed(text));
    EXPECT_EQ(json_read, answer.reason().empty());
    refused += cbor_read && json_read ? 0 : 1;
  }
  EXPECT_GT(refused, 1'000);
}

TEST(PutRecordsAnswer, GarbageIsUnreadable) {
  std::mt19937_64 random{13};
  PutRecordsAnswer answer;
  for (int round = 0; round < 20'000; ++round) {
    const Bytes bytes = testing::random_bytes(random, random() % 100);
    EXPECT_FALSE(answer.parse_cbor(bytes));
    EXPECT_FALSE(answer.parse_json(bytes));
  }
}

TEST(PutRecordsAnswer, IsReusable) {
  PutRecordsAnswer answer;
  EXPECT_FALSE(answer.parse_json(bytes_of("garbage")));
  const std::string text = typical.dump();
  ASSERT_TRUE(answer.parse_json(bytes_of(text)));
  EXPECT_EQ(answer.reason(), "");
  expect_typical(answer);
  ASSERT_TRUE(answer.parse_json(bytes_of(R"({"Records":[]})")));
  EXPECT_TRUE(answer.records().empty());
  EXPECT_EQ(answer.failed_record_count(), 0);
}

}  // namespace
}  // namespace aiokpl::codec
