#include "aws/command.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/aws/fake_web.hpp"

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using test::FakeWeb;
using test::fetched;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Command, IsSplitAsAShellWould) {
  const auto words = [](std::string_view command) {
    const CommandWords split = split_command(command);
    EXPECT_EQ(split.problem, "") << command;
    return split.words;
  };
  EXPECT_THAT(words("  a\tb \n c\r"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(words("'a b' \"c d\" e' 'f\" \"g"), ElementsAre("a b", "c d", "e f g"));
  EXPECT_THAT(words("a '' \"\""), ElementsAre("a", "", ""));
  EXPECT_THAT(words(R"('a\' b\ c \'d \\)"), ElementsAre("a\\", "b c", "'d", "\\"));
  EXPECT_THAT(words(R"("a\"b" "c\\d" "e\nf" "g\'")"), ElementsAre("a\"b", "c\\d", "e\\nf", "g\\'"));
  EXPECT_THAT(words("$HOME `a` *;|#x&"), ElementsAre("$HOME", "`a`", "*;|#x&")) << "and nothing is expanded";
}

TEST(Command, ThatIsNoneIsAProblem) {
  EXPECT_EQ(split_command("").problem, "is empty");
  EXPECT_EQ(split_command(" \t").problem, "is empty");
  EXPECT_EQ(split_command("a 'b").problem, "has a ' that is not closed");
  EXPECT_EQ(split_command("a \"b\\\"").problem, "has a \" that is not closed");
  EXPECT_EQ(split_command("a \\").problem, "ends with a backslash");
  EXPECT_EQ(split_command("a \"\\").problem, "ends with a backslash");
}

CommandResult shell(const std::string& script, CommandLimits limits = {}, const std::stop_token& stop = {}) {
  return run_command({"sh", "-c", script}, limits, stop);
}

/// No child of this process is left, neither running nor dead.
void expect_no_children() {
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(Command, GivesItsOutputAndItsEnd) {
  const CommandResult fine = shell("printf hello; echo secret >&2");
  EXPECT_EQ(fine.problem, "");
  EXPECT_EQ(fine.exit_code, 0);
  EXPECT_EQ(fine.output, "hello");
  EXPECT_EQ(shell("exit 7").exit_code, 7);
  EXPECT_EQ(shell("kill -9 $$").exit_code, 128 + SIGKILL);
  EXPECT_EQ(shell("cat").output, "") << "its input is nothing";
  expect_no_children();
}

TEST(Command, ThatCannotBeRunSaysWhy) {
  const CommandResult missing = run_command({"aiokpl-no-such-program", "--password=secret"}, {}, {});
  EXPECT_EQ(missing.problem, "aiokpl-no-such-program: No such file or directory");
  EXPECT_FALSE(missing.started);
  EXPECT_THAT(run_command({"/etc/passwd"}, {}, {}).problem, HasSubstr("Permission denied"));
  expect_no_children();
}

TEST(Command, IsKilledWithItsChildrenWhenTimeIsUp) {
  const auto begin = std::chrono::steady_clock::now();
  // The child's child holds the pipe, too.
  EXPECT_EQ(shell("sleep 60 & sleep 60", {.time = 100ms}).problem, "sh: did not end within 100 ms");
  EXPECT_EQ(shell("exec >&-; sleep 60", {.time = 100ms}).problem, "sh: did not end within 100 ms")
      << "the end of its output is not its end";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
  expect_no_children();
}

TEST(Command, IsKilledWhenItWritesTooMuch) {
  EXPECT_EQ(shell("yes", {.output = 1000}).problem, "sh: wrote more than 1000 bytes");
  EXPECT_EQ(shell("printf 0123456789", {.output = 10}).output, "0123456789");
  EXPECT_EQ(shell("printf 0123456789", {.output = 9}).problem, "sh: wrote more than 9 bytes");
  expect_no_children();
}

TEST(Command, IsGivenUpWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(shell("sleep 60", {}, stop.get_token()).problem, "sh: was given up");
  expect_no_children();
}

TEST(Command, InheritsNothingButTheEnvironment) {
  const int open_here = open("/dev/null", O_RDONLY);  // without CLOEXEC, as others may have theirs
  ASSERT_GE(open_here, 0);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto ignored = std::signal(SIGPIPE, SIG_IGN);
  setenv("AIOKPL_TEST_VARIABLE", "value", 1);  // NOLINT(concurrency-mt-unsafe): the only thread
  const CommandResult seen = run_command(
      {"sh", "-c",
       "echo $AIOKPL_TEST_VARIABLE; ls /proc/$$/fd | tr '\\n' ' '; grep -E 'Sig(Blk|Ign)' /proc/self/status"},
      {}, {});
  unsetenv("AIOKPL_TEST_VARIABLE");  // NOLINT(concurrency-mt-unsafe)
  std::signal(SIGPIPE, ignored);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(open_here);
  EXPECT_THAT(seen.output, AllOf(StartsWith("value\n0 1 2 "), HasSubstr("SigBlk:\t0000000000000000")));
  EXPECT_THAT(seen.output, testing::ContainsRegex("SigIgn:\t[0-9a-f]*0000000\n"))
      << "beside signals of the C library's own";
}

TEST(Command, RunsFromManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([i] {
      const std::string word = std::to_string(i);
      // A pipe of another thread's child in our hand would keep it open.
      EXPECT_EQ(shell("printf " + word, {.time = 30s}).output, word);
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  expect_no_children();
}

TEST(Command, NeedsNoNewsOfItsEnd) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);  // the system takes children in, and tells nothing
  const CommandResult result = shell("printf hello");
  std::signal(SIGCHLD, before);
  EXPECT_EQ(result.output, "hello");
  EXPECT_EQ(result.problem, "");
}

std::string process(const std::string& command) {
  FakeWeb web;
  return fetched(process_source(command), web);
}

TEST(ProcessSource, ReadsWhatTheProgramPrints) {
  EXPECT_EQ(process(R"(printf '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S"}')"), "A S ");
  EXPECT_EQ(process(R"(printf '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T",)"
                    R"("Expiration":"2027-01-15T08:00:01Z"}')"),
            "A S T");
}

TEST(ProcessSource, FailsWithoutTellingTheCommand) {
  EXPECT_EQ(process("sh -c 'echo secret-output; echo secret-error >&2; exit 3' --key secret"),
            "failure: credential_process: sh ended with code 3: run it by hand to see what it says");
  EXPECT_EQ(process("echo secret"), "failure: credential_process: what echo wrote is not understood: it is no JSON");
  EXPECT_EQ(process("true"), "failure: credential_process: what true wrote is not understood: it is no JSON");
  EXPECT_EQ(process(R"(echo '{"Version":2}')"),
            "failure: credential_process: what echo wrote is not understood: Version is not 1");
  EXPECT_EQ(process("aiokpl-no-such-program secret"),
            "failure: credential_process: aiokpl-no-such-program: No such file or directory");
  EXPECT_EQ(process("echo 'secret"), "failure: credential_process: the command has a ' that is not closed");
  EXPECT_THAT(
      process(R"(printf '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"2027-01-15T07:00:00Z"}')"),
      StartsWith("temporary: credential_process: the credentials that came expired at 2027-01-15T07:00:00Z"));
}

}  // namespace
}  // namespace aiokpl::aws
