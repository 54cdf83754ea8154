#include "cli/framing.hpp"

#include <string>

#include <gtest/gtest.h>

namespace aiokpl::cli {
namespace {

using namespace std::string_literals;

TEST(CutLine, TakesUpToTheLineFeed) {
  const Cut cut = cut_line("one\ntwo\n", false);
  EXPECT_EQ(cut.kind, Cut::Kind::piece);
  EXPECT_EQ(cut.bytes, "one");
  EXPECT_EQ(cut.consumed, 4U);
}

TEST(CutLine, AnEmptyLineIsARecordWithoutData) {
  const Cut cut = cut_line("\nnext", false);
  EXPECT_EQ(cut.kind, Cut::Kind::piece);
  EXPECT_EQ(cut.bytes, "");
  EXPECT_EQ(cut.consumed, 1U);
}

TEST(CutLine, CarriageReturnsBelongToTheRecord) {
  EXPECT_EQ(cut_line("one\r\n", false).bytes, "one\r");
}

TEST(CutLine, TheLastLineMayLackItsLineFeed) {
  EXPECT_EQ(cut_line("rest", false).kind, Cut::Kind::more);
  const Cut cut = cut_line("rest", true);
  EXPECT_EQ(cut.kind, Cut::Kind::piece);
  EXPECT_EQ(cut.bytes, "rest");
  EXPECT_EQ(cut.consumed, 4U);
  EXPECT_EQ(cut_line("", true).kind, Cut::Kind::none);
  EXPECT_EQ(cut_line("", false).kind, Cut::Kind::more);
}

TEST(CutLine, RefusesALineBeyondTheLimit) {
  EXPECT_EQ(cut_line("12345\n", false, 5).kind, Cut::Kind::piece);
  const Cut ended = cut_line("123456\nnext\n", false, 5);
  EXPECT_EQ(ended.kind, Cut::Kind::too_long);
  EXPECT_EQ(ended.consumed, 7U);
  const Cut open = cut_line("123456", false, 5);
  EXPECT_EQ(open.kind, Cut::Kind::too_long);
  EXPECT_EQ(open.consumed, open.bytes.size());
}

TEST(CutLengthPrefixed, TakesWhatThePrefixSays) {
  const std::string input = "\0\0\0\3abc\0\0\0\0"s;
  const Cut first = cut_length_prefixed(input, false);
  EXPECT_EQ(first.kind, Cut::Kind::piece);
  EXPECT_EQ(first.bytes, "abc");
  EXPECT_EQ(first.consumed, 7U);
  const Cut second = cut_length_prefixed(std::string_view{input}.substr(7), true);
  EXPECT_EQ(second.kind, Cut::Kind::piece);
  EXPECT_EQ(second.bytes, "");
  EXPECT_EQ(second.consumed, 4U);
}

TEST(CutLengthPrefixed, ReadsThePrefixBigEndian) {
  const std::string input = "\0\0\1\2"s + std::string(258, 'x');
  EXPECT_EQ(cut_length_prefixed(input, true).bytes.size(), 258U);
}

TEST(CutLengthPrefixed, WaitsForTheRestAndRefusesItsAbsence) {
  for (const std::string& part : {"\0\0"s, "\0\0\0\4"s, "\0\0\0\4abc"s}) {
    EXPECT_EQ(cut_length_prefixed(part, false).kind, Cut::Kind::more);
    EXPECT_EQ(cut_length_prefixed(part, true).kind, Cut::Kind::broken);
  }
  EXPECT_EQ(cut_length_prefixed("", true).kind, Cut::Kind::none);
}

TEST(CutLengthPrefixed, ALengthBeyondTheLimitIsNoLength) {
  EXPECT_EQ(cut_length_prefixed("text instead", false).kind, Cut::Kind::broken);
}

}  // namespace
}  // namespace aiokpl::cli
