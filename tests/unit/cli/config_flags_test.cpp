#include "cli/config_flags.hpp"

#include <fstream>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/exit_status.hpp"
#include "producer/options.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Config parse(std::vector<std::string> arguments) {
  CLI::App app;
  ConfigFlags flags;
  flags.add_to(app);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  app.parse(arguments);
  return flags.resolve();
}

std::string refusal(std::vector<std::string> arguments) {
  try {
    static_cast<void>(parse(std::move(arguments)));
  } catch (const CommandError& error) {
    EXPECT_EQ(error.status(), ExitStatus::usage);
    return error.what();
  }
  return "(accepted)";
}

TEST(ConfigFlags, EveryOptionHasItsFlag) {
  for (const detail::Option& option : detail::options()) {
    if (option.flag.empty()) continue;
    const bool boolean = option.kind == detail::OptionKind::boolean;
    const std::string value = option.choices.empty() ? option.default_text() : option.choices.front();
    if (!boolean && value.starts_with('(')) continue;  // no default that could be written
    const Config config = boolean ? parse({option.negative_flag}) : parse({option.flag, value});
    EXPECT_EQ(option.show(config), boolean ? "false" : value) << option.flag;
  }
}

TEST(ConfigFlags, ReadsTimesSizesAndBooleans) {
  const Config config = parse({"--record-ttl", "90s", "--aggregation-max-size=20KiB", "--fail-if-throttled",
                               "--no-verify-ssl", "--endpoint-url", "http://localhost:4567"});
  EXPECT_EQ(config.record_ttl, 90s);
  EXPECT_EQ(config.aggregation_max_size, 20'480U);
  EXPECT_TRUE(config.fail_if_throttled);
  EXPECT_FALSE(config.verify_ssl);
  EXPECT_EQ(config.endpoint_url, "http://localhost:4567");
}

TEST(ConfigFlags, RefusalsNameTheFlag) {
  EXPECT_THAT(refusal({"--record-ttl", "5"}), HasSubstr("--record-ttl: "));
  EXPECT_THAT(refusal({"--record-ttl", "5"}), HasSubstr("needs a unit"));
  EXPECT_THAT(refusal({"--aggregation-max-size", "5KB"}), HasSubstr("--aggregation-max-size"));
  EXPECT_THAT(refusal({"--collection-max-count", "many"}), HasSubstr("--collection-max-count"));
  EXPECT_THAT(refusal({"--wire-protocol", "xml"}), HasSubstr("--wire-protocol"));
  EXPECT_THAT(refusal({"--config", "/no/such/file"}), HasSubstr("cannot read /no/such/file"));
}

TEST(ConfigFlags, FlagsWinOverTheFile) {
  std::string path = testing::TempDir() + "aiokpl-config-XXXXXX";
  close(mkstemp(path.data()));
  std::ofstream{path} << "record_ttl = 10s\nmax-connections = 7\n";
  const Config config = parse({"--record-ttl", "20s", "--config", path});
  unlink(path.c_str());
  EXPECT_EQ(config.record_ttl, 20s);
  EXPECT_EQ(config.max_connections, 7U);
}

TEST(ConfigFile, ReadsNamesInEitherSpelling) {
  Config config;
  read_config_text("# comment\n\n record-ttl=10s # why\r\n\tregion = \"eu-west-1\"\naggregation_enabled = no", "f",
                   config);
  EXPECT_EQ(config.record_ttl, 10s);
  EXPECT_EQ(config.region, "eu-west-1");
  EXPECT_FALSE(config.aggregation_enabled);
}

TEST(ConfigFile, ErrorsNameTheLine) {
  for (const char* wrong : {"region = x\nnonsense", "\nrecord_tll = 30s", "\nrecord_ttl = 30", "\nlogger = x"}) {
    Config config;
    try {
      read_config_text(wrong, "my.conf", config);
      ADD_FAILURE() << wrong;
    } catch (const CommandError& error) {
      EXPECT_EQ(error.status(), ExitStatus::usage);
      EXPECT_THAT(error.what(), HasSubstr("my.conf:2: "));
    }
  }
}

}  // namespace
}  // namespace aiokpl::cli
