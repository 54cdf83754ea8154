#include "cli/stream_command.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <aiokpl/emulator.hpp>

#include "cli/connection.hpp"
#include "cli/exit_status.hpp"
#include "cli/stream_service.hpp"
#include "cli/stream_table.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Awaited = StreamService::Awaited;

class Stream : public ::testing::Test {
 protected:
  Stream() { kinesis.start(); }

  // As typed after "aiokpl stream"; gives what it prints.
  std::string run(const std::string& line, const emulator::LocalKinesis& service) {
    CLI::App app;
    int exit_status = -1;
    add_stream_command(app, exit_status);
    ::testing::internal::CaptureStdout();
    std::string problem;
    try {
      app.parse("stream " + line + " --endpoint-url " + service.endpoint_url());
      EXPECT_EQ(exit_status, ExitStatus::success);
    } catch (const CommandError& error) {
      status = error.status();
      problem = error.what();
    }
    const std::string printed = ::testing::internal::GetCapturedStdout();
    return problem.empty() ? printed : problem;
  }
  std::string run(const std::string& line) { return run(line, kinesis); }

  [[nodiscard]] std::vector<std::string> open_shards() const {
    std::vector<std::string> open;
    for (const auto& shard : kinesis.shards("events")) {
      if (shard.open()) open.push_back(shard.id.substr(shard.id.size() - 1));
    }
    return open;
  }

  emulator::LocalKinesis kinesis;
  int status = ExitStatus::success;
};

TEST_F(Stream, LivesFromCreateToDelete) {
  EXPECT_THAT(run("create events --shards 2"), HasSubstr("2 open, 0 closed"));
  EXPECT_EQ(run("list"), "events  ACTIVE  PROVISIONED\n");

  EXPECT_THAT(run("split events"), HasSubstr("3 open, 1 closed"));
  EXPECT_THAT(open_shards(), ElementsAre("1", "2", "3"));
  EXPECT_THAT(run("merge events"), HasSubstr("2 open, 3 closed"));
  EXPECT_THAT(open_shards(), ElementsAre("1", "4")) << "the two halves were the narrowest neighbours";
  EXPECT_THAT(run("scale events --shards 4"), HasSubstr("4 open"));

  EXPECT_EQ(run("delete events --yes"), "");
  EXPECT_EQ(run("list"), "");
}

TEST_F(Stream, SplitsAndMergesWhatIsNamed) {
  kinesis.create_stream({.name = "events", .shards = 3});

  static_cast<void>(run("split events --shard shardId-000000000002"));
  EXPECT_THAT(open_shards(), ElementsAre("0", "1", "3", "4"));
  static_cast<void>(run("merge events shardId-000000000001 shardId-000000000000"));
  EXPECT_THAT(open_shards(), ElementsAre("3", "4", "5"));
  static_cast<void>(run("split events --at 17"));
  EXPECT_EQ(kinesis.shards("events").back().range.first, (HashKey{0, 17}));
}

TEST_F(Stream, AnArnIsANameToo) {
  kinesis.create_stream({.name = "events"});

  EXPECT_THAT(run("describe arn:aws:kinesis:us-east-1:000000000000:stream/events"), HasSubstr("1 open, 0 closed"));
}

TEST_F(Stream, DescribesWhatTheServiceTells) {
  kinesis.create_stream({.name = "events", .shards = 1, .max_record_size_kib = 2048});
  kinesis.split_shard("events", "shardId-000000000000");

  const std::string text = run("describe events");
  EXPECT_THAT(text, HasSubstr("Record limit  2048 KiB"));
  EXPECT_THAT(text, HasSubstr("Distribution  by partition key"));
  EXPECT_THAT(text, HasSubstr("shardId-000000000000  closed  100.00 %"));
  EXPECT_THAT(text, HasSubstr("shardId-000000000002  open    50.00 %   170141183460469231731687303715884105728"));

  const auto document = nlohmann::json::parse(run("describe events --json"));
  EXPECT_EQ(document.at("max_record_size_kib"), 2048);
  EXPECT_EQ(document.at("shards").size(), 3U);
  EXPECT_EQ(document.at("shards")[0].at("open"), false);
  EXPECT_EQ(document.at("shards")[1].at("parents"), nlohmann::json::array({"shardId-000000000000"}));
}

