// The program as its users run it, against a local Kinesis.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <aiokpl/aggregation.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/cli_process.hpp"

namespace aiokpl::cli_test {
namespace {

using namespace std::string_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class CliPut : public testing::Test {
 protected:
  CliPut() : kinesis_{{.streams = {{.name = "events", .shards = 3}, {.name = "copy", .shards = 2}}}} {
    kinesis_.start();
    std::string name = testing::TempDir() + "aiokpl-cli-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~CliPut() override {
    for (const char* name : {"in", "failed"})
      unlink(path(name).c_str());
    rmdir(folder_.c_str());
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] std::vector<std::string> environment() const {
    return {"AWS_ENDPOINT_URL_KINESIS=" + kinesis_.endpoint_url()};
  }
  [[nodiscard]] Ended run(std::vector<std::string> arguments, const std::string& input = "") const {
    std::ofstream{path("in"), std::ios::binary} << input;
    if (arguments.front() == "put") arguments.push_back(path("in"));
    return Process{std::move(arguments), environment()}.wait();
  }
  [[nodiscard]] std::string failed() const {
    std::ifstream in{path("failed"), std::ios::binary};
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  // "key=data" of everything in a stream, as a consumer by the KCL's rule sees it.
  [[nodiscard]] std::multiset<std::string> stored(const std::string& stream) const {
    std::multiset<std::string> all;
    for (const auto& shard : kinesis_.shards(stream)) {
      for (const auto& record : kinesis_.records(stream, shard.id)) {
        for (const UserRecord& user : deaggregate(record.data, record.partition_key, shard.range).records)
          all.insert(user.partition_key + "=" + std::string{DataView{user.data}.text()});
      }
    }
    return all;
  }

  emulator::LocalKinesis kinesis_;
  std::string folder_;
};

TEST_F(CliPut, StoresLinesUnderTheirKeys) {
  const Ended ended = run({"put", "--stream", "events", "-K", ":"}, "a:1\nb:2\na:\nc:x:y");
  EXPECT_EQ(ended.status, 0) << ended.errors;
  EXPECT_THAT(stored("events"), UnorderedElementsAre("a=1", "b=2", "a=", "c=x:y"));
  EXPECT_THAT(ended.errors, HasSubstr("4 records (5 B)"));
  EXPECT_THAT(ended.errors, HasSubstr("4 stored"));
  EXPECT_THAT(ended.errors, Not(HasSubstr("\x1b"))) << "no progress line without a terminal";
  EXPECT_EQ(ended.output, "");
}

TEST_F(CliPut, TailInJsonIsPutAgainWithTheSameKeysAndBytes) {
  std::string lines;
  for (int i = 0; i < 500; ++i)
    lines += "{\"partition_key\":\"user-" + std::to_string(i % 7) + "\",\"data\":\"line " + std::to_string(i) + "\"}\n";
  lines += "{\"partition_key\":\"h\\u00e4\",\"data_base64\":\"AP+AIgo=\",\"tags\":[{\"key\":\"k\",\"value\":\"v\"}]}\n";
  ASSERT_EQ(run({"put", "--stream", "events", "--ndjson"}, lines).status, 0);
  const Ended read = run({"tail", "--stream", "events", "--json"});
  ASSERT_EQ(read.status, 0) << read.errors;
  const Ended copied = run({"put", "--stream", "copy", "--ndjson", "--summary", "json", "--quiet"}, read.output);
  EXPECT_EQ(copied.status, 0) << copied.errors;
  EXPECT_EQ(nlohmann::json::parse(copied.errors).at("stored"), 501);
  EXPECT_EQ(stored("copy"), stored("events"));
  EXPECT_TRUE(stored("copy").contains("h\xc3\xa4=\0\xff\x80\"\n"s));
}

TEST_F(CliPut, WhatIsRefusedGoesToTheFileAndStopsNothing) {
  const std::string too_large(1'100'000, 'x');
  const Ended ended = run({"put", "--stream", "events", "-K", ":", "--failed", path("failed")},
                          "a:1\n:no key\n"s + std::string(257, 'k') + ":2\nbig:" + too_large + "\nz:3\n");
  EXPECT_EQ(ended.status, 1) << ended.errors;
  EXPECT_THAT(stored("events"), UnorderedElementsAre("a=1", "z=3"));
  std::istringstream lines{failed()};
  std::vector<std::string> data;
  for (std::string line; std::getline(lines, line);)
    data.push_back(nlohmann::json::parse(line).at("data"));
  EXPECT_THAT(data, ElementsAre("no key", "2", too_large));
}

TEST_F(CliPut, TheFileOfFailuresCanBePutAgain) {
  kinesis_.set_faults({.refused_operations = {"PutRecords"}});
  const std::string input = "a:1\nb:\xff\xfe\nc:3\n";
  const Ended refused =
      run({"put", "--stream", "events", "-K", ":", "--compress", "gzip", "--failed", path("failed")}, input);
  EXPECT_EQ(refused.status, 3) << refused.errors;
  EXPECT_THAT(refused.errors, HasSubstr("nothing was stored: AccessDeniedException"));
  EXPECT_THAT(failed(), HasSubstr("AccessDeniedException"));
  kinesis_.set_faults({});
  const Ended again = run({"put", "--stream", "events", "--ndjson"}, failed());
  EXPECT_EQ(again.status, 0) << again.errors;
  EXPECT_THAT(stored("events"), UnorderedElementsAre("a=1", "b=\xff\xfe", "c=3")) << "not compressed once more";
}

TEST_F(CliPut, MetricsGoToTheSinkThatIsNamed) {
  const Ended ended = run({"put", "--stream", "events", "-K", ":", "--metrics-sink", "stderr"}, "a:1\nb:2\nc:3\n");
  EXPECT_EQ(ended.status, 0) << ended.errors;
  EXPECT_THAT(ended.errors, HasSubstr("UserRecordsPut StreamName=events 3\n"));
  EXPECT_THAT(ended.errors, Not(HasSubstr("UserRecordsDataPut"))) << "the level is summary";
  const Ended detailed = run({"put", "--stream", "copy", "-K", ":", "--metrics-sink", "stderr", "--metrics-level",
                              "detailed", "--additional-dimensions", "env=test"},
                             "a:1\n");
  EXPECT_THAT(detailed.errors, HasSubstr("UserRecordsDataPut env=test StreamName=copy ShardId="));
}

TEST_F(CliPut, ASinkThatFailsIsSpokenOfAndStopsNothing) {
  // Nobody listens there.
  const Ended ended =
      run({"put", "--stream", "events", "--metrics-sink", "opentelemetry:http://127.0.0.1:1"}, "a line\n");
  EXPECT_EQ(ended.status, 0) << ended.errors;
  EXPECT_THAT(ended.errors, HasSubstr("of metrics did not go well; with AIOKPL_LOG=warning"));
  const Ended wrong = run({"put", "--stream", "events", "--metrics-sink", "graphite"}, "a line\n");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("--metrics-sink: must be stderr, cloudwatch"));
}

TEST_F(CliPut, CompressedRecordsAreUnpackedByTail) {
  for (const std::string kind : {"gzip", "zstd"}) {
    ASSERT_EQ(run({"put", "--stream", "events", "--compress", kind}, kind + " text\n").status, 0);
    const Ended read = run({"tail", "--stream", "events", "--decompress", "auto"});
    EXPECT_THAT(read.output, HasSubstr(kind + " text\n"));
  }
  const std::string packed = run({"tail", "--stream", "events"}).output;
  EXPECT_THAT(packed, AllOf(HasSubstr("\x1f\x8b"), HasSubstr("\x28\xb5\x2f\xfd"))) << "as they are stored";
}

TEST_F(CliPut, WhatWasSentAgainIsCounted) {
  kinesis_.fail_next("PutRecords", {.kind = emulator::ScriptedFault::Kind::throttle_records});
  const Ended ended = run({"put", "--stream", "events", "-k", "one", "--summary", "json", "--quiet"}, "1\n2\n3\n");
  EXPECT_EQ(ended.status, 0) << ended.errors;
  const auto summary = nlohmann::json::parse(ended.errors);
  EXPECT_EQ(summary.at("stored"), 3);
  EXPECT_EQ(summary.at("retries"), 3);
}

TEST_F(CliPut, ASignalStoresWhatWasRead) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Process put{{"put", "--stream", "copy", "--progress"}, environment()};
    put.write_input("one\ntwo\n");
    ASSERT_TRUE(put.says("2 records"));
    put.send(signal);
    ASSERT_TRUE(put.says("storing what was read"));
    const Ended ended = put.wait();
    EXPECT_EQ(ended.status, 0) << "nothing more was there to be read: " << ended.errors;
    EXPECT_THAT(ended.errors, HasSubstr("2 stored"));
  }
  EXPECT_EQ(stored("copy").size(), 4U);
}

