#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <aiokpl/aggregation.hpp>
#include <aiokpl/emulator.hpp>

// The programs under examples/ run as a user would run them, and the README shows what was run.
namespace aiokpl {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

struct Ended {
  int status = -1;
  std::string output;
};

class Examples : public testing::Test {
 protected:
  Examples() : kinesis_{{.streams = {{.name = "my-stream", .shards = 3}}}} { kinesis_.start(); }

  // Runs a program under examples/ with its endpoint in the environment; it ends within a minute.
  [[nodiscard]] Ended run(const std::string& name) const {
    const std::string command = "env -u AIOKPL_LOG AWS_ENDPOINT_URL_KINESIS=" + kinesis_.endpoint_url() +
                                " timeout 60 " AIOKPL_EXAMPLES_DIR "/example_" + name;
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return {};
    Ended result;
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      result.output.append(buffer.data(), count);
    }
    const int status = pclose(pipe);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
  }

  // What a consumer reads, as "key data".
  [[nodiscard]] std::multiset<std::string> consumed() const {
    std::multiset<std::string> all;
    for (const auto& shard : kinesis_.shards("my-stream")) {
      for (const auto& record : kinesis_.records("my-stream", shard.id)) {
        const Deaggregated read = deaggregate(record.data, record.partition_key, shard.range);
        EXPECT_FALSE(read.dropped);
        for (const UserRecord& user : read.records) {
          all.insert(user.partition_key + ' ' +
                     std::string{reinterpret_cast<const char*>(user.data.data()), user.data.size()});
        }
      }
    }
    return all;
  }

  emulator::LocalKinesis kinesis_;
};

TEST_F(Examples, QuickStartWithCoroutines) {
  const Ended result = run("quick_start_coroutine");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, MatchesRegex("shardId-[0-9]+ [0-9]+\n"));
  EXPECT_EQ(consumed(), (std::multiset<std::string>{"user-123 hello"}));
}

TEST_F(Examples, QuickStartWithoutCoroutines) {
  const Ended result = run("quick_start_sync");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, MatchesRegex("shardId-[0-9]+ [0-9]+\n"));
  EXPECT_EQ(consumed(), (std::multiset<std::string>{"user-123 hello"}));
}

TEST_F(Examples, ManyRecords) {
  const Ended result = run("many_records");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output, "10000/10000 succeeded\n");
  std::multiset<std::string> expected;
  for (int i = 0; i < 10'000; ++i) {
    expected.insert("user-" + std::to_string(i) + " event-" + std::to_string(i));
  }
  EXPECT_EQ(consumed(), expected);
}

TEST_F(Examples, FailurePath) {
  const Ended result = run("failure_path");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("refused at the call: partition_key: "));
  EXPECT_THAT(result.output, HasSubstr("final failure: ResourceNotFoundException: "));
  EXPECT_THAT(result.output, HasSubstr("not stored in no-such-stream: important\n"));
}

// It puts its records into a local Kinesis of its own.
TEST_F(Examples, OwnSink) {
  const Ended result = run("own_sink");
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.output.find("UserRecordsPut StreamName=my-stream ShardId="), std::string::npos) << result.output;
}

std::string file(const std::string& path) {
  std::ifstream in{path};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// `document` must show what stands between two lines "// [marker]" of the example.
void expect_shown(const std::string& document, const std::string& example, const std::string& marker) {
  const std::string text = file(AIOKPL_SOURCE_DIR "/" + document);
  const std::string source = file(AIOKPL_SOURCE_DIR "/examples/" + example + ".cpp");
  const std::string line = "// [" + marker + "]\n";
  const std::size_t begin = source.find(line);
  ASSERT_NE(begin, std::string::npos) << example;
  const std::size_t end = source.find(line, begin + line.size());
  ASSERT_NE(end, std::string::npos) << example;
  const std::string shown = source.substr(begin + line.size(), end - begin - line.size());
  EXPECT_NE(text.find("```cpp\n" + shown + "```"), std::string::npos)
      << document << " must show this between ```cpp and ```:\n"
      << shown;
}

TEST(Readme, ShowsTheQuickStartsThatAreTested) {
  expect_shown("README.md", "quick_start_coroutine", "quick-start");
  expect_shown("README.md", "quick_start_sync", "quick-start");
}

TEST(Documents, ShowProgramsThatAreCompiled) {
  expect_shown("docs/sink-of-your-own.md", "own_sink", "sink");
  expect_shown("docs/metrics-datadog.md", "datadog_metrics", "datadog");
}

}  // namespace
}  // namespace aiokpl
