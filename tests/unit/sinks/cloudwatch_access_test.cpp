#include <fstream>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <aiokpl/error.hpp>

#include "sinks/cloudwatch/settings.hpp"

namespace aiokpl::sinks {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

std::vector<std::string> problems(const CloudWatchSinkOptions& options) {
  try {
    check_options(options);
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(CloudWatchSinkOptionsCheck, TakesWhatCloudWatchTakes) {
  check_options({});
  for (const std::string& name : {std::string{"a"}, std::string{"my app/kinesis"}, std::string{"A-Z._/#:9"},
                                  std::string(255, 'x'), std::string{"AWSome"}, std::string{"aws/x"}})
    EXPECT_THAT(problems({.name_space = name}), ElementsAre()) << name;
  check_options({.region = "eu-west-1",
                 .endpoint_url = "http://localhost:5000",
                 .aws_access_key_id = "id",
                 .aws_secret_access_key = "secret",
                 .aws_session_token = "token"});
}

TEST(CloudWatchSinkOptionsCheck, RefusesWhatItDoesNot) {
  for (const std::string& name : {std::string{}, std::string{" "}, std::string{":a"}, std::string{"AWS/Kinesis"},
                                  std::string{"a\tb"}, std::string{"k\xC3\xA4se"}, std::string(256, 'x')})
    EXPECT_THAT(problems({.name_space = name}),
                ElementsAre(AllOf(StartsWith("name_space: must be 1 to 255"), HasSubstr("got \"" + name + "\""))));
  EXPECT_THAT(problems({.region = "us east"}),
              ElementsAre("region: must be an AWS region such as us-east-1, got \"us east\""));
  EXPECT_THAT(
      problems({.endpoint_url = "localhost:5000"}),
      ElementsAre("endpoint_url: must be an http or https URL such as https://monitoring.us-east-1.amazonaws.com, "
                  "got \"localhost:5000\""));
  EXPECT_THAT(problems({.ca_bundle = ""}), ElementsAre(StartsWith("ca_bundle: ")));
  EXPECT_THAT(problems({.names = static_cast<CloudWatchNames>(3)}),
              ElementsAre("names: must be both, page or kpl, got 3"));
}

TEST(CloudWatchSinkOptionsCheck, TellsAllProblemsAndNoSecret) {
  const auto found = problems({.region = "A", .name_space = "", .aws_secret_access_key = "hidden"});
  EXPECT_THAT(found,
              ElementsAre(StartsWith("name_space: "), StartsWith("region: "), StartsWith("aws_access_key_id: ")));
  EXPECT_THAT(ConfigError{found}.what(), Not(HasSubstr("hidden")));
  EXPECT_THAT(problems({.aws_access_key_id = "id"}), ElementsAre(StartsWith("aws_secret_access_key: ")));
  EXPECT_THAT(problems({.aws_session_token = "token"}),
              ElementsAre(AllOf(StartsWith("aws_access_key_id: "), Not(HasSubstr("\"token\"")))));
}

class CloudWatchAccessTest : public testing::Test {
 protected:
  CloudWatchAccess resolve() {
    environment.emplace("AWS_EC2_METADATA_DISABLED", "true");
    return resolve_access(options, producer, [this](const char* name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional{found->second};
    });
  }
  std::string url() { return resolve().endpoint.url(); }
  std::string key_id() { return resolve().credentials->get({}).credentials.value().access_key_id; }

  CloudWatchSinkOptions options;
  Config producer;
  std::map<std::string, std::string> environment;
};

TEST_F(CloudWatchAccessTest, RegionIsTheOptionsThenTheProducersThenTheEnvironments) {
  environment = {{"AWS_REGION", "c-3"}};
  EXPECT_EQ(url(), "https://monitoring.c-3.amazonaws.com/");
  producer.region = "b-2";
  EXPECT_EQ(url(), "https://monitoring.b-2.amazonaws.com/");
  options.region = "cn-north-1";
  EXPECT_EQ(url(), "https://monitoring.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(resolve().endpoint.region, "cn-north-1");
}

TEST_F(CloudWatchAccessTest, EndpointIsTheOptionsThenTheEnvironmentsAndNeverKinesis) {
  producer.region = "b-2";
  producer.endpoint_url = "http://127.0.0.1:1";
  environment = {{"AWS_ENDPOINT_URL_KINESIS", "http://127.0.0.1:2"}};
  EXPECT_EQ(url(), "https://monitoring.b-2.amazonaws.com/");
  environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:3";
  EXPECT_EQ(url(), "http://127.0.0.1:3/");
  environment["AWS_ENDPOINT_URL_CLOUDWATCH"] = "http://127.0.0.1:4";
  EXPECT_EQ(url(), "http://127.0.0.1:4/");
  environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(url(), "https://monitoring.b-2.amazonaws.com/");
  options.endpoint_url = "http://127.0.0.1:5/cw";
  EXPECT_EQ(url(), "http://127.0.0.1:5/cw");
}

TEST_F(CloudWatchAccessTest, NoRegionIsAnErrorButOnTheLoopback) {
  EXPECT_THROW((void)resolve(), ConfigError);
  environment = {{"AWS_ENDPOINT_URL_CLOUDWATCH", "nonsense"}};
  producer.region = "b-2";
  try {
    (void)resolve();
    FAIL() << "nonsense is no URL";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(), ElementsAre(StartsWith("AWS_ENDPOINT_URL_CLOUDWATCH: ")));
  }
  producer.region = "";
  options.endpoint_url = "http://localhost:5000";
  EXPECT_EQ(resolve().endpoint.region, "us-east-1");
}

TEST_F(CloudWatchAccessTest, CredentialsAreTheOptionsThenTheProducersThenTheEnvironments) {
  producer.region = "b-2";
  EXPECT_FALSE(resolve().credentials->get({}));
  environment = {{"AWS_ACCESS_KEY_ID", "environment"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
  EXPECT_EQ(key_id(), "environment");
  producer.aws_access_key_id = "producer";
  producer.aws_secret_access_key = "s";
  producer.aws_session_token = "t";
  EXPECT_EQ(key_id(), "producer");
  options.aws_access_key_id = "own";
  options.aws_secret_access_key = "s";
  EXPECT_EQ(key_id(), "own");
  // Not a token of other keys.
  EXPECT_EQ(resolve().credentials->get({}).credentials->session_token, "");
}

TEST_F(CloudWatchAccessTest, TheWayIntoTheNetworkIsTheProducersUnlessItIsGiven) {
  producer.region = "b-2";
  producer.connect_timeout = 1234ms;
  producer.request_timeout = 4321ms;
  producer.verify_ssl = false;
  producer.ca_bundle = "/producer.pem";
  producer.user_agent_suffix = "shop/1";
  const aws::HttpOptions shared = resolve().http;
  EXPECT_EQ(shared.connect_timeout, 1234ms);
  EXPECT_EQ(shared.request_timeout, 4321ms);
  EXPECT_FALSE(shared.verify_ssl);
  EXPECT_EQ(shared.ca_bundle, "/producer.pem");
  EXPECT_THAT(shared.user_agent, AllOf(StartsWith("aiokpl/"), testing::EndsWith(" shop/1")));
  options.verify_ssl = true;
  options.ca_bundle = "/own.pem";
  EXPECT_TRUE(resolve().http.verify_ssl);
  EXPECT_EQ(resolve().http.ca_bundle, "/own.pem");
}

TEST_F(CloudWatchAccessTest, TheProfilesAuthoritiesAndTheEnvironmentsProxyCount) {
  const std::string path = testing::TempDir() + "aiokpl-cloudwatch-profile-" + std::to_string(getpid());
  std::ofstream{path} << "[profile work]\nregion = eu-north-1\nca_bundle = " << path << ".pem\n";
  std::ofstream{path + ".pem"} << "-----BEGIN CERTIFICATE-----\n";
  producer.profile = "work";
  environment = {{"AWS_CONFIG_FILE", path},
                 {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"},
                 {"https_proxy", "http://proxy.test:3128"}};
  const CloudWatchAccess access = resolve();
  EXPECT_EQ(access.endpoint.url(), "https://monitoring.eu-north-1.amazonaws.com/");
  EXPECT_EQ(access.http.ca_bundle, path + ".pem");
  ASSERT_TRUE(access.http.proxy && access.http.proxy->https);
  EXPECT_EQ(access.http.proxy->https->url(), "http://proxy.test:3128");
  environment["AWS_CA_BUNDLE"] = "/none.pem";
  EXPECT_THROW((void)resolve(), ConfigError);
  options.endpoint_url = "http://127.0.0.1:1";
  EXPECT_NO_THROW((void)resolve()) << "nobody's certificate is looked at there";
  unlink(path.c_str());
  unlink((path + ".pem").c_str());
}

}  // namespace
}  // namespace aiokpl::sinks
