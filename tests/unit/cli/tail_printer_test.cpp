#include "cli/tail_printer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/compression.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string aggregate_of(std::initializer_list<Record> records) {
  const std::vector<Record> all{records};
  return std::string{DataView{encode_aggregated(all)}.text()};
}

class TailPrinterTest : public ::testing::Test {
 protected:
  std::string print(TailOutput output, std::string_view data, std::string_view key = "key",
                    const HashKeyRange& range = {}) {
    printer_.emplace(std::move(output), [this](const std::string& line) { warnings_.push_back(line); });
    std::string out;
    printer_->print(out, "shardId-000000000000", range, {.sequence_number = "17", .partition_key = key, .data = data});
    return out;
  }

  std::vector<std::string> warnings_;
  std::optional<TailPrinter> printer_;
};

TEST_F(TailPrinterTest, UnpacksAggregatesAndPrintsDataWithALineFeed) {
  const std::string two = aggregate_of({{.partition_key = "a", .data = "one"}, {.partition_key = "b", .data = "two"}});
  EXPECT_EQ(print({}, "plain"), "plain\n");
  EXPECT_EQ(print({}, two), "one\ntwo\n");
  EXPECT_EQ(print({.raw_records = true}, two), two + "\n");
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TailPrinterTest, JsonBringsBackKeysTagsAndAnyBytes) {
  const std::string awkward[] = {
      ""s, "\0"s, "\xff\xfe"s, "\"\\\n\r\t\x01\x7f"s, "\xe2\x80\xa8\xf0\x9f\x8c\x8a"s, "\xed\xa0\x80"s, "\xc0\x80"s};
  for (const std::string& data : awkward) {
    const std::vector<Tag> tags{{"source", "w\"b"}, {"flag"}};
    const std::string packed = aggregate_of({{.partition_key = "k\"\xc3\xbc\n",
                                              .data = data,
                                              .explicit_hash_key = "340282366920938463463374607431768211455",
                                              .tags = tags}});
    const std::string line = print({.json = true}, packed, "a");
    ASSERT_TRUE(line.ends_with("\n"));
    EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line a record";

    InputBatch batch;
    InputRecord record;
    std::string problem;
    ASSERT_TRUE(read_ndjson(line, batch, record, problem)) << problem << ": " << line;
    EXPECT_EQ(record.data, data);
    EXPECT_EQ(record.partition_key, "k\"\xc3\xbc\n");
    EXPECT_EQ(record.explicit_hash_key, "340282366920938463463374607431768211455");
    ASSERT_EQ(record.tags.size(), 2U);
    EXPECT_EQ(record.tags[0].key, "source");
    EXPECT_EQ(record.tags[0].value, "w\"b");
    EXPECT_EQ(record.tags[1].key, "flag");
    EXPECT_EQ(record.tags[1].value, std::nullopt);
  }
}

TEST_F(TailPrinterTest, JsonSaysWhereARecordWasFound) {
  const std::string two = aggregate_of({{.partition_key = "a", .data = "one"}, {.partition_key = "b", .data = "two"}});
  const std::string lines = print({.json = true}, two, "a");
  EXPECT_THAT(lines, HasSubstr(R"("shard_id":"shardId-000000000000","sequence_number":"17","subsequence_number":0)"));
  EXPECT_THAT(lines, HasSubstr(R"("subsequence_number":1)"));
  EXPECT_THAT(print({.json = true}, "raw"), ::testing::Not(HasSubstr("subsequence_number")));
}

TEST_F(TailPrinterTest, CountsUserRecordsNotKinesisRecords) {
  const std::string three = aggregate_of(
      {{.partition_key = "a", .data = "1"}, {.partition_key = "b", .data = "2"}, {.partition_key = "c", .data = "3"}});
  EXPECT_EQ(print({.count = 2}, three), "1\n2\n");
  EXPECT_TRUE(printer_->done());
  std::string more;
  printer_->print(more, "s", {}, {.sequence_number = "18", .data = "4"});
  EXPECT_EQ(more, "");
  EXPECT_EQ(print({.count = 4}, three), "1\n2\n3\n");
  EXPECT_EQ(printer_->wanted(), 1U);
}

TEST_F(TailPrinterTest, BrokenAggregatesArePrintedAsTheyAreWithAWarning) {
  const std::string whole = aggregate_of({{.partition_key = "a", .data = "one"}});
  for (std::size_t size = 4; size < whole.size(); ++size) {
    warnings_.clear();
    const std::string broken = whole.substr(0, size);
    EXPECT_EQ(print({}, broken), broken + "\n");
    EXPECT_THAT(warnings_, ElementsAre(HasSubstr("shardId-000000000000 17: a broken aggregate")));
  }
  std::string spoilt = whole;
  spoilt[6] = static_cast<char>(spoilt[6] ^ 0x40);
  EXPECT_EQ(print({}, spoilt), spoilt + "\n");
}

TEST_F(TailPrinterTest, ByTheRuleOfTheKclAnAggregateWithAStrangerIsLeftOutWhole) {
  const std::string mixed = aggregate_of({{.partition_key = "a", .data = "in", .explicit_hash_key = "5"},
                                          {.partition_key = "b", .data = "out", .explicit_hash_key = "500"}});
  const HashKeyRange range{{0, 0}, {0, 99}};
  EXPECT_EQ(print({.kcl = true}, mixed, "a", range), "");
  EXPECT_EQ(printer_->dropped(), 1U);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("hash key 500 is not in the shard's range")));
  printer_->finish();
  EXPECT_THAT(warnings_.back(), HasSubstr("1 aggregate left out"));
  EXPECT_EQ(print({}, mixed, "a", range), "in\nout\n");
}

TEST_F(TailPrinterTest, UnpacksCompressedRecordsInsideAndOutsideOfAggregates) {
  for (const Compression kind : {Compression::gzip, Compression::zstd}) {
    Compressor compressor{kind};
    const std::string packed = compressor.compress("some text, some text, some text");
    EXPECT_EQ(print({.decompress = true}, packed), "some text, some text, some text\n");
    EXPECT_EQ(print({}, packed), packed + "\n");
    const std::string both =
        aggregate_of({{.partition_key = "a", .data = packed}, {.partition_key = "b", .data = "x"}});
    EXPECT_EQ(print({.decompress = true}, both), "some text, some text, some text\nx\n");
  }
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TailPrinterTest, WhatOnlyLooksCompressedIsPrintedAsItIs) {
  for (const Compression kind : {Compression::gzip, Compression::zstd}) {
    Compressor compressor{kind};
    const std::string packed = compressor.compress("some text, some text, some text");
    for (std::size_t size = 4; size < packed.size(); ++size) {
      warnings_.clear();
      const std::string cut = packed.substr(0, size);
      EXPECT_EQ(print({.decompress = true}, cut), cut + "\n") << size;
      EXPECT_THAT(warnings_, ElementsAre(HasSubstr("looks compressed")));
    }
  }
}

TEST_F(TailPrinterTest, SaysOnlyTheFirstWarningsAndThenHowManyMoreThereWere) {
  print({}, "\xF3\x89\x9A\xC2 no aggregate");
  std::string out;
  for (int i = 0; i < 29; ++i)
    printer_->print(out, "s", {}, {.sequence_number = "1", .data = "\xF3\x89\x9A\xC2 no aggregate"});
  EXPECT_EQ(warnings_.size(), 20U);
  printer_->finish();
  EXPECT_THAT(warnings_.back(), HasSubstr("10 more warnings"));
}

}  // namespace
}  // namespace aiokpl::cli
