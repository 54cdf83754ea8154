#include <chrono>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkstemp is not in <cstdlib>
#include <unistd.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/ledger.hpp"
#include "integration/waiting.hpp"
#include "integration/words.hpp"
#include "producer/options.hpp"
#include "unit/aws/connect_proxy.hpp"
#include "unit/aws/loopback_server.hpp"

// What stands between a producer and the service: a proxy, authorities, clocks that differ. And what is said of it,
// which is never a secret.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using test::Connection;
using test::ConnectProxy;
using test::LoopbackServer;
using ::testing::HasSubstr;
using testing::Ledger;
using ::testing::Not;
using testing::Words;

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    close(mkstemp(path_.data()));
    std::ofstream{path_} << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { unlink(path_.c_str()); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_ = ::testing::TempDir() + "aiokpl-file-XXXXXX";
};

std::string words_of_config_error(const Config& config) {
  try {
    const SyncProducer producer{config};
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

class ClockSkew : public ::testing::TestWithParam<std::chrono::seconds> {};

TEST_P(ClockSkew, LosesNoRecord) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events", .shards = 2}},
                                  .access_key_id = "AKIDEXAMPLE",
                                  .secret_access_key = "secret",
                                  .clock_skew = GetParam()}};
  kinesis.start();
  Config config;
  config.endpoint_url = kinesis.endpoint_url();
  config.aws_access_key_id = "AKIDEXAMPLE";
  config.aws_secret_access_key = "secret";
  config.record_max_buffered_time = 5ms;
  const auto listener = std::make_shared<Words>();
  config.logger = listener;
  SyncProducer producer{config};
  Ledger ledger;
  for (int i = 0; i < 200; ++i)
    ledger.put(producer, "events", static_cast<std::uint64_t>(i));
  const auto tally = ledger.check(kinesis);
  EXPECT_EQ(tally.stored, 200U) << ::testing::PrintToString(tally.words);
  EXPECT_THAT(listener->text(), HasSubstr("from now on requests are dated by that"));
  EXPECT_THAT(listener->text(), HasSubstr(GetParam() > 0s ? "behind the service's" : "ahead of the service's"));
}

INSTANTIATE_TEST_SUITE_P(BothWays, ClockSkew, ::testing::Values(std::chrono::hours{30}, std::chrono::minutes{-17}));

// A wrong key is refused with the same code, but at the right time: that stays so, and ends at once.
TEST(NetworkSettings, AWrongKeyIsNoWrongClock) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events"}},
                                  .access_key_id = "AKIDEXAMPLE",
                                  .secret_access_key = "secret",
                                  .clock_skew = 1h}};
  kinesis.start();
  Config config;
  config.endpoint_url = kinesis.endpoint_url();
  config.aws_access_key_id = "AKIDEXAMPLE";
  config.aws_secret_access_key = "another";
  SyncProducer producer{config};
  const RecordResult result = producer.put_record({.stream = "events", .partition_key = "k", .data = "d"}).wait(20s);
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.attempts.back().error_code, "InvalidSignatureException") << result;
}

TEST(NetworkSettings, RecordsGoThroughAProxyToAServiceThatIsWhoItSays) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events", .shards = 2}}}};
  kinesis.start();
  const Certificate certificate{-1h, 1h, "DNS:kinesis.test"};
  const TemporaryFile authority{certificate.pem};
  // Takes TLS off, as that of the local Kinesis is for names of this machine, before which no proxy stands.
  LoopbackServer front{[&](Connection& connection) { test::relay_requests(connection, kinesis.port()); }, &certificate};
  ConnectProxy proxy{front.port(), "Basic bWU6aHVudGVyMg=="};
  Config config;
  config.region = "us-east-1";
  config.endpoint_url = "https://kinesis.test";
  config.ca_bundle = authority.path();
  config.proxy_host = "127.0.0.1";
  config.proxy_port = proxy.port();
  config.proxy_user_name = "me";
  config.proxy_password = "hunter2";
  config.aws_access_key_id = "AKIDEXAMPLE";
  config.aws_secret_access_key = "secret";
  SyncProducer producer{config};
  Ledger ledger;
  for (int i = 0; i < 200; ++i)
    ledger.put(producer, "events", static_cast<std::uint64_t>(i));
  const auto tally = ledger.check(kinesis);
  EXPECT_EQ(tally.stored, 200U) << ::testing::PrintToString(tally.words);
  const std::vector<std::string> lines = proxy.lines();
  EXPECT_THAT(lines, ::testing::Each("CONNECT kinesis.test:443 HTTP/1.1"));
  EXPECT_FALSE(lines.empty());
}

