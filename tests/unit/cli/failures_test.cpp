#include "cli/failures.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

std::string content(const std::string& path) {
  std::ifstream in{path};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class FailuresTest : public testing::Test {
 protected:
  FailuresTest() {
    std::string name = testing::TempDir() + "aiokpl-failures-XXXXXX";
    const int fd = mkstemp(name.data());
    close(fd);
    path_ = name;
  }
  ~FailuresTest() override { unlink(path_.c_str()); }

  std::string path_;
};

TEST_F(FailuresTest, WritesEachFailureAndCountsThem) {
  Failures failures{path_, {"-"}, false};
  failures.add({.partition_key = "k", .data = "a"}, {"Expired", "too late", 2});
  failures.add({.data = "b"}, {"Expired", "too late", 2});
  failures.add_unreadable({"{", "Unreadable", "is no JSON"});
  EXPECT_TRUE(failures.finish());
  EXPECT_EQ(failures.count(), 3U);
  EXPECT_EQ(failures.count("Expired"), 2U);
  EXPECT_EQ(failures.count("Other"), 0U);
  EXPECT_EQ(content(path_),
            R"({"partition_key":"k","data":"a","error":{"code":"Expired","message":"too late","attempts":2}}
{"data":"b","error":{"code":"Expired","message":"too late","attempts":2}}
{"unreadable":"{","error":{"code":"Unreadable","message":"is no JSON"}}
)");
}

TEST_F(FailuresTest, EmptiesAFileOfAnEarlierRun) {
  std::ofstream{path_} << "old";
  EXPECT_TRUE(Failures(path_, {}, false).finish());
  EXPECT_EQ(content(path_), "");
}

TEST_F(FailuresTest, DoesNotEmptyWhatIsStillToBeRead) {
  std::ofstream{path_} << "precious";
  EXPECT_THROW(Failures(path_, {"-", path_}, false), CommandError);
  EXPECT_EQ(content(path_), "precious");
}

TEST_F(FailuresTest, AFullDiskIsSaidAloudAndIsAnError) {
  CaptureStderr();
  Failures failures{"/dev/full", {}, false};
  const std::string data(200'000, 'x');
  failures.add({.data = data}, {"Expired", "too late", 1});
  failures.add({.data = data}, {"Expired", "too late", 1});
  EXPECT_FALSE(failures.finish());
  const std::string said = GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("incomplete"));
  EXPECT_THAT(said, HasSubstr("No space left on device"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << "once, not for each record";
  EXPECT_EQ(failures.count(), 2U);
}

TEST_F(FailuresTest, AFullDiskIsNoticedAtTheEndToo) {
  CaptureStderr();
  Failures failures{"/dev/full", {}, true};
  failures.add({.data = "small"}, {"Expired", "too late", 1});
  EXPECT_FALSE(failures.finish());
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("No space left on device")) << "also when quiet";
}

TEST_F(FailuresTest, AFileThatCannotBeMadeIsWrongUsage) {
  EXPECT_THROW(Failures("/no-such-folder/failed", {}, false), CommandError);
}

TEST_F(FailuresTest, WithoutAFileTheFirstFewAreTold) {
  CaptureStderr();
  Failures failures{"", {}, false};
  for (int i = 0; i < 100; ++i)
    failures.add({.partition_key = "user\x1b[2J", .data = "secret"}, {"Expired", "too late", 1});
  EXPECT_TRUE(failures.finish());
  const std::string said = GetCapturedStderr();
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 6);
  EXPECT_THAT(said, HasSubstr("--failed FILE"));
  EXPECT_EQ(said.find("secret"), std::string::npos);
  EXPECT_EQ(said.find('\x1b'), std::string::npos) << "a key must not command the terminal";
}

}  // namespace
}  // namespace aiokpl::cli
