#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "aws/environment.hpp"
#include "producer/engine_settings.hpp"
#include "unit/aws/connect_proxy.hpp"
#include "unit/aws/loopback_server.hpp"

// A program on an instance of EC2 that says nothing of a region: it is where the instance is. And programs that are
// elsewhere, which must not wait for an instance that is not there.
namespace aiokpl {
namespace {

using test::Connection;
using test::ConnectProxy;
using test::http_answer;
using test::LoopbackServer;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// Instance metadata, version 2.
class Instance {
 public:
  [[nodiscard]] std::string url() const { return server_.url(); }
  [[nodiscard]] int connections() const { return server_.connections(); }

 private:
  static std::string answer_to(const test::Request& request) {
    const auto is = [&](const char* start) { return request.line.starts_with(start); };
    if (is("PUT /latest/api/token ")) return http_answer(200, "metadata-token");
    const auto token = request.headers.find("x-aws-ec2-metadata-token");
    if (token == request.headers.end() || token->second != "metadata-token") return http_answer(401, "");
    const std::string folder = "GET /latest/meta-data/iam/security-credentials/";
    if (is("GET /latest/meta-data/placement/region ")) return http_answer(200, "eu-north-1");
    if (is((folder + " ").c_str())) return http_answer(200, "role");
    if (is((folder + "role ").c_str())) {
      return http_answer(200, R"({"Code":"Success","AccessKeyId":"ASIAINSTANCE","SecretAccessKey":"S","Token":"T",)"
                              R"("Expiration":"2199-01-01T00:00:00Z"})");
    }
    return http_answer(404, "");
  }

  LoopbackServer server_{[](Connection& connection) {
    while (const auto request = connection.read_request())
      connection.send(answer_to(*request));
  }};
};

class InstanceRegion : public ::testing::Test {
 protected:
  aws::Endpoint endpoint(const Config& config) {
    return detail::client_options(config,
                                  [this](const char* name) -> std::optional<std::string> {
                                    const auto found = variables_.find(name);
                                    return found == variables_.end() ? std::nullopt : std::optional{found->second};
                                  })
        .endpoint;
  }
  std::string problem(const Config& config) {
    try {
      return endpoint(config).url();
    } catch (const ConfigError& error) {
      return error.problems().front();
    }
  }

  Instance instance_;
  std::map<std::string, std::string> variables_{{"AWS_EC2_METADATA_SERVICE_ENDPOINT", instance_.url()},
                                                {"AWS_CONFIG_FILE", "/dev/null"},
                                                {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}};
};

TEST_F(InstanceRegion, IsAskedForWhereNothingNamesOne) {
  const aws::Endpoint found = endpoint({});
  EXPECT_EQ(found.url(), "https://kinesis.eu-north-1.amazonaws.com/");
  EXPECT_EQ(found.region, "eu-north-1");
  Config fips;
  fips.use_fips_endpoint = true;
  EXPECT_EQ(endpoint(fips).url(), "https://kinesis-fips.eu-north-1.amazonaws.com/");
}

TEST_F(InstanceRegion, IsNotAskedForWhereOneIsKnownOrNoneIsNeeded) {
  Config config;
  config.region = "eu-west-1";
  EXPECT_EQ(endpoint(config).region, "eu-west-1");
  config.region = "";
  config.endpoint_url = "http://127.0.0.1:4567";
  EXPECT_EQ(endpoint(config).region, "us-east-1");
  config.endpoint_url.reset();
  variables_["AWS_DEFAULT_REGION"] = "eu-west-2";
  EXPECT_EQ(endpoint(config).region, "eu-west-2");
  EXPECT_EQ(instance_.connections(), 0);
}

TEST_F(InstanceRegion, WithoutOneTheErrorSaysWhatNamesOneAndWhyTheInstanceDoesNot) {
  const std::string start =
      "region: no region: neither region in the configuration nor AWS_REGION nor AWS_DEFAULT_REGION in the environment "
      "nor region in the profile is set, and none comes from instance metadata";
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_EQ(problem({}), start + ", which AWS_EC2_METADATA_DISABLED turns off");
  EXPECT_EQ(instance_.connections(), 0);
  variables_.erase("AWS_EC2_METADATA_DISABLED");
  const test::DeafListener deaf;
  const std::string place = "127.0.0.1:" + std::to_string(deaf.port());
  variables_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://" + place;
  variables_["AWS_METADATA_SERVICE_TIMEOUT"] = "0.05";
  EXPECT_THAT(problem({}), AllOf(HasSubstr(start + " ("), HasSubstr("50 ms"), HasSubstr(place)));
  variables_["AWS_METADATA_SERVICE_TIMEOUT"] = "soon";
  EXPECT_THAT(problem({}), HasSubstr("AWS_METADATA_SERVICE_TIMEOUT: must be a number of seconds up to 3600"));
}

// Everything that a program on an instance has is the instance: region, keys, and a network that leads to the service,
// which here is a proxy to the local Kinesis.
TEST_F(InstanceRegion, AProducerThatKnowsNothingElsePutsItsRecords) {
  emulator::Options options{.tls = true, .streams = {{.name = "orders"}}};
  options.keys = [](std::string_view id) -> std::optional<emulator::AcceptedKey> {
    if (id != "ASIAINSTANCE") return std::nullopt;
    return emulator::AcceptedKey{.secret_access_key = "S", .session_token = "T"};
  };
  emulator::LocalKinesis kinesis{options};
  kinesis.start();
  const ConnectProxy proxy{kinesis.tls_port()};
  for (const auto& [name, value] : variables_)
    setenv(name.c_str(), value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): no producer runs yet
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
                           "AWS_ACCESS_KEY_ID", "AWS_EC2_METADATA_DISABLED"})
    unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
  Config config;
  config.proxy_host = "127.0.0.1";
  config.proxy_port = proxy.port();
  config.verify_ssl = false;  // the local Kinesis has no certificate for the name
  SyncProducer producer{config};
  const RecordResult result =
      producer.put_record({.stream = "orders", .partition_key = "k", .data = "x"}).wait(std::chrono::seconds{20});
  EXPECT_TRUE(result.success) << result;
  EXPECT_EQ(kinesis.counters().records_stored, 1U);
  EXPECT_EQ(proxy.lines().front(), "CONNECT kinesis.eu-north-1.amazonaws.com:443 HTTP/1.1");
}

}  // namespace
}  // namespace aiokpl
