#include "cli/connection.hpp"

#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <aiokpl/emulator.hpp>

#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

aws::Environment variables(std::map<std::string, std::string> set) {
  return [set = std::move(set)](const char* name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional{found->second};
  };
}

const std::map<std::string, std::string> with_keys{{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "secret"}};

CommandError refusal(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const CommandError& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was refused";
  return {ExitStatus::success, ""};
}

CommandError refusal(const Connection& connection, const aws::Environment& environment) {
  return refusal([&] { static_cast<void>(client_options(connection, environment)); });
}

TEST(ConnectionFlags, HaveTheNamesOfTheAwsCli) {
  CLI::App app;
  Connection connection;
  add_connection_flags(app, connection);

  app.parse("--endpoint-url https://localhost:4568 --region eu-west-1 --no-verify-ssl --ca-bundle ca.pem");

  EXPECT_EQ(connection.endpoint_url, "https://localhost:4568");
  EXPECT_EQ(connection.region, "eu-west-1");
  EXPECT_TRUE(connection.no_verify_ssl);
  EXPECT_EQ(connection.ca_bundle, "ca.pem");
  EXPECT_EQ(connection.profile, std::nullopt);
}

TEST(ConnectionFlags, LeadThroughAProxyAndToFipsEndpoints) {
  CLI::App app;
  Connection connection;
  add_connection_flags(app, connection);
  app.parse(
      "--use-fips-endpoint --no-use-dualstack-endpoint --region eu-west-1 --no-verify-ssl "
      "--proxy-host proxy.test --proxy-port 3128 --proxy-user-name me");
  const auto options = client_options(connection, variables(with_keys));
  EXPECT_EQ(options.endpoint.url(), "https://kinesis-fips.eu-west-1.amazonaws.com/");
  ASSERT_TRUE(options.http.proxy && options.http.proxy->https);
  EXPECT_EQ(options.http.proxy->https->url(), "http://proxy.test:3128");
  EXPECT_EQ(options.http.proxy->https->user_name, "me");

  connection.proxy.host = "no host";
  const auto wrong = refusal(connection, variables(with_keys));
  EXPECT_EQ(wrong.status(), ExitStatus::usage);
  EXPECT_THAT(wrong.what(), ::testing::StartsWith("--proxy-host: "));
}

TEST(Connection, KeysOfTheConfigurationComeFirst) {
  const auto options = client_options(
      {.region = "eu-west-1", .no_verify_ssl = true, .access_key_id = "AKIDCONFIG", .secret_access_key = "s"},
      variables(with_keys));
  EXPECT_EQ(options.credentials->get(options.clock()).credentials->access_key_id, "AKIDCONFIG");
}

TEST(Connection, ALocalKinesisNeedsNeitherRegionNorCredentials) {
  const auto options = client_options({.endpoint_url = "http://127.0.0.1:4567"}, variables({}));

  EXPECT_EQ(options.endpoint.url(), "http://127.0.0.1:4567/");
  EXPECT_EQ(options.endpoint.region, "us-east-1");
}

TEST(Connection, TheFlagsOfTlsReachTheClient) {
  const auto options =
      client_options({.region = "eu-west-1", .ca_bundle = "/dev/null", .no_verify_ssl = true}, variables(with_keys));

  EXPECT_EQ(options.endpoint.host, "kinesis.eu-west-1.amazonaws.com");
  EXPECT_FALSE(options.http.verify_ssl);
  EXPECT_EQ(options.http.ca_bundle, "/dev/null");
}

TEST(Connection, WithoutARegionItSaysWhatToDo) {
  std::map<std::string, std::string> environment = with_keys;
  environment["AWS_EC2_METADATA_DISABLED"] = "true";
  const auto error = refusal({}, variables(environment));

  EXPECT_EQ(error.status(), ExitStatus::nothing_done);
  EXPECT_THAT(error.what(), HasSubstr("--region"));
  EXPECT_THAT(error.what(), HasSubstr("AWS_REGION"));
}

