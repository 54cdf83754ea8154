#include <sstream>

#include <gtest/gtest.h>

#include <aiokpl/result.hpp>

namespace aiokpl {
namespace {

using namespace std::chrono_literals;

Attempt failed(std::string code, std::string message, std::chrono::system_clock::duration took) {
  Attempt attempt;
  attempt.ended_at = attempt.started_at + took;
  attempt.error_code = std::move(code);
  attempt.error_message = std::move(message);
  return attempt;
}

Attempt stored(std::chrono::system_clock::duration took) {
  Attempt attempt;
  attempt.ended_at = attempt.started_at + took;
  attempt.success = true;
  attempt.shard_id = "shardId-000000000001";
  attempt.sequence_number = "4965";
  return attempt;
}

RecordResult success(const std::vector<Attempt>& attempts) {
  RecordResult result{.success = true, .attempts = Attempts{attempts}};
  result.shard_id = result.attempts.back().shard_id;
  result.sequence_number = result.attempts.back().sequence_number;
  return result;
}

TEST(Result, OneLineTellsWhereARecordIsAndHowItGotThere) {
  const RecordResult result =
      success({failed("ProvisionedThroughputExceededException", "Rate exceeded", 12ms), stored(8ms)});
  EXPECT_EQ(to_string(result),
            "stored on shardId-000000000001 at 4965 after 2 attempts (ProvisionedThroughputExceededException 12 ms; ok "
            "8 ms)");
}

TEST(Result, FailureTellsTheLastAttemptsWords) {
  RecordResult result;
  result.attempts = {failed("Internal", "connection refused", 1ms), failed("Expired", "not stored within 30s", 0ms)};
  EXPECT_EQ(to_string(result),
            "failed with Expired: not stored within 30s, after 2 attempts (Internal 1 ms; Expired 0 ms)");
}

TEST(Result, AttemptsThatWereLeftOutAreCounted) {
  std::vector<Attempt> attempts(11, failed("Internal", "", 2ms));
  attempts.push_back(stored(350us));
  RecordResult result = success(attempts);
  result.attempts_omitted = 88;
  const std::string text = to_string(result);
  EXPECT_NE(text.find("after 100 attempts ("), std::string::npos) << text;
  EXPECT_NE(text.find("Internal 2 ms; 88 left out; Internal 2 ms; ok 0.3 ms)"), std::string::npos) << text;
}

TEST(Result, ASingleAttemptPrintsItself) {
  EXPECT_EQ(to_string(stored(8ms)), "ok on shardId-000000000001 at 4965 (8 ms)");
  Attempt wrong_shard = failed("Wrong Shard", "", 1500us);
  wrong_shard.shard_id = "shardId-000000000002";
  EXPECT_EQ(to_string(wrong_shard), "Wrong Shard on shardId-000000000002 (1.5 ms)");
  EXPECT_EQ(to_string(failed("Internal", "no route", 1234ms)), "Internal: no route (1234 ms)");
}

TEST(Result, StreamsPrintTheSame) {
  std::ostringstream out;
  out << stored(8ms) << '|' << success({stored(8ms)});
  EXPECT_EQ(out.str(),
            "ok on shardId-000000000001 at 4965 (8 ms)|stored on shardId-000000000001 at 4965 after 1 attempt (ok 8 "
            "ms)");
}

TEST(Result, EqualWhenEverythingIs) {
  const RecordResult one = success({stored(8ms)});
  EXPECT_EQ(one, RecordResult{one});
  EXPECT_EQ(one, success({stored(8ms)})) << "equal attempts, kept elsewhere";
  EXPECT_NE(one, success({stored(9ms)}));
  EXPECT_NE(one, success({failed("Internal", "", 1ms), stored(8ms)}));
}

TEST(Result, AttemptsAreAListThatCopiesShare) {
  const Attempts none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.begin(), none.end());
  const Attempts one{stored(8ms)};
  const Attempts three{failed("a", "", 1ms), failed("b", "", 1ms), stored(8ms)};
  for (const Attempts& list : {one, three}) {
    const Attempts copy = list;
    EXPECT_EQ(&copy.back(), &list.back());
    EXPECT_EQ(copy.end() - copy.begin(), static_cast<std::ptrdiff_t>(copy.size()));
    EXPECT_THROW((void)copy.at(copy.size()), std::out_of_range);
  }
  std::string codes;
  for (const Attempt& attempt : three)
    codes += attempt.error_code + ';';
  EXPECT_EQ(codes, "a;b;;");
  EXPECT_EQ((three.end() - 2)->error_code, "b");
  EXPECT_EQ(three.begin()[1].error_code, "b");
}

}  // namespace
}  // namespace aiokpl
