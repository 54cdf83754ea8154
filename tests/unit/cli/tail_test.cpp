// The whole command but its flags, against the local Kinesis.
#include "cli/tail.hpp"

#include <algorithm>
#include <future>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <aiokpl/emulator.hpp>

#include "cli/connection.hpp"
#include "cli/exit_status.hpp"
#include "cli/signals.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class TailTest : public ::testing::Test {
 protected:
  TailTest() {
    ignore_broken_pipes();
    kinesis_.start();
    kinesis_.create_stream({.name = "s", .shards = 2});
    api_.emplace(client_options({.endpoint_url = kinesis_.endpoint_url()}, aws::process_environment()));
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read_fd_ = ends[0];
    write_fd_ = ends[1];
  }
  ~TailTest() override {
    close_reader();
    close_writer();
  }

  void close_reader() { close(read_fd_); }
  void close_writer() { close(write_fd_); }
  static void close(int& fd) {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }

  void put(const std::string& data, const std::string& hash_key) {
    aws::KinesisApi api = make_kinesis_api({.endpoint_url = kinesis_.endpoint_url()});
    api.call("PutRecord", {{"StreamName", "s"},
                           {"PartitionKey", "k"},
                           {"ExplicitHashKey", hash_key},
                           {"Data", Json::binary({data.begin(), data.end()})}});
  }

  void make_tail(TailOptions options) {
    options.stream = "s";
    tail_ = std::make_unique<Tail>(
        std::move(options),
        [this](std::string_view operation, const Json& request) { return api_->call(operation, request); }, write_fd_,
        stop_.fd(), [this](const std::string& line) { warnings_.push_back(line); });
  }

  /// Runs to the end and returns the lines.
  std::vector<std::string> lines_of(TailOptions options) {
    make_tail(std::move(options));
    tail_->run();
    close_writer();
    std::vector<std::string> lines;
    while (auto line = next_line())
      lines.push_back(*line);
    return lines;
  }

  std::optional<std::string> next_line() {
    for (;;) {
      if (const auto end = buffer_.find('\n'); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      pollfd waiting{read_fd_, POLLIN, 0};
      if (::poll(&waiting, 1, 10'000) <= 0) return std::nullopt;
      char bytes[4096];
      const ssize_t got = ::read(read_fd_, bytes, sizeof bytes);
      if (got <= 0) return std::nullopt;
      buffer_.append(bytes, static_cast<std::size_t>(got));
    }
  }

  static constexpr const char* low = "1";
  static constexpr const char* high = "340282366920938463463374607431768211455";

  emulator::LocalKinesis kinesis_;
  std::optional<aws::KinesisApi> api_;
  StopSwitch stop_;
  int read_fd_ = -1;
  int write_fd_ = -1;
  std::string buffer_;
  std::vector<std::string> warnings_;
  std::unique_ptr<Tail> tail_;
};

TEST_F(TailTest, PrintsEveryShardToThePresentEnd) {
  put("a", low);
  put("b", high);
  put("c", low);
  EXPECT_THAT(lines_of({}), UnorderedElementsAre("a", "b", "c"));
  EXPECT_FALSE(tail_->stopped());
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TailTest, AnEmptyStreamPrintsNothingAndEnds) {
  EXPECT_THAT(lines_of({}), IsEmpty());
}

TEST_F(TailTest, ParentsComeBeforeChildrenThroughSplitAndMerge) {
  put("1", low);
  kinesis_.split_shard("s", "shardId-000000000000");
  put("2", low);
  kinesis_.merge_shards("s", "shardId-000000000002", "shardId-000000000003");
  put("3", low);
  EXPECT_THAT(lines_of({}), ElementsAre("1", "2", "3"));
}

TEST_F(TailTest, OneShardAndACount) {
  put("a", low);
  put("b", high);
  put("c", high);
  put("d", high);
  EXPECT_THAT(lines_of({.output = {.count = 2}, .shard = "shardId-000000000001"}), ElementsAre("b", "c"));
}

TEST_F(TailTest, SinceAMoment) {
  put("old", low);
  std::this_thread::sleep_for(5ms);  // Arrival counts in milliseconds.
  const auto since = std::chrono::system_clock::now();
  put("new", low);
  EXPECT_THAT(lines_of({.begin = Begin::time, .since = since}), ElementsAre("new"));
}

TEST_F(TailTest, ThrottledAndCutOffItGoesOnAndPrintsEverythingOnce) {
  put("a", low);
  put("b", low);
  kinesis_.fail_next("GetRecords", {.status = 400, .code = "ProvisionedThroughputExceededException"}, 2);
  kinesis_.fail_next("GetRecords", {.kind = emulator::ScriptedFault::Kind::truncate}, 1);
  EXPECT_THAT(lines_of({.shard = "shardId-000000000000"}), ElementsAre("a", "b"));
}

TEST_F(TailTest, FollowsFromTheLatestThroughASplitUntilItIsStopped) {
  put("before", low);
  make_tail({.begin = Begin::latest, .follow = true});
  const std::uint64_t first = kinesis_.counters().requests["GetRecords"];
  auto ended = std::async(std::launch::async, [&] { tail_->run(); });
  const auto limit = std::chrono::steady_clock::now() + 10s;
  while (kinesis_.counters().requests["GetRecords"] < first + 2 && std::chrono::steady_clock::now() < limit)
    std::this_thread::yield();
  put("after", low);
  kinesis_.split_shard("s", "shardId-000000000000");
  put("child", low);
  EXPECT_EQ(next_line(), "after");
  EXPECT_EQ(next_line(), "child");
  stop_.stop();
  ended.get();
  EXPECT_TRUE(tail_->stopped());
}

TEST_F(TailTest, AReaderThatGoesEndsItQuietlyEvenWhileNothingComes) {
  make_tail({.begin = Begin::latest, .follow = true});
  close_reader();
  auto ended = std::async(std::launch::async, [&] { tail_->run(); });
  const bool in_time = ended.wait_for(10s) == std::future_status::ready;
  stop_.stop();
  EXPECT_TRUE(in_time);
  EXPECT_NO_THROW(ended.get());
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TailTest, AFullDiskIsSaidAloud) {
  close_writer();
  write_fd_ = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(write_fd_, 0);
  put("a", low);
  make_tail({});
  try {
    tail_->run();
    ADD_FAILURE() << "it was not noticed";
  } catch (const CommandError& error) {
    EXPECT_EQ(error.status(), ExitStatus::failures_not_written);
    EXPECT_THAT(error.what(), HasSubstr("No space left"));
  }
}

TEST_F(TailTest, WhatIsNotThereIsNamed) {
  make_tail({.shard = "shardId-000000000009"});
  EXPECT_THROW(tail_->run(), CommandError);
  kinesis_.delete_stream("s");
  make_tail({});
  try {
    tail_->run();
    ADD_FAILURE() << "it was not noticed";
  } catch (const CommandError& error) {
    EXPECT_EQ(error.status(), ExitStatus::nothing_done);
    EXPECT_THAT(error.what(), HasSubstr("ResourceNotFoundException"));
  }
}

TEST_F(TailTest, AStreamDeletedWhileFollowingEndsIt) {
  put("a", low);
  make_tail({.follow = true});
  auto ended = std::async(std::launch::async, [&] { tail_->run(); });
  EXPECT_EQ(next_line(), "a");
  kinesis_.delete_stream("s");
  ASSERT_EQ(ended.wait_for(20s), std::future_status::ready);
  EXPECT_THROW(ended.get(), CommandError);
}

}  // namespace
}  // namespace aiokpl::cli