TEST(Connection, WithoutCredentialsItSaysWhatToDo) {
  const auto error = refusal({.region = "eu-west-1"}, variables({{"AWS_EC2_METADATA_DISABLED", "true"}}));

  EXPECT_EQ(error.status(), ExitStatus::nothing_done);
  EXPECT_THAT(error.what(), ::testing::StartsWith("no credentials: "));
  EXPECT_THAT(error.what(), HasSubstr("set AWS_ACCESS_KEY_ID"));
  EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
}

TEST(Connection, AProfileThatThereIsNotIsNamed) {
  const auto error =
      refusal({.region = "eu-west-1", .profile = "work"},
              variables({{"AWS_CONFIG_FILE", "/none/config"}, {"AWS_SHARED_CREDENTIALS_FILE", "/none/credentials"}}));

  EXPECT_EQ(error.status(), ExitStatus::usage);
  EXPECT_THAT(error.what(), ::testing::StartsWith("--profile: "));
  EXPECT_THAT(error.what(), HasSubstr("\"work\" in /none/config and /none/credentials"));
}

TEST(Connection, AProfileGivesRegionEndpointAndKeys) {
  const std::string path = testing::TempDir() + "aiokpl-profile-" + std::to_string(getpid());
  std::ofstream{path} << "[work]\nregion = eu-north-1\nendpoint_url = http://kinesis.test:4567\n"
                         "aws_access_key_id = AKIDPROFILE\naws_secret_access_key = secret\n";
  const aws::ClientOptions options =
      client_options({.profile = "work"}, variables({{"AWS_CONFIG_FILE", "/none/config"},
                                                     {"AWS_SHARED_CREDENTIALS_FILE", path},
                                                     {"AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT"},
                                                     {"AWS_SECRET_ACCESS_KEY", "another"}}));
  unlink(path.c_str());
  EXPECT_EQ(options.endpoint.url(), "http://kinesis.test:4567/");
  EXPECT_EQ(options.endpoint.region, "eu-north-1");
  EXPECT_EQ(options.credentials->get(options.clock()).credentials->access_key_id, "AKIDPROFILE");
}

TEST(Connection, WhatIsWrongIsCalledByItsFlag) {
  const auto url = refusal({.endpoint_url = "ftp://nowhere"}, variables(with_keys));
  EXPECT_EQ(url.status(), ExitStatus::usage);
  EXPECT_THAT(url.what(), ::testing::StartsWith("--endpoint-url: "));

  const auto region = refusal({.region = "no such region"}, variables(with_keys));
  EXPECT_EQ(region.status(), ExitStatus::usage);
  EXPECT_THAT(region.what(), ::testing::StartsWith("--region: "));

  const auto bundle = refusal({.region = "eu-west-1", .ca_bundle = "/nowhere/ca.pem"}, variables(with_keys));
  EXPECT_EQ(bundle.status(), ExitStatus::usage);
  EXPECT_THAT(bundle.what(), HasSubstr("/nowhere/ca.pem"));
}

TEST(CallService, SaysInOneLineWhatTheServiceSaid) {
  emulator::LocalKinesis kinesis;
  kinesis.start();
  aws::KinesisApi api{client_options({.endpoint_url = kinesis.endpoint_url()}, variables({}))};

  const auto error =
      refusal([&] { static_cast<void>(call_service(api, "DescribeStreamSummary", {{"StreamName", "absent"}})); });

  EXPECT_EQ(error.status(), ExitStatus::nothing_done);
  EXPECT_THAT(error.what(), ::testing::StartsWith("DescribeStreamSummary: ResourceNotFoundException: "));
}

TEST(CallService, SaysThatNobodyAnswers) {
  emulator::LocalKinesis kinesis;
  kinesis.start();
  const std::string url = kinesis.endpoint_url();
  kinesis.stop();
  aws::KinesisApi api{client_options({.endpoint_url = url}, variables({}))};

  const auto error = refusal([&] { static_cast<void>(call_service(api, "ListStreams", nlohmann::json::object())); });

  EXPECT_EQ(error.status(), ExitStatus::nothing_done);
  EXPECT_THAT(error.what(), HasSubstr(url.substr(url.rfind(':') + 1))) << "the port";
}

}  // namespace
}  // namespace aiokpl::cli