TEST_F(CliPut, AnUnfinishedLineIsNotPut) {
  Process put{{"put", "--stream", "copy", "--progress"}, environment()};
  put.write_input("one\ntw");
  ASSERT_TRUE(put.says("1 record "));
  put.send(SIGTERM);
  ASSERT_TRUE(put.says("storing what was read")) << "before the input ends, too";
  const Ended ended = put.wait();
  EXPECT_EQ(ended.status, 130);
  EXPECT_THAT(ended.errors, HasSubstr("2 bytes of an unfinished record"));
  EXPECT_EQ(stored("copy").size(), 1U);
}

TEST_F(CliPut, ASecondSignalGivesUpAndSaysWhatWasNotStored) {
  kinesis_.set_stalled(true);
  Process put{{"put", "--stream", "events", "--progress", "--failed", path("failed")}, environment()};
  std::string lines;
  for (int i = 0; i < 1000; ++i)
    lines += std::to_string(i) + "\n";
  put.write_input(lines);
  ASSERT_TRUE(put.says("1,000 records"));
  put.send(SIGINT);
  ASSERT_TRUE(put.says("storing what was read"));
  put.send(SIGINT);
  const Ended ended = put.wait();
  kinesis_.set_stalled(false);
  EXPECT_EQ(ended.status, 130) << ended.errors;
  EXPECT_THAT(ended.errors, HasSubstr("gave up: 1,000 records were not stored"));
  const std::string file = failed();
  EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 1000);
}

