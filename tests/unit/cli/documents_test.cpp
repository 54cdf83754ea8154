// The documents that are made from the parser: whoever adds a flag writes them anew.
#include <fstream>
#include <set>
#include <sstream>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/completion.hpp"
#include "cli/man_page.hpp"
#include "cli/program.hpp"
#include "producer/options.hpp"

namespace aiokpl::cli {
namespace {

using ::testing::HasSubstr;

std::string file(const std::string& path) {
  std::ifstream in{AIOKPL_SOURCE_DIR "/" + path};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class Documents : public testing::Test {
 protected:
  Documents() { add_commands(app_, status_); }

  void collect(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames())
        words_.insert("--" + name);
    }
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
      words_.insert(sub->get_name());
      collect(*sub);
    }
  }

  int status_ = 0;
  CLI::App app_{"", "aiokpl"};
  std::set<std::string> words_;
};

TEST_F(Documents, EveryCommandAndFlagIsInCompletionAndManual) {
  collect(app_);
  for (const char* expected :
       {"put", "tail", "stream", "split", "local", "demo", "options", "--failed", "--record-ttl"})
    EXPECT_TRUE(words_.contains(expected)) << expected;
  const std::string bash = file("cli/completions/aiokpl.bash");
  const std::string manual = file("cli/aiokpl.1");
  for (const std::string& word : words_) {
    EXPECT_NE(bash.find(word), std::string::npos) << word;
    std::string escaped;
    for (const char c : word)
      escaped += c == '-' ? "\\-" : std::string{c};
    EXPECT_NE(manual.find(escaped), std::string::npos) << word;
  }
}

TEST_F(Documents, AreAsGenerated) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    EXPECT_TRUE(file("cli/completions/aiokpl." + shell) == completion_script(app_, shell))
        << "aiokpl options --completion " << shell << " > cli/completions/aiokpl." << shell;
  }
  EXPECT_TRUE(file("cli/aiokpl.1") == man_page(app_)) << "aiokpl options --man > cli/aiokpl.1";
}

TEST_F(Documents, TheManualTellsTheExitStatuses) {
  const std::string manual = man_page(app_);
  for (const char* status : {"0", "1", "2", "3", "4", "130"})
    EXPECT_THAT(manual, HasSubstr("\n.B " + std::string{status} + "\n"));
}

}  // namespace
}  // namespace aiokpl::cli