TEST(NetworkSettings, AreCheckedWhenAProducerIsMade) {
  Config config;
  config.region = "us-east-1";
  config.ca_bundle = "/nowhere/ca.pem";
  EXPECT_EQ(words_of_config_error(config), "ca_bundle: cannot read /nowhere/ca.pem: No such file or directory");
  const TemporaryFile empty{""};
  config.ca_bundle = empty.path();
  EXPECT_THAT(words_of_config_error(config), HasSubstr("ca_bundle: " + empty.path() + " holds no certificate"));
  config.ca_bundle.reset();
  config.endpoint_url = "https://kinesis.test";
  config.use_fips_endpoint = true;
  EXPECT_THAT(words_of_config_error(config), HasSubstr("use_fips_endpoint: must not be on beside endpoint_url"));
}

/// Everything that a producer with these settings says when its records fail, beside what its options show.
std::string words_of_failing(Config config) {
  const auto listener = std::make_shared<Words>();
  config.logger = listener;
  config.record_ttl = 400ms;
  config.connect_timeout = 200ms;
  config.request_timeout = 200ms;
  config.record_max_buffered_time = 5ms;
  std::ostringstream all;
  for (const detail::Option& option : detail::options())
    all << option.show(config) << "\n" << option.check(config).value_or("") << "\n";
  try {
    SyncProducer producer{config};
    const RecordResult result = producer.put_record({.stream = "events", .partition_key = "k", .data = "d"}).wait(20s);
    EXPECT_FALSE(result.success);
    all << result << "\n";
    for (const Attempt& attempt : result.attempts)
      all << attempt.error_code << " " << attempt.error_message << "\n";
  } catch (const std::exception& error) {
    all << error.what() << "\n";
  }
  all << listener->text();
  return all.str();
}

Config with_secrets(const std::string& mark) {
  Config config;
  config.region = "us-east-1";
  config.endpoint_url = "https://kinesis.test";
  config.aws_access_key_id = "AKIDEXAMPLE";
  config.aws_secret_access_key = mark + "-secret";
  config.aws_session_token = mark + "-token";
  config.proxy_host = "127.0.0.1";
  config.proxy_user_name = "me";
  config.proxy_password = mark + "-password";
  return config;
}

TEST(NetworkSettings, SecretsAreNeverSaid) {
  const std::string mark = "xyzzy";
  Config config = with_secrets(mark);
  const ConnectProxy asking{test::refusing_port(), "Basic other"};
  config.proxy_port = asking.port();
  const std::string of_asking = words_of_failing(config);
  EXPECT_THAT(of_asking, HasSubstr("wrong proxy_user_name or proxy_password"));
  EXPECT_THAT(of_asking, Not(HasSubstr(mark)));
  // In base64 it would be as good.
  EXPECT_THAT(of_asking, Not(HasSubstr("bWU6")));

  config.proxy_port = test::refusing_port();
  const std::string of_refusing = words_of_failing(config);
  EXPECT_THAT(of_refusing, HasSubstr("refused the connection"));
  EXPECT_THAT(of_refusing, Not(HasSubstr(mark)));

  emulator::LocalKinesis kinesis{
      {.streams = {{.name = "events"}}, .access_key_id = "AKIDEXAMPLE", .secret_access_key = "other"}};
  kinesis.start();
  config.endpoint_url = kinesis.endpoint_url();
  const std::string of_service = words_of_failing(config);
  EXPECT_THAT(of_service, HasSubstr("InvalidSignatureException"));
  EXPECT_THAT(of_service, Not(HasSubstr(mark)));
}

TEST(NetworkSettings, SecretsThatAreWrongAreNotSaidEither) {
  const std::string mark = "xyzzy";
  using Field = std::optional<std::string> Config::*;
  for (const Field field : {&Config::aws_secret_access_key, &Config::aws_session_token, &Config::proxy_password}) {
    Config config = with_secrets(mark);
    *(config.*field) += "\n";
    const std::string words = words_of_failing(config);
    EXPECT_THAT(words, HasSubstr("the value is not shown"));
    EXPECT_THAT(words, Not(HasSubstr(mark)));
  }
  Config misplaced = with_secrets(mark);
  misplaced.endpoint_url = "https://me:" + mark + "@kinesis.test";
  misplaced.proxy_host = "me:" + mark + "@proxy";
  const std::string words = words_of_config_error(misplaced);
  EXPECT_THAT(words, ::testing::AllOf(HasSubstr("endpoint_url"), HasSubstr("proxy_host"), Not(HasSubstr(mark))));
}

}  // namespace
}  // namespace aiokpl
