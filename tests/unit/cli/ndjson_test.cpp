#include "cli/ndjson.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aiokpl::cli {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

// What stands on a line that was written, read again.
InputRecord read_back(const std::string& line, InputBatch& batch) {
  EXPECT_TRUE(line.ends_with("\n"));
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  InputRecord record;
  std::string problem;
  EXPECT_TRUE(read_ndjson(line, batch, record, problem)) << problem << ": " << line;
  return record;
}

TEST(Ndjson, EveryRecordComesBackAsItWas) {
  const std::vector<Tag> tags{{.key = "source", .value = "web"}, {.key = "flag"}};
  const std::string every_byte = [] {
    std::string all;
    for (int i = 0; i < 256; ++i)
      all += static_cast<char>(i);
    return all;
  }();
  const std::vector<std::string> payloads{
      ""s, "plain", "\"quoted\" \\ \n\t\x01", "\xc3\xa4\xe2\x82\xac", "\xff\xfe"s, "\0"s, every_byte};
  for (const std::string& data : payloads) {
    for (const bool keyed : {true, false}) {
      InputRecord record{.data = data, .tags = tags};
      if (keyed) record.partition_key = data;
      if (keyed) record.explicit_hash_key = "340282366920938463463374607431768211455";
      std::string line;
      append_failed(line, record, {"Expired", "too late", 3});
      InputBatch batch;
      const InputRecord again = read_back(line, batch);
      EXPECT_EQ(again.data, data);
      EXPECT_EQ(again.partition_key, record.partition_key);
      EXPECT_EQ(again.explicit_hash_key, record.explicit_hash_key);
      ASSERT_EQ(again.tags.size(), 2U);
      EXPECT_EQ(again.tags[0].key, "source");
      EXPECT_EQ(again.tags[0].value, "web");
      EXPECT_EQ(again.tags[1].value, std::nullopt);
    }
  }
}

TEST(Ndjson, TextStaysTextAndOtherBytesAreBase64) {
  std::string text;
  append_found(text, {.partition_key = "k", .data = "h\xc3\xa4"}, {.shard_id = "s", .sequence_number = "1"});
  EXPECT_EQ(text, "{\"partition_key\":\"k\",\"data\":\"h\xc3\xa4\",\"shard_id\":\"s\",\"sequence_number\":\"1\"}\n");
  std::string bytes;
  append_found(bytes, {.data = "\xff"}, {.shard_id = "s", .sequence_number = "1", .subsequence_number = 4});
  EXPECT_EQ(bytes,
            "{\"data_base64\":\"/w==\",\"shard_id\":\"s\",\"sequence_number\":\"1\",\"subsequence_number\":4}\n");
}

TEST(Ndjson, ErrorsAreWholeJsonWhateverTheServiceSays) {
  std::string line;
  append_failed(line, {.data = "x"}, {"Code", "broken \xff text", 1});
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["error"]["code"], "Code");
  EXPECT_EQ(json["error"]["attempts"], 1);
}

TEST(Ndjson, RefusesWhatItCannotKeep) {
  const std::vector<std::pair<const char*, const char*>> cases{{"{", "no JSON"},
                                                               {"7", "object"},
                                                               {"{}", "neither data"},
                                                               {R"({"data":7})", "data must be text"},
                                                               {R"({"data":"a","data_base64":"YQ=="})", "exclude"},
                                                               {R"({"data_base64":"YQ"})", "base64"},
                                                               {R"({"data_base64":"YR=="})", "base64"},
                                                               {R"({"data_base64":7})", "base64"},
                                                               {R"({"data":"a","partition_key":1})", "partition_key"},
                                                               {R"({"data":"a","tags":{"a":"b"}})", "tags"},
                                                               {R"({"data":"a","tags":[{"value":"b"}]})", "tags"}};
  for (const auto& [line, word] : cases) {
    InputBatch batch;
    InputRecord record;
    std::string problem;
    EXPECT_FALSE(read_ndjson(line, batch, record, problem)) << line;
    EXPECT_THAT(problem, HasSubstr(word)) << line;
  }
}

// nlohmann-json takes a zero byte for the end: what follows would be lost without a word.
TEST(Ndjson, AZeroByteIsNoEnd) {
  for (const std::string& line : {"{\"data\":\"a\"}\0"s, "{\"data\":\"a\"}\0{\"data\":\"lost\"}"s}) {
    InputBatch batch;
    InputRecord record;
    std::string problem;
    EXPECT_FALSE(read_ndjson(line, batch, record, problem));
    EXPECT_THAT(problem, HasSubstr("no JSON"));
  }
  EXPECT_EQ(read_unreadable("{\"unreadable\":\"a\"}\0lost"s), std::nullopt);
}

TEST(Ndjson, PassesOverUnknownFieldsAndNulls) {
  InputBatch batch;
  InputRecord record;
  std::string problem;
  EXPECT_TRUE(
      read_ndjson(R"({"data":"a","partition_key":null,"tags":null,"shard_id":"s","x":[1]})", batch, record, problem));
  EXPECT_EQ(record.partition_key, std::nullopt);
}

TEST(Ndjson, UnreadableInputIsKeptButIsNoRecord) {
  for (const std::string& bytes : {"{broken"s, "\xff\0"s}) {
    std::string line;
    append_unreadable(line, bytes, {"Unreadable", "why"});
    EXPECT_EQ(read_unreadable(line), bytes);
    InputBatch batch;
    InputRecord record;
    std::string problem;
    EXPECT_FALSE(read_ndjson(line, batch, record, problem));
  }
  EXPECT_EQ(read_unreadable(R"({"data":"a"})"), std::nullopt);
}

}  // namespace
}  // namespace aiokpl::cli
