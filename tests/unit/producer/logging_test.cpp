#include "producer/logging.hpp"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiokpl::detail {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class Memory final : public Logger {
 public:
  void log(LogLevel level, std::string_view message) override {
    lines.push_back(std::string{detail::to_string(level)} + ": " + std::string{message});
    if (throws) throw std::runtime_error{"the user's logger failed"};
  }

  std::vector<std::string> lines;
  bool throws = false;
};

class LogTest : public testing::Test {
 protected:
  std::shared_ptr<Memory> memory = std::make_shared<Memory>();
  Log log{memory, nullptr};
  Log::TimePoint start{1h};
};

TEST_F(LogTest, MessagesOfDifferentKeysAreAllWritten) {
  log.log(LogLevel::info, "a", "first", start);
  log.log(LogLevel::error, "b", "second", start);
  EXPECT_THAT(memory->lines, ElementsAre("info: first", "error: second"));
}

TEST_F(LogTest, RepeatsAreCountedAndToldByTheNextOneAfterTheInterval) {
  log.log(LogLevel::warning, "a", "cannot connect", start);
  for (int i = 1; i <= 9; ++i)
    log.log(LogLevel::warning, "a", "cannot connect", start + i * 1s);
  EXPECT_THAT(memory->lines, ElementsAre("warning: cannot connect"));

  log.log(LogLevel::warning, "a", "cannot connect", start + 10s);
  EXPECT_THAT(memory->lines,
              ElementsAre("warning: cannot connect", "warning: cannot connect (repeated 9 times in the last 10 s)"));

  // A new interval began: counted again, and nothing is told twice.
  log.log(LogLevel::warning, "a", "cannot connect", start + 19s);
  EXPECT_EQ(memory->lines.size(), 2U);
  log.log(LogLevel::warning, "a", "cannot connect", start + 20s);
  EXPECT_EQ(memory->lines.back(), "warning: cannot connect (repeated 1 time in the last 10 s)");
}

TEST_F(LogTest, AMessageThatComesAgainLateIsWrittenAsItIs) {
  log.log(LogLevel::info, "a", "hello", start);
  log.log(LogLevel::info, "a", "hello", start + 1min);
  EXPECT_THAT(memory->lines, ElementsAre("info: hello", "info: hello"));
}

TEST_F(LogTest, FlushTellsWhatWasCounted) {
  log.log(LogLevel::info, "a", "hello", start);
  log.log(LogLevel::info, "a", "hello", start + 1s);
  log.log(LogLevel::warning, "a", "hello 2", start + 2s);
  log.flush(start + 3s);
  log.flush(start + 4s);
  EXPECT_THAT(memory->lines, ElementsAre("info: hello", "warning: hello 2 (repeated 2 times in the last 3 s)"));
}

TEST_F(LogTest, ExceptionsOutOfTheLoggerAreCountedAndGoNoFurther) {
  memory->throws = true;
  log.log(LogLevel::info, "a", "x", start);
  log.log(LogLevel::info, "b", "x", start);
  EXPECT_EQ(log.exceptions(), 2U);
  memory->throws = false;
  log.log(LogLevel::info, "c", "x", start);
  EXPECT_EQ(memory->lines.size(), 3U);
  EXPECT_EQ(log.exceptions(), 2U);
}

TEST_F(LogTest, MemoryForKeysIsBounded) {
  log.log(LogLevel::info, "old", "old", start);
  // As many other keys as there is room for: the oldest is forgotten, so that it is written again at once.
  for (std::size_t i = 0; i < Log::most_keys; ++i) {
    log.log(LogLevel::info, "key " + std::to_string(i), "x", start + 1s);
  }
  memory->lines.clear();
  log.log(LogLevel::info, "old", "old", start + 2s);
  EXPECT_THAT(memory->lines, ElementsAre("info: old"));
}

TEST_F(LogTest, ManyThreadsLoseNothing) {
  constexpr int threads = 4;
  constexpr int each = 200;
  {
    std::vector<std::jthread> writers;
    for (int t = 0; t < threads; ++t) {
      writers.emplace_back([this] {
        for (int i = 0; i < each; ++i)
          log.log(LogLevel::info, "same", "x", start);
      });
    }
  }
  log.flush(start + 10s);
  EXPECT_THAT(memory->lines, ElementsAre("info: x", "info: x (repeated 799 times in the last 10 s)"));
}

TEST(LogLevels, BelowTheLowestNothingIsWritten) {
  auto memory = std::make_shared<Memory>();
  Log log{memory, LogLevel::warning};
  EXPECT_FALSE(log.wants(LogLevel::info));
  EXPECT_TRUE(log.wants(LogLevel::warning));
  log.log(LogLevel::info, "a", "x", {});
  log.log(LogLevel::error, "a", "y", {});
  EXPECT_THAT(memory->lines, ElementsAre("error: y"));
}

TEST(LogLevels, SilentWithoutLoggerAndEnvironment) {
  EXPECT_FALSE(Log(nullptr, nullptr).wants(LogLevel::error));
  EXPECT_FALSE(Log(nullptr, "").wants(LogLevel::error));
}

TEST(LogLevels, EnvironmentSwitchesStderrOn) {
  testing::internal::CaptureStderr();
  Log log{nullptr, "info"};
  EXPECT_FALSE(log.wants(LogLevel::debug));
  log.log(LogLevel::info, "a", "hello", {});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(" aiokpl info: hello\n"));
}

TEST(LogLevels, AWordThatIsNoLevelIsToldAndCountsAsWarning) {
  testing::internal::CaptureStderr();
  const Log log{nullptr, "verbose"};
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("AIOKPL_LOG must be debug, info, warning or error"));
  EXPECT_FALSE(log.wants(LogLevel::info));
  EXPECT_TRUE(log.wants(LogLevel::warning));
}

TEST(LogLevels, ALoggerInTheConfigComesBeforeTheEnvironment) {
  auto memory = std::make_shared<Memory>();
  const Log log{memory, "error"};
  EXPECT_TRUE(log.wants(LogLevel::debug));
}

TEST(StderrLines, HaveUtcTimeToTheMillisecond) {
  const std::chrono::system_clock::time_point when{1'770'000'000s + 7ms};
  EXPECT_EQ(StderrLogger::line(LogLevel::warning, "a\nb", when), "2026-02-02T02:40:00.007Z aiokpl warning: a b\n");
}

}  // namespace
}  // namespace aiokpl::detail