TEST_F(CliPut, ASecondSignalFreesACallerThatWaitsForPlaces) {
  kinesis_.set_stalled(true);
  Process put{
      {"put", "--stream", "events", "--progress", "--max-outstanding-records", "10", "--failed", path("failed")},
      environment()};
  std::string lines;
  for (int i = 0; i < 1000; ++i)
    lines += std::to_string(i) + "\n";
  put.write_input(lines);
  ASSERT_TRUE(put.says("in flight"));
  put.send(SIGINT);
  ASSERT_TRUE(put.says("storing what was read"));
  put.send(SIGINT);
  const Ended ended = put.wait();
  kinesis_.set_stalled(false);
  EXPECT_EQ(ended.status, 130) << ended.errors;
  const std::string file = failed();
  EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 1000) << "every record once";
  std::set<std::string> data;
  std::istringstream in{file};
  for (std::string line; std::getline(in, line);)
    data.insert(nlohmann::json::parse(line).at("data"));
  EXPECT_EQ(data.size(), 1000U);
}

TEST_F(CliPut, AFullDiskIsAnErrorOfItsOwn) {
  const Ended ended = run({"put", "--stream", "events", "-K", ":", "--failed", "/dev/full"}, ":no key\na:1\n");
  EXPECT_EQ(ended.status, 4) << ended.errors;
  EXPECT_THAT(ended.errors, HasSubstr("No space left on device"));
  EXPECT_THAT(stored("events"), UnorderedElementsAre("a=1"));
}

TEST_F(CliPut, WithoutCredentialsOneLineSaysWhatToDo) {
  const Ended ended =
      Process{{"put", "--stream", "events", "--region", "us-east-1"}, {"AWS_EC2_METADATA_DISABLED=true"}}.wait();
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(std::count(ended.errors.begin(), ended.errors.end(), '\n'), 1) << ended.errors;
  EXPECT_THAT(ended.errors, HasSubstr("no credentials"));
  EXPECT_THAT(ended.errors, HasSubstr("AWS_ACCESS_KEY_ID"));
}

TEST_F(CliPut, WithoutARegionOneLineSaysWhatToDo) {
  const Ended ended = Process{{"put", "--stream", "events"}, {"AWS_EC2_METADATA_DISABLED=true"}}.wait();
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(std::count(ended.errors.begin(), ended.errors.end(), '\n'), 1) << ended.errors;
  EXPECT_THAT(ended.errors, HasSubstr("--region"));
}

TEST_F(CliPut, AStreamThatDoesNotExistEndsItSoon) {
  Process put{{"put", "--stream", "missing"}, environment()};
  put.write_input("one\n");
  // The input stays open: put must end by itself.
  ASSERT_TRUE(put.says("nothing was stored: ResourceNotFoundException"));
  EXPECT_EQ(put.wait().status, 3);
}

TEST_F(CliPut, AnEndpointThatRefusesIsToldByTheTtl) {
  const std::string endpoint = kinesis_.endpoint_url();
  kinesis_.stop();
  Process put{{"put", "--stream", "events", "--endpoint-url", endpoint, "--record-ttl", "500ms"}, {}};
  put.write_input("one\n");
  const Ended ended = put.wait();
  EXPECT_EQ(ended.status, 3) << ended.errors;
  EXPECT_THAT(ended.errors, HasSubstr("nothing was stored"));
}

