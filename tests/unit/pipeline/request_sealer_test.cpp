#include "pipeline/request_sealer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "records.hpp"

namespace aiokpl::pipeline::test {
namespace {

using nlohmann::json;

std::string base64_decoded(const std::string& text) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  unsigned value = 0;
  for (const char c : text) {
    if (c == '=') break;
    value = value << 6U | static_cast<unsigned>(alphabet.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(value >> bits & 0xFFU);
  }
  return bytes;
}

/// A Kinesis record as the service reads it.
struct Sent {
  std::string data;
  std::optional<std::string> partition_key;
  std::optional<std::string> explicit_hash_key;
};

class RequestSealerTest : public ::testing::TestWithParam<bool> {
 protected:
  std::vector<Sent> seal(std::span<const BatchPtr> batches, bool automatic = false, bool arn = false) {
    const codec::PutRecordsBody& body = sealer_.seal(
        batches, {.stream = {.name_or_arn = "orders", .is_arn = arn}, .json = GetParam(), .automatic = automatic});
    const std::string text = text_of({body.pieces().begin(), body.pieces().end()});
    EXPECT_EQ(text.size(), body.size());
    const json request = GetParam() ? json::parse(text) : json::from_cbor(text);
    EXPECT_EQ(request.at(arn ? "StreamARN" : "StreamName"), "orders");
    std::vector<Sent> sent;
    for (const json& record : request.at("Records")) {
      Sent& read = sent.emplace_back();
      if (GetParam()) {
        read.data = base64_decoded(record.at("Data").get<std::string>());
      } else {
        const auto& bytes = record.at("Data").get_binary();
        read.data.assign(bytes.begin(), bytes.end());
      }
      if (record.contains("PartitionKey")) read.partition_key = record["PartitionKey"];
      if (record.contains("ExplicitHashKey")) read.explicit_hash_key = record["ExplicitHashKey"];
    }
    return sent;
  }