TEST_F(Stream, TellsAnAutoStreamApart) {
  kinesis.create_stream({.name = "events", .on_demand = true, .automatic_distribution = true});

  EXPECT_THAT(run("describe events"), HasSubstr("Distribution  AUTO"));
  EXPECT_THAT(run("list"), HasSubstr("ON_DEMAND"));
  EXPECT_THAT(run("split events"), StartsWith("SplitShard: ValidationException"));
  EXPECT_EQ(status, ExitStatus::nothing_done);
}

TEST_F(Stream, SaysWhyNothingWasDone) {
  EXPECT_THAT(run("describe absent"), StartsWith("DescribeStreamSummary: ResourceNotFoundException"));
  EXPECT_EQ(status, ExitStatus::nothing_done);
  EXPECT_THAT(run("merge absent shardId-000000000000"), HasSubstr("two shards, or none"));
  EXPECT_EQ(status, ExitStatus::usage);
  EXPECT_THAT(run("split absent --at -1"), HasSubstr("--at: must be a decimal number"));
  EXPECT_EQ(status, ExitStatus::usage);
  EXPECT_THAT(run("split absent --timeout 3"), HasSubstr("--timeout"));
  EXPECT_EQ(status, ExitStatus::usage);
}

TEST_F(Stream, WaitsUntilTheStreamIsActiveOrGone) {
  emulator::LocalKinesis slow{{.transition = 150ms}};
  slow.start();

  EXPECT_THAT(run("create events --shards 2", slow), HasSubstr("Status        ACTIVE"));
  EXPECT_THAT(run("split events", slow), HasSubstr("Status        ACTIVE"));
  EXPECT_EQ(run("delete events --yes", slow), "");
  EXPECT_TRUE(slow.streams().empty());
}

TEST_F(Stream, DoesNotWaitForEver) {
  emulator::LocalKinesis slow{{.transition = 1h}};
  slow.start();

  EXPECT_EQ(run("create events --no-wait", slow), "");
  EXPECT_THAT(run("create others --timeout 50ms", slow), HasSubstr("others is still CREATING after 50 ms"));
  EXPECT_EQ(status, ExitStatus::some_failed);
}

TEST_F(Stream, ListsMoreThanOnePage) {
  for (int i = 0; i < 1100; ++i)
    kinesis.create_stream({.name = "stream-" + std::to_string(i)});

  EXPECT_EQ(nlohmann::json::parse(run("list --json")).size(), 1100U);
}

TEST_F(Stream, AsksAgainWhenItAskedTooOften) {
  kinesis.create_stream({.name = "events"});
  const emulator::ScriptedFault too_often{.status = 400, .code = "LimitExceededException", .message = "Rate exceeded"};
  kinesis.fail_next("DescribeStreamSummary", too_often, 2);

  EXPECT_THAT(run("describe events"), HasSubstr("1 open, 0 closed"));
  EXPECT_EQ(kinesis.counters().requests["DescribeStreamSummary"], 3U);

  // What changes something is never repeated.
  kinesis.fail_next("SplitShard", too_often, 1);
  EXPECT_THAT(run("split events"), StartsWith("SplitShard: LimitExceededException"));
}

TEST_F(Stream, AWaitSeesThatTheStreamWasDeletedMeanwhile) {
  aws::KinesisApi api = make_kinesis_api({.endpoint_url = kinesis.endpoint_url()});
  StreamService service{api};

  EXPECT_THROW(service.wait_until("absent", Awaited::changed, 1min), CommandError);
  EXPECT_NO_THROW(service.wait_until("absent", Awaited::deleted, 1min));
}

TEST_F(Stream, OnDemandAndShardsExcludeEachOther) {
  CLI::App app;
  int exit_status = 0;
  add_stream_command(app, exit_status);

  EXPECT_THROW(app.parse("stream create events --on-demand --shards 2"), CLI::ParseError);
  EXPECT_THROW(app.parse("stream scale events"), CLI::ParseError);
}

}  // namespace
}  // namespace aiokpl::cli