TEST_F(CliPut, ADryRunStoresNothing) {
  const Ended ended =
      run({"put", "--stream", "events", "-K", ":", "--dry-run", "--failed", path("failed")}, "a:1\n:2\nb:3\nc:4\n");
  EXPECT_EQ(ended.status, 1) << ended.errors;
  EXPECT_THAT(ended.errors, HasSubstr("3 would be stored, 1 would fail"));
  EXPECT_THAT(stored("events"), IsEmpty());
  EXPECT_EQ(run({"put", "--stream", "missing", "--dry-run"}, "x\n").status, 3);
}

TEST_F(CliPut, ADryRunFindsTheRecordThatTheServiceRefuses) {
  std::string lines;
  for (int i = 0; i < 100; ++i)
    lines += "{\"data\":\"" + std::to_string(i) + "\",\"partition_key\":\"k\"}\n";
  const emulator::ScriptedFault invalid{
      .status = 400, .code = "ValidationException", .message = "Something about one record."};
  // The probe passes; then the whole, the half with the guilty one, and so on down to one record.
  const Ended fine = run({"put", "--stream", "events", "--ndjson", "--dry-run"}, lines);
  EXPECT_EQ(fine.status, 0) << fine.errors;
  kinesis_.fail_next("PutRecords", invalid, 1);
  const Ended one = run({"put", "--stream", "events", "--ndjson", "--dry-run", "--failed", path("failed")}, lines);
  EXPECT_EQ(one.status, 1) << one.errors;
  EXPECT_THAT(one.errors, HasSubstr("99 would be stored, 1 would fail"));
  EXPECT_THAT(failed(), HasSubstr("Something about one record."));
}

TEST_F(CliPut, CreatesTheStreamWhenAskedTo) {
  const std::vector<std::string> arguments{"put", "--stream", "new", "--create-shards", "5"};
  EXPECT_EQ(run(arguments, "one\n").status, 0);
  EXPECT_EQ(kinesis_.shards("new").size(), 5U);
  const Ended again = run(arguments, "two\n");
  EXPECT_EQ(again.status, 0) << "it is there already: " << again.errors;
  EXPECT_EQ(stored("new").size(), 2U);
}

TEST_F(CliPut, WrongUsageIsToldInALineThatPointsAtTheHelp) {
  const std::vector<std::vector<std::string>> wrong{{"put"},
                                                    {"put", "--stream", "s", "--no-such-flag"},
                                                    {"put", "--stream", "s", "--record-ttl", "1ms"},
                                                    {"put", "--stream", "s", "--key-field", "id"},
                                                    {"put", "--stream", "s", "--ndjson", "-K", ":"},
                                                    {"put", "--stream", "s", "--profile", "work"},
                                                    {"put", "--stream", "s", "/no/such/file"},
                                                    {"put", "--stream", "s", "--compress", "rar"},
                                                    {"nonsense"},
                                                    {}};
  for (const auto& arguments : wrong) {
    const Ended ended = Process{arguments, environment()}.wait();
    EXPECT_EQ(ended.status, 2) << ended.errors;
    EXPECT_EQ(std::count(ended.errors.begin(), ended.errors.end(), '\n'), 1) << ended.errors;
  }
}

TEST_F(CliPut, HelpAndVersionGoToStandardOutput) {
  const Ended help = Process{{"put", "--help"}, {}}.wait();
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, HasSubstr("Examples:"));
  EXPECT_THAT(help.output, Not(HasSubstr("--record-ttl")));
  EXPECT_THAT(Process({"put", "--help", "--all-flags"}, {}).wait().output, HasSubstr("--record-ttl TIME"));
  EXPECT_THAT(Process({"--version"}, {}).wait().output, testing::StartsWith("aiokpl "));
}

TEST_F(CliPut, KeylessLinesOfAPipeAreSpreadAndPutBeforeItEnds) {
  Process put{{"put", "--stream", "events"}, environment()};
  put.write_input("one\n");
  Process tail{{"tail", "--stream", "events", "--follow", "--from", "start", "--count", "2"}, environment()};
  put.write_input("two\n");
  const Ended read = tail.wait();
  EXPECT_EQ(read.status, 0) << read.errors;
  EXPECT_THAT(read.output, testing::AnyOf("one\ntwo\n", "two\none\n"));
  EXPECT_EQ(put.wait().status, 0);
}

TEST_F(CliPut, OptionsPrintsWhatTheDocumentsAreMadeOf) {
  std::ifstream in{AIOKPL_SOURCE_DIR "/docs/options.md"};
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_EQ(Process({"options", "--markdown"}, {}).wait().output, text.str());
}

}  // namespace
}  // namespace aiokpl::cli_test
