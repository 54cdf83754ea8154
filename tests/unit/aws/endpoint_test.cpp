#include "aws/endpoint.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace aiokpl::aws {
namespace {

struct Case {
  std::string region;
  std::optional<std::string> endpoint_url;
  std::map<std::string, std::string> environment;
  std::string url;  // empty: the problem is expected
  std::string region_or_problem;
  bool loopback = false;
};

EndpointOutcome resolve(const Case& c) {
  return resolve_endpoint(c.region, c.endpoint_url, [&c](const char* name) -> std::optional<std::string> {
    const auto found = c.environment.find(name);
    return found == c.environment.end() ? std::nullopt : std::optional{found->second};
  });
}

TEST(Endpoint, IsResolvedFromConfigurationAndEnvironment) {
  const std::optional<std::string> none;
  const std::string no_region =
      "region: no region: neither region in the configuration nor AWS_REGION nor AWS_DEFAULT_REGION in the environment "
      "nor "
      "region in the profile is set";
  const std::string no_url = " must be an http or https URL such as https://kinesis.us-east-1.amazonaws.com, got ";
  const std::vector<Case> cases{
      {"eu-west-1", none, {}, "https://kinesis.eu-west-1.amazonaws.com/", "eu-west-1"},
      {"cn-north-1", none, {}, "https://kinesis.cn-north-1.amazonaws.com.cn/", "cn-north-1"},
      {"", none, {{"AWS_REGION", "a-1"}, {"AWS_DEFAULT_REGION", "b-2"}}, "https://kinesis.a-1.amazonaws.com/", "a-1"},
      {"", none, {{"AWS_DEFAULT_REGION", "b-2"}}, "https://kinesis.b-2.amazonaws.com/", "b-2"},
      {"c-3", none, {{"AWS_REGION", "a-1"}}, "https://kinesis.c-3.amazonaws.com/", "c-3"},
      {"", none, {}, "", no_region},
      {"us east", none, {}, "", "region: must be an AWS region such as us-east-1, got \"us east\""},
      {"", none, {{"AWS_REGION", "a/b"}}, "", "AWS_REGION: must be an AWS region such as us-east-1, got \"a/b\""},

      {"", "http://localhost:4567", {}, "http://localhost:4567/", "us-east-1", true},
      {"eu-west-1", "http://localhost:4567", {}, "http://localhost:4567/", "eu-west-1", true},
      {"", "https://127.0.0.1", {}, "https://127.0.0.1/", "us-east-1", true},
      {"", "https://127.1.2.3:443/", {}, "https://127.1.2.3/", "us-east-1", true},
      {"", "http://[::1]:4567/", {}, "http://[::1]:4567/", "us-east-1", true},
      {"", "http://kinesis.localhost", {}, "http://kinesis.localhost/", "us-east-1", true},
      {"r-1", "http://vpce.example.com:80/some/path", {}, "http://vpce.example.com/some/path", "r-1"},
      {"r-1", "HTTPS://EXAMPLE.com", {}, "https://EXAMPLE.com/", "r-1"},
      {"", "http://example.com", {}, "", no_region},
      {"", "http://127.0.0.1.example.com", {}, "", no_region},

      {"", none, {{"AWS_ENDPOINT_URL_KINESIS", "http://127.0.0.1:1"}}, "http://127.0.0.1:1/", "us-east-1", true},
      {"", none, {{"AWS_ENDPOINT_URL", "http://127.0.0.1:2"}}, "http://127.0.0.1:2/", "us-east-1", true},
      {"",
       none,
       {{"AWS_ENDPOINT_URL_KINESIS", "http://127.0.0.1:1"}, {"AWS_ENDPOINT_URL", "http://127.0.0.1:2"}},
       "http://127.0.0.1:1/",
       "us-east-1",
       true},
      {"", "http://127.0.0.1:3", {{"AWS_ENDPOINT_URL", "http://[::1]:2"}}, "http://127.0.0.1:3/", "us-east-1", true},
      {"r-1",
       none,
       {{"AWS_ENDPOINT_URL", "http://127.0.0.1:2"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"}},
       "https://kinesis.r-1.amazonaws.com/",
       "r-1"},

      {"r-1", "localhost:4567", {}, "", "endpoint_url:" + no_url + "\"localhost:4567\""},
      {"r-1", "", {}, "", "endpoint_url:" + no_url + "\"\""},
      {"r-1", "ftp://localhost", {}, "", "endpoint_url:" + no_url + "\"ftp://localhost\""},
      {"r-1", none, {{"AWS_ENDPOINT_URL", "nonsense"}}, "", "AWS_ENDPOINT_URL:" + no_url + "\"nonsense\""},
      {"r-1", "http://localhost:99999", {}, "", "endpoint_url:" + no_url + "\"http://localhost:99999\""},
      {"r-1", "http://u:p@localhost", {}, "", "endpoint_url: must not hold a user name or a password"},
      {"r-1",
       "http://localhost/?a=b",
       {},
       "",
       "endpoint_url: must not hold a query or a fragment, got \"http://localhost/?a=b\""},
  };
  for (const Case& c : cases) {
    const EndpointOutcome outcome = resolve(c);
    SCOPED_TRACE(c.region + " " + c.endpoint_url.value_or("-") + " -> " + c.url);
    ASSERT_EQ(static_cast<bool>(outcome), !c.url.empty()) << outcome.problem;
    if (outcome) {
      EXPECT_EQ(outcome.endpoint->url(), c.url);
      EXPECT_EQ(outcome.endpoint->region, c.region_or_problem);
      EXPECT_EQ(outcome.endpoint->loopback, c.loopback);
    } else {
      EXPECT_EQ(outcome.problem, c.region_or_problem);
      EXPECT_TRUE(outcome.problem.starts_with(outcome.field + ": "));
    }
  }
}

// What the configuration's own check keeps out may stand in the environment.
TEST(Endpoint, IsPlainText) {
  using namespace std::string_literals;
  for (const std::string& url :
       {"http://host/\xC3\xA4"s, "http://h\xC3\xB6st/"s, "http://host\0/path"s, "http://host/\0"s}) {
    const EndpointOutcome outcome = resolve({"r-1", std::nullopt, {{"AWS_ENDPOINT_URL", url}}, "", "", false});
    EXPECT_FALSE(outcome) << url;
    EXPECT_EQ(outcome.problem, "AWS_ENDPOINT_URL: must be printable ASCII without spaces");
  }
  // Decoded, it may be another host; and of a zone nothing would be left.
  for (const char* url : {"http://h%C3%B6st/", "http://h%2541st/", "http:/%31", "http://[fe80::1%25eth0]/"}) {
    const EndpointOutcome outcome = resolve({"r-1", std::nullopt, {{"AWS_ENDPOINT_URL", url}}, "", "", false});
    EXPECT_EQ(outcome.problem, std::string{"AWS_ENDPOINT_URL: must name a host, got \""} + url + "\"");
  }
}

TEST(Endpoint, AuthorityNamesThePortOnlyWhereItIsUnusual) {
  EXPECT_EQ((Endpoint{.scheme = "https", .host = "h", .port = 443}.authority()), "h");
  EXPECT_EQ((Endpoint{.scheme = "https", .host = "h", .port = 80}.authority()), "h:80");
  EXPECT_EQ((Endpoint{.scheme = "http", .host = "h", .port = 80}.authority()), "h");
  EXPECT_EQ((Endpoint{.scheme = "http", .host = "[::1]", .port = 4567}.authority()), "[::1]:4567");
}

TEST(Endpoint, KnowsALoopbackHost) {
  for (const char* host : {"localhost", "LocalHost", "localhost.", "a.localhost", "127.0.0.1", "127.255.0.9", "::1",
                           "[::1]", "0:0:0:0:0:0:0:1"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const char* host : {"", "localhost.example.com", "mylocalhost", "126.0.0.1", "127.0.0.1.nip.io", "::2", "[::]",
                           "::ffff:8.8.8.8", "0.0.0.0"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

EndpointOutcome resolve(const EndpointQuery& query, const std::map<std::string, std::string>& environment) {
  return resolve_endpoint(query, [&](const char* name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional{found->second};
  });
}

std::string url_of(const EndpointQuery& query, const std::map<std::string, std::string>& environment = {}) {
  const EndpointOutcome outcome = resolve(query, environment);
  return outcome ? outcome.endpoint->url() : outcome.problem;
}

// All regions of the SDK's own list: tests/peers/test_aws_endpoints.py.
TEST(Endpoint, EachPartitionHasItsNames) {
  EXPECT_EQ(url_of({.region = "us-iso-east-1"}), "https://kinesis.us-iso-east-1.c2s.ic.gov/");
  EXPECT_EQ(url_of({.region = "us-isob-east-1"}), "https://kinesis.us-isob-east-1.sc2s.sgov.gov/");
  EXPECT_EQ(url_of({.region = "eu-isoe-west-1"}), "https://kinesis.eu-isoe-west-1.cloud.adc-e.uk/");
  EXPECT_EQ(url_of({.region = "us-isof-east-1"}), "https://kinesis.us-isof-east-1.csp.hci.ic.gov/");
  EXPECT_EQ(url_of({.region = "eusc-de-east-1"}), "https://kinesis.eusc-de-east-1.amazonaws.eu/");
  EXPECT_EQ(url_of({.region = "cn-north-1", .use_dualstack = true}),
            "https://kinesis.cn-north-1.api.amazonwebservices.com.cn/");
  EXPECT_EQ(url_of({.service = Service::cloudwatch, .region = "us-east-1", .use_fips = true}),
            "https://monitoring-fips.us-east-1.amazonaws.com/");
  EXPECT_EQ(url_of({.region = "us-gov-west-1", .use_fips = true}), "https://kinesis.us-gov-west-1.amazonaws.com/");
  EXPECT_EQ(partition_of("us-isoz-east-1").name, "aws") << "what no partition knows";

  const EndpointOutcome global = resolve({.service = Service::sts, .region = "aws-global"}, {});
  EXPECT_EQ(global.endpoint->url(), "https://sts.amazonaws.com/");
  EXPECT_EQ(global.endpoint->region, "us-east-1");
}

TEST(Endpoint, EachServiceHasItsVariable) {
  const std::map<std::string, std::string> environment{{"AWS_ENDPOINT_URL", "http://all.example"},
                                                       {"AWS_ENDPOINT_URL_STS", "http://sts.example"},
                                                       {"AWS_ENDPOINT_URL_CLOUDWATCH", "http://cloudwatch.example"}};
  EXPECT_EQ(url_of({.service = Service::sts, .region = "r-1"}, environment), "http://sts.example/");
  EXPECT_EQ(url_of({.service = Service::cloudwatch, .region = "r-1"}, environment), "http://cloudwatch.example/");
  EXPECT_EQ(url_of({.service = Service::kinesis, .region = "r-1"}, environment), "http://all.example/");
}

TEST(Endpoint, FipsAndDualStackComeFromConfigurationThenEnvironmentThenProfile) {
  const std::string plain = "https://kinesis.r-1.amazonaws.com/";
  const std::string fips = "https://kinesis-fips.r-1.amazonaws.com/";
  const EndpointHints hints{.use_fips = true};
  EXPECT_EQ(url_of({.region = "r-1", .hints = hints}), fips);
  EXPECT_EQ(url_of({.region = "r-1", .hints = hints}, {{"AWS_USE_FIPS_ENDPOINT", "false"}}), plain);
  EXPECT_EQ(url_of({.region = "r-1"}, {{"AWS_USE_FIPS_ENDPOINT", "TRUE"}}), fips);
  EXPECT_EQ(url_of({.region = "r-1", .use_fips = false, .hints = hints}, {{"AWS_USE_FIPS_ENDPOINT", "true"}}), plain);
  EXPECT_EQ(url_of({.region = "r-1", .hints = {.use_dualstack = true}}), "https://kinesis.r-1.api.aws/");
  EXPECT_EQ(url_of({.region = "r-1"}, {{"AWS_USE_DUALSTACK_ENDPOINT", "1"}, {"AWS_USE_FIPS_ENDPOINT", "yes"}}),
            "https://kinesis-fips.r-1.api.aws/");
  EXPECT_EQ(url_of({.region = "fips-r-1"}), fips);
  EXPECT_EQ(url_of({.region = "r-1-fips", .use_fips = false}), fips);
  EXPECT_EQ(url_of({.region = "r-1"}, {{"AWS_USE_FIPS_ENDPOINT", "ture"}}),
            "AWS_USE_FIPS_ENDPOINT: must be true or false, got \"ture\"");
}

TEST(Endpoint, AUrlIsUsedAsItStands) {
  EXPECT_EQ(url_of({.region = "r-1", .endpoint_url = "http://e.x", .use_fips = true}),
            "use_fips_endpoint: must not be on beside endpoint_url, which is used as it stands: leave out one of the "
            "two");
  EXPECT_EQ(url_of({.region = "r-1"}, {{"AWS_ENDPOINT_URL", "http://e.x"}, {"AWS_USE_DUALSTACK_ENDPOINT", "true"}}),
            "AWS_USE_DUALSTACK_ENDPOINT: must not be on beside AWS_ENDPOINT_URL, which is used as it stands: leave out "
            "one of the two");
  EXPECT_EQ(
      url_of({.region = "r-1", .endpoint_url = "http://e.x", .use_fips = false}, {{"AWS_USE_FIPS_ENDPOINT", "true"}}),
      "http://e.x/");
  // Of a Kinesis on this machine nobody who set a variable for all programs was thinking.
  EXPECT_EQ(url_of({.endpoint_url = "http://localhost:1"}, {{"AWS_USE_FIPS_ENDPOINT", "true"}}), "http://localhost:1/");
  EXPECT_EQ(resolve({.endpoint_url = "http://localhost:1", .use_fips = true}, {}).field, "use_fips_endpoint");
}

TEST(Endpoint, AProfileStandsBelowTheEnvironment) {
  const EndpointHints hints{.region = "p-1", .endpoint_url = "http://profile.example"};
  EXPECT_EQ(url_of({.hints = hints}), "http://profile.example/");
  EXPECT_EQ(resolve({.hints = hints}, {}).endpoint->region, "p-1");
  EXPECT_EQ(resolve({.hints = hints}, {{"AWS_DEFAULT_REGION", "d-1"}}).endpoint->region, "d-1");
  EXPECT_EQ(url_of({.hints = hints}, {{"AWS_ENDPOINT_URL", "http://all.example"}}), "http://all.example/");
  EXPECT_EQ(url_of({.hints = hints}, {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}}),
            "https://kinesis.p-1.amazonaws.com/");
  EndpointHints ignoring = hints;
  ignoring.ignore_configured_endpoint_urls = true;
  EXPECT_EQ(url_of({.hints = ignoring}, {{"AWS_ENDPOINT_URL", "http://all.example"}}),
            "https://kinesis.p-1.amazonaws.com/");
  EXPECT_EQ(url_of({.hints = ignoring}, {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"}}), "http://profile.example/");
  EXPECT_EQ(
      url_of({.hints = {.region = "p-1", .endpoint_url = "nonsense"}}),
      "endpoint_url of the profile: must be an http or https URL such as https://kinesis.us-east-1.amazonaws.com, "
      "got \"nonsense\"");
}

}  // namespace
}  // namespace aiokpl::aws
