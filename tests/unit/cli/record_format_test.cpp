#include "cli/record_format.hpp"

#include <gtest/gtest.h>

#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;

std::string formatted(std::string_view format, const InputRecord& record, const Found& found) {
  std::string out;
  RecordFormat{format}.append(out, record, found);
  return out;
}

const InputRecord full{.partition_key = "user-1", .explicit_hash_key = "42", .data = "hello"};
const Found place{.shard_id = "shardId-000000000003",
                  .sequence_number = "4955",
                  .subsequence_number = 7,
                  .arrival = WallTime{1'700'000'000'123ms}};

TEST(RecordFormat, FillsInEveryField) {
  const struct {
    std::string_view format;
    std::string_view text;
  } cases[] = {
      {"", ""},
      {"%k", "user-1"},
      {"%h", "42"},
      {"%s", "hello"},
      {"%S", "shardId-000000000003"},
      {"%n", "4955"},
      {"%i", "7"},
      {"%t", "2023-11-14T22:13:20.123Z"},
      {"100%%", "100%"},
      {"%%s", "%s"},
      {"%s\\n", "hello\n"},
      {"%k\\t%s", "user-1\thello"},
      {"\\x41\\x7c%k\\r\\\\", "A|user-1\r\\"},
      {"\\x25s", "%s"},
      {"%S/%n: %k=%s!", "shardId-000000000003/4955: user-1=hello!"},
  };
  for (const auto& one : cases)
    EXPECT_EQ(formatted(one.format, full, place), one.text) << one.format;
}

TEST(RecordFormat, SeparatesByNulAndKeepsNulInData) {
  const std::string_view data{"a\0b", 3};
  EXPECT_EQ(formatted("%s\\0", {.data = data}, place), (std::string{"a\0b\0", 4}));
}

TEST(RecordFormat, LeavesEmptyWhatARecordDoesNotHave) {
  EXPECT_EQ(formatted("[%k][%h][%s][%i][%t]", {}, {.shard_id = "s", .sequence_number = "1"}), "[][][][][]");
}

TEST(RecordFormat, DoesNotReadFormatsInsideData) {
  EXPECT_EQ(formatted("%s", {.data = "%k\\n"}, place), "%k\\n");
}

TEST(RecordFormat, RefusesWhatItDoesNotKnow) {
  for (const std::string_view wrong : {"%", "%x", "%s%", "\\q", "\\", "\\x4", "\\%s"}) {
    try {
      const RecordFormat format{wrong};
      ADD_FAILURE() << wrong << " was taken";
    } catch (const CommandError& error) {
      EXPECT_EQ(error.status(), ExitStatus::usage) << wrong;
    }
  }
}

}  // namespace
}  // namespace aiokpl::cli
