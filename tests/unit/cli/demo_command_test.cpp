#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "cli/demo_compare.hpp"
#include "cli/demo_run.hpp"
#include "cli/demo_text.hpp"

namespace aiokpl::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<DemoRecord> some_records() {
  return demo_records("one\ntwo\n\nlast without an end", 2);
}

TEST(DemoRecords, AreTheTextsLinesUnderKeysOfTheirOwn) {
  const auto records = some_records();

  ASSERT_EQ(records.size(), 8U);
  EXPECT_EQ(records[0].data + records[1].data + records[2].data + records[3].data, "one\ntwo\n\nlast without an end");
  EXPECT_EQ(records[5].key, "copy-2-line-2");
  EXPECT_EQ(records[5].data, "two\n");
}

TEST(DemoText, IsInTheProgram) {
  EXPECT_EQ(demo_text().substr(0, 3), "I\n\n");
  EXPECT_THAT(std::string{demo_text()}, HasSubstr("Shall I compare thee to a summer's day?\n"));
  EXPECT_EQ(demo_text().substr(demo_text().size() - 2), ".\n");
  EXPECT_GT(demo_records(demo_text(), 1).size(), 300U);
}

TEST(DemoComparison, TheSameInAnyOrderIsIdentical) {
  auto read = some_records();
  std::swap(read.front(), read.back());

  const auto found = compare(some_records(), read);

  EXPECT_TRUE(found.identical());
  EXPECT_EQ(found.duplicates, 0U);
  EXPECT_EQ(found.example, std::nullopt);
}

TEST(DemoComparison, FindsWhatIsMissing) {
  auto read = some_records();
  read.erase(read.begin() + 2, read.begin() + 4);

  const auto found = compare(some_records(), read);

  EXPECT_FALSE(found.identical());
  EXPECT_EQ(found.missing, 2U);
  EXPECT_EQ(found.different, 0U);
  EXPECT_THAT(found.example.value_or(""), HasSubstr("copy-1-line-3"));
}

TEST(DemoComparison, FindsASingleByte) {
  auto read = some_records();
  read[1].data[0] = 'T';

  const auto found = compare(some_records(), read);

  EXPECT_FALSE(found.identical());
  EXPECT_EQ(found.different, 1U);
  EXPECT_EQ(found.missing, 0U);
  EXPECT_THAT(found.example.value_or(""), HasSubstr("copy-1-line-2"));
}

TEST(DemoComparison, CountsWhatCameTwiceWithoutCallingItAFault) {
  auto read = some_records();
  read.push_back(read[3]);
  read.push_back(read[3]);

  const auto found = compare(some_records(), read);

  EXPECT_TRUE(found.identical());
  EXPECT_EQ(found.duplicates, 2U);
}

TEST(DemoComparison, ADuplicateMustBeTheSameToo) {
  auto read = some_records();
  read.push_back(read[3]);
  read.back().data += '!';

  const auto found = compare(some_records(), read);

  EXPECT_FALSE(found.identical());
  EXPECT_EQ(found.different, 1U);
  EXPECT_EQ(found.duplicates, 1U);
}

TEST(DemoComparison, FindsWhatNobodyPut) {
  auto read = some_records();
  read.push_back({"somebody else's", "words"});

  const auto found = compare(some_records(), read);

  EXPECT_FALSE(found.identical());
  EXPECT_EQ(found.unknown, 1U);
  EXPECT_EQ(found.missing, 0U);
}

TEST(Demo, PutsSplitsReadsBackAndFindsTheSame) {
  const DemoStory story = run_demo({.copies = 6, .shards = 2});

  EXPECT_TRUE(story.identical()) << tell(story);
  EXPECT_EQ(story.put, 6 * demo_records(demo_text(), 1).size());
  EXPECT_EQ(story.reading.records.size(), story.put + story.comparison.duplicates);
  EXPECT_EQ(story.open_shards_before, 2U);
  EXPECT_EQ(story.open_shards_after, 3U);
  EXPECT_EQ(story.reading.shards, 4U);
  EXPECT_GT(story.outstanding_at_split, 0U);
  EXPECT_GT(story.sent_again, 0U) << "records were packed for the shard that was split";
  EXPECT_GT(story.reading.aggregates, 0U);
  EXPECT_EQ(story.reading.kinesis_records, story.kinesis_records);
  EXPECT_GT(story.requests, 0U);
}

TEST(DemoStory, SaysWhetherItIsTheSame) {
  DemoStory story;
  story.put = 9'000;
  story.comparison = {};
  EXPECT_THAT(tell(story), HasSubstr("Everything came back, byte for byte."));
  EXPECT_THAT(tell(story), HasSubstr("put         9,000 records"));

  story.comparison.missing = 3;
  EXPECT_THAT(tell(story), HasSubstr("missing 3"));
  EXPECT_THAT(tell(story), HasSubstr("NOT what was put"));

  story.comparison.missing = 0;
  story.not_stored = 1;
  story.first_failure = "Expired";
  EXPECT_THAT(tell(story), HasSubstr("the first: Expired"));
  EXPECT_THAT(tell(story), Not(HasSubstr("byte for byte")));
}

}  // namespace
}  // namespace aiokpl::cli
