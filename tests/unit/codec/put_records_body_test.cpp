#include "codec/put_records_body.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/codec/bytes.hpp"

namespace aiokpl::codec {
namespace {

using nlohmann::json;
using testing::Bytes;

/// An independent, slow base64.
std::string base64_of(const Bytes& bytes) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const std::byte byte : bytes) {
    for (int bit = 7; bit >= 0; --bit)
      bits += (static_cast<unsigned>(byte) >> bit & 1) != 0 ? '1' : '0';
  }
  while (bits.size() % 6 != 0)
    bits += '0';
  std::string text;
  for (std::size_t at = 0; at < bits.size(); at += 6)
    text += alphabet[std::stoul(bits.substr(at, 6), nullptr, 2)];
  while (text.size() % 4 != 0)
    text += '=';
  return text;
}

struct Source {
  Bytes data;
  std::vector<Piece> pieces;
  std::string partition_key;
  bool has_partition_key = true;
  std::string explicit_hash_key;

  [[nodiscard]] Entry entry() const {
    return {pieces, data.size(), partition_key, has_partition_key, explicit_hash_key};
  }
};

class PutRecordsBodyTest : public ::testing::Test {
 protected:
  void add(std::size_t size, std::string key, std::string explicit_hash_key = {}) {
    Source source{.data = testing::random_bytes(random_, size),
                  .pieces = {},
                  .partition_key = std::move(key),
                  .explicit_hash_key = std::move(explicit_hash_key)};
    source.pieces = testing::random_pieces(random_, source.data, 1 + size / 2);
    sources_.push_back(std::move(source));
  }

  [[nodiscard]] std::vector<Entry> entries() const {
    std::vector<Entry> all;
    for (const Source& source : sources_)
      all.push_back(source.entry());
    return all;
  }

  [[nodiscard]] Bytes joined_body() const {
    Bytes bytes = testing::joined(body_.pieces());
    EXPECT_EQ(bytes.size(), body_.size());
    return bytes;
  }

  /// What a parser should see; `data` says how the protocol shows bytes.
  template <typename Data>
  json expected(const std::string& stream_field, const std::string& stream, Data data) const {
    json records = json::array();
    for (const Source& source : sources_) {
      json record{{"Data", data(source.data)}};
      if (source.has_partition_key) record["PartitionKey"] = source.partition_key;
      if (!source.explicit_hash_key.empty()) record["ExplicitHashKey"] = source.explicit_hash_key;
      records.push_back(std::move(record));
    }
    return {{stream_field, stream}, {"Records", std::move(records)}};
  }

  void expect_cbor(StreamReference stream, const std::string& field) {
    body_.encode_cbor(stream, entries());
    EXPECT_EQ(json::from_cbor(joined_body()), expected(field, std::string{stream.name_or_arn}, [](const Bytes& data) {
                const auto* const bytes = reinterpret_cast<const std::uint8_t*>(data.data());
                return json::binary({bytes, bytes + data.size()});
              }));
  }

  void expect_json(StreamReference stream, const std::string& field) {
    body_.encode_json(stream, entries());
    EXPECT_EQ(json::parse(testing::text_of(joined_body())),
              expected(field, std::string{stream.name_or_arn}, base64_of));
  }

  std::mt19937_64 random_{5};
  std::vector<Source> sources_;
  PutRecordsBody body_;
};

TEST_F(PutRecordsBodyTest, CborByteForByte) {
  const Bytes data = testing::from_hex("00ff");
  const std::vector<Piece> pieces{Piece{data}.first(1), Piece{data}.subspan(1)};
  const std::vector<Entry> one{{pieces, 2, "k", true, "7"}};
  body_.encode_cbor({"s", false}, one);
  EXPECT_EQ(testing::to_hex(joined_body()),
            "a2"
            "6a53747265616d4e616d65"
            "6173"
            "675265636f726473"
            "81"
            "a3"
            "6444617461"
            "42"
            "00ff"
            "6c506172746974696f6e4b6579"
            "616b"
            "6f4578706c69636974486173684b6579"
            "6137");
  EXPECT_EQ(body_.pieces()[1].data(), data.data()) << "data is handed on, not copied";
}

TEST_F(PutRecordsBodyTest, JsonByteForByte) {
  const Bytes data = testing::from_hex("00ff");
  const std::vector<Piece> pieces{data};
  const std::vector<Entry> two{{pieces, 2, "k", true, "7"}, {{}, 0, {}, false, {}}};
  body_.encode_json({"arn:x", true}, two);
  EXPECT_EQ(
      testing::text_of(joined_body()),
      R"({"StreamARN":"arn:x","Records":[{"Data":"AP8=","PartitionKey":"k","ExplicitHashKey":"7"},{"Data":""}]})");
}

TEST_F(PutRecordsBodyTest, ParsersReadTheSame) {
  for (const std::size_t size : {0, 1, 2, 3, 5, 6, 7, 8, 23, 24, 255, 256, 300, 65'535, 65'536}) {
    add(size, "key-" + std::to_string(size), size % 2 == 0 ? std::to_string(size) : "");
  }
  add(10, "");
  sources_.back().has_partition_key = false;
  expect_cbor({"stream", false}, "StreamName");
  expect_json({"stream", false}, "StreamName");
  expect_cbor({"arn:aws:kinesis:us-east-1:123456789012:stream/s", true}, "StreamARN");
  expect_json({"arn:aws:kinesis:us-east-1:123456789012:stream/s", true}, "StreamARN");
}

TEST_F(PutRecordsBodyTest, AwkwardKeysSurvive) {
  std::string controls;
  for (char c = 1; c < 0x20; ++c)
    controls += c;
  for (const std::string& key : {std::string{"\"\\/"}, controls, std::string(256, '\x01'),
                                 std::string{"Z\u00fcrich \u65e5"}, std::string("\0", 1), std::string{"\x7F"}}) {
    add(4, key);
  }
  expect_cbor({"stream", false}, "StreamName");
  expect_json({"stream", false}, "StreamName");
}

TEST_F(PutRecordsBodyTest, IsReusable) {
  expect_cbor({"stream", false}, "StreamName");
  for (int i = 0; i < 500; ++i)
    add(static_cast<std::size_t>(i), "key-" + std::to_string(i), std::to_string(i));
  expect_cbor({"stream", false}, "StreamName");
  expect_json({"stream", false}, "StreamName");
  sources_.resize(3);
  expect_json({"stream", false}, "StreamName");
  expect_cbor({"stream", false}, "StreamName");
  body_.clear();
  EXPECT_EQ(body_.size(), 0);
  EXPECT_TRUE(body_.pieces().empty());
}

}  // namespace
}  // namespace aiokpl::codec
