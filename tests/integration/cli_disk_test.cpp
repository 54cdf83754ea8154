#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/child.hpp"
#include "integration/consumer.hpp"

// `aiokpl put` whose file for failed records meets a full disk: that is told, and stops no record.
namespace aiokpl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CliDisk : public ::testing::Test {
 protected:
  CliDisk() : kinesis_{{.streams = {{.name = "events", .shards = 3}}}} {
    kinesis_.start();
    // A record after each line that fails, and more failures than are gathered for one write.
    std::ofstream out{input_};
    for (int i = 0; i < records; ++i)
      out << ":no key, " << std::string(80, '.') << "\nkey:" << i << '\n';
  }
  ~CliDisk() override { unlink(input_.c_str()); }

  struct Ended {
    int status = 0;
    std::string said;
  };
  /// A shell's script, with the program as $0, the endpoint as $1 and the input as $2.
  [[nodiscard]] Ended run(std::vector<std::string> command, const std::string& script) const {
    command.insert(command.end(), {"sh", "-c", script, AIOKPL_PROGRAM, kinesis_.endpoint_url(), input_});
    testing::Child child{command};
    std::string said = child.rest();
    const int status = child.wait();
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, std::move(said)};
  }

  static constexpr int records = 2'000;
  emulator::LocalKinesis kinesis_;

 private:
  std::string input_ = ::testing::TempDir() + "aiokpl-disk-" + std::to_string(getpid());
};

TEST_F(CliDisk, FromTheStartIsToldOnceAndStopsNoRecord) {
  const Ended ended = run({}, R"("$0" put --stream events -K : --failed /dev/full --endpoint-url "$1" "$2" 2>&1)");
  EXPECT_EQ(ended.status, 4) << ended.said;
  const std::string words = "the file for failed records is incomplete: /dev/full: No space left on device";
  const std::size_t first = ended.said.find(words);
  ASSERT_NE(first, std::string::npos) << ended.said;
  EXPECT_EQ(ended.said.find(words, first + 1), std::string::npos) << ended.said;
  EXPECT_THAT(ended.said, AllOf(HasSubstr("2,000 stored"), HasSubstr("2,000 failed")));
  EXPECT_EQ(testing::consume(kinesis_, "events").records.size(), std::size_t{records});
}

TEST_F(CliDisk, InTheMiddleIsToldAndTheFileKeepsWhatFits) {
  const Ended ended = run({"unshare", "--map-root-user", "--mount"}, R"(mount -t tmpfs -o size=64k none /mnt || exit 77
"$0" put --stream events -K : --failed /mnt/failed --endpoint-url "$1" "$2" 2>&1; status=$?
head -n 1 /mnt/failed; echo "$(wc -c </mnt/failed) bytes"; exit $status)");
  if (ended.said.find("stored") == std::string::npos) GTEST_SKIP() << "no file system to fill here: " << ended.said;
  EXPECT_EQ(ended.status, 4) << ended.said;
  EXPECT_THAT(ended.said, AllOf(HasSubstr("/mnt/failed: No space left on device"), HasSubstr("2,000 stored"),
                                HasSubstr(R"(no key, .....)"), HasSubstr("65536 bytes")));
  EXPECT_EQ(testing::consume(kinesis_, "events").records.size(), std::size_t{records});
}

}  // namespace
}  // namespace aiokpl