  RequestSealer sealer_;
};

std::vector<OwnedRecord> decoded(const Sent& sent) {
  std::vector<OwnedRecord> records;
  for (const DecodedRecord& record : decode_aggregated(sent.data)) {
    const auto* text = reinterpret_cast<const char*>(record.data.data());
    records.push_back({record.partition_key, {text, record.data.size()}, record.explicit_hash_key, record.tags});
  }
  return records;
}

std::vector<OwnedRecord> varied_records(std::size_t count) {
  std::vector<OwnedRecord> records;
  for (std::size_t i = 0; i < count; ++i) {
    records.push_back(
        {.key = "user-" + std::to_string(i % 9), .data = std::string(i * 37 % 3'000, static_cast<char>(i))});
    if (i % 3 == 0) records.back().hash_key = std::to_string(1'000 + i % 4);
    if (i % 5 == 0) records.back().tags = {{"n", std::to_string(i)}, {"bare", std::nullopt}};
  }
  return records;
}

TEST_P(RequestSealerTest, ALoneRecordGoesRawUnderItsOwnKeys) {
  std::vector<BatchPtr> batches;
  batches.push_back(batch_of({{.key = "user-1", .data = "hello"}}));
  batches.push_back(batch_of({{.key = "user-2", .data = "", .hash_key = "17"}}));
  const std::vector<Sent> sent = seal(batches);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].data, "hello");
  EXPECT_EQ(sent[0].partition_key, "user-1");
  EXPECT_EQ(sent[0].explicit_hash_key, std::nullopt);
  EXPECT_EQ(sent[1].data, "");
  EXPECT_EQ(sent[1].partition_key, "user-2");
  EXPECT_EQ(sent[1].explicit_hash_key, "17");
}

TEST_P(RequestSealerTest, AnAggregateDecodesToItsRecordsAndGoesByTheFirstOnesHashKey) {
  const std::vector<OwnedRecord> records = varied_records(100);
  std::vector<BatchPtr> batches;
  batches.push_back(batch_of(records));
  const std::vector<Sent> sent = seal(batches);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].partition_key, "a");
  EXPECT_EQ(sent[0].explicit_hash_key, "1000");
  EXPECT_EQ(sent[0].data.size(), batches[0]->aggregated_size());
  EXPECT_EQ(decoded(sent[0]), records);
}

TEST_P(RequestSealerTest, ALoneRecordWithTagsIsAnAggregateOfOne) {
  const OwnedRecord record{.key = "k", .data = "d", .tags = {{"source", "web"}}};
  std::vector<BatchPtr> batches;
  batches.push_back(batch_of({record}));
  const std::vector<Sent> sent = seal(batches);
  EXPECT_EQ(sent.at(0).partition_key, "a");
  EXPECT_EQ(sent.at(0).explicit_hash_key, md5_hash_key("k").to_decimal());
  EXPECT_EQ(decoded(sent.at(0)), std::vector{record});
}

TEST_P(RequestSealerTest, KeylessRecordsCarryTheHashKeyThatPlacesThem) {
  const HashKey place{3, 4};
  std::vector<BatchPtr> batches;
  batches.push_back(batch_of({{.data = "alone"}}, 0, start, place));
  batches.push_back(batch_of({{.data = "1"}, {.key = "k", .data = "2"}}, 0, start, place));
  const std::vector<Sent> sent = seal(batches);
  EXPECT_EQ(sent.at(0).data, "alone");
  EXPECT_EQ(sent.at(0).partition_key, "a");
  EXPECT_EQ(sent.at(0).explicit_hash_key, place.to_decimal());
  EXPECT_EQ(sent.at(1).explicit_hash_key, place.to_decimal());
  EXPECT_EQ(decoded(sent.at(1)), (std::vector<OwnedRecord>{{.key = "a", .data = "1", .hash_key = place.to_decimal()},
                                                           {.key = "k", .data = "2"}}));
}

TEST_P(RequestSealerTest, OnAnAutoStreamAKeyIsSentIfGivenAndLeftOutIfNot) {
  std::vector<BatchPtr> batches;
  batches.push_back(batch_of({{.data = "keyless"}}, 0, start, HashKey{3, 4}));
  batches.push_back(batch_of({{.key = "a", .data = "keyed", .hash_key = "5"}}));
  const std::vector<Sent> sent = seal(batches, true);
  EXPECT_EQ(sent.at(0).data, "keyless");
  EXPECT_EQ(sent.at(0).partition_key, std::nullopt);
  EXPECT_EQ(sent.at(0).explicit_hash_key, std::nullopt);
  EXPECT_EQ(sent.at(1).partition_key, "a");
}

TEST_P(RequestSealerTest, TrailersOfManyAggregatesAreAllRight) {
  std::vector<BatchPtr> batches;
  std::vector<std::vector<OwnedRecord>> records;
  for (std::size_t i = 0; i < 60; ++i) {
    records.push_back(varied_records(i % 4 == 1 ? 1 : i));
    if (records.back().empty()) records.back() = {{.key = "raw", .data = std::to_string(i)}};
    batches.push_back(batch_of(records.back()));
  }
  const std::vector<Sent> sent = seal(batches);
  ASSERT_EQ(sent.size(), batches.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (batches[i]->goes_raw()) {
      EXPECT_EQ(sent[i].data, records[i][0].data);
      EXPECT_EQ(sent[i].partition_key, records[i][0].key);
    } else {
      EXPECT_EQ(decoded(sent[i]), records[i]) << i;
    }
  }
}

TEST_P(RequestSealerTest, ATrailerIsComputedOnceAndKeptWhenTheBatchIsSentAgain) {
  std::vector<BatchPtr> batches;
  batches.push_back(batch_of(varied_records(5)));
  EXPECT_FALSE(batches[0]->trailer);
  const std::vector<Sent> first = seal(batches);
  ASSERT_TRUE(batches[0]->trailer);
  // A mark shows whether it is computed again.
  batches[0]->trailer->front() ^= std::byte{0xFF};
  const std::vector<Sent> second = seal(batches);
  ASSERT_EQ(first.at(0).data.size(), second.at(0).data.size());
  EXPECT_NE(first.at(0).data, second.at(0).data);
  EXPECT_EQ(first.at(0).data.substr(0, first[0].data.size() - 16),
            second.at(0).data.substr(0, first[0].data.size() - 16));
}

TEST_P(RequestSealerTest, AStreamIsNamedByItsArnWhereThatWasGiven) {
  std::vector<BatchPtr> batches;
  batches.push_back(batch_of({{.key = "k", .data = "d"}}));
  EXPECT_EQ(seal(batches, false, true).size(), 1U);
  EXPECT_EQ(seal(batches, false, false).size(), 1U) << "a sealer serves one request after the other";
}

INSTANTIATE_TEST_SUITE_P(Protocols, RequestSealerTest, ::testing::Bool(),
                         [](const auto& protocol) { return protocol.param ? "Json" : "Cbor"; });

}  // namespace
}  // namespace aiokpl::pipeline::test
