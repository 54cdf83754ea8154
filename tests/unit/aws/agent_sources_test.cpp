#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/aws/fake_web.hpp"

/// Containers' agents, instance metadata and the SSO portal.
namespace aiokpl::aws {
namespace {

using test::agent_answer;
using test::fake_now;
using test::FakeWeb;
using test::fetched;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

std::string temporary_path(const std::string& name) {
  return ::testing::TempDir() + name + "-" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
}

TEST(Container, IsNotConfiguredWithoutItsVariables) {
  FakeWeb web;
  EXPECT_EQ(fetched(container_source(), web),
            "not configured: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI in the "
            "environment");
  EXPECT_TRUE(web.requests.empty());
}

TEST(Container, AsksTheAgentOfEcs) {
  FakeWeb web;
  web.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1?x=y"},
                   {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/other"},
                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic secret"}};
  web.answers = {{200, agent_answer}};
  EXPECT_EQ(fetched(container_source(), web), "AKID SECRET TOKEN");
  EXPECT_EQ(web.requests.at(0).method, "GET");
  EXPECT_EQ(web.requests.at(0).url, "http://169.254.170.2/v2/credentials/1?x=y");
  EXPECT_TRUE(web.requests.at(0).direct);
  EXPECT_TRUE(web.has_header(0, "Authorization: Basic secret"));
}

TEST(Container, RelativeMeansRelative) {
  for (const char* wrong : {"v2/credentials", "@evil.example/", ":80@evil.example/", "", "/a b", "/\r\nX: y"}) {
    FakeWeb web;
    web.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", wrong}};
    EXPECT_THAT(fetched(container_source(), web), HasSubstr("must be a path such as /v2/credentials/id")) << wrong;
    EXPECT_TRUE(web.requests.empty()) << wrong;
  }
}

TEST(Container, AsksOnlyWhomItMay) {
  for (const char* allowed :
       {"http://localhost:8080/x", "http://127.0.0.1/", "http://127.9.9.9/", "http://[::1]:1/", "http://169.254.170.2/",
        "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials", "https://anywhere.example/x"}) {
    FakeWeb web;
    web.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", allowed}};
    web.answers = {{200, agent_answer}};
    EXPECT_EQ(fetched(container_source(), web), "AKID SECRET TOKEN") << allowed;
    EXPECT_EQ(web.requests.at(0).url, allowed);
    EXPECT_EQ(web.requests.at(0).direct, !std::string_view{allowed}.starts_with("https"));
  }
  for (const char* refused :
       {"http://169.254.169.254/", "http://169.254.170.20/", "http://anywhere.example/",
        "http://127.0.0.1@evil.example/", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/",
        "http://evil.localhost/", "ftp://localhost/", "http://[fd00:ec2::24]/", "http://user:pass@localhost/",
        "http://evil.example\\@localhost/", "localhost/x", "http://evil.example#localhost", "http://2130706434.1/"}) {
    FakeWeb web;
    web.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", refused}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret"}};
    EXPECT_THAT(fetched(container_source(), web), StartsWith("failure: AWS_CONTAINER_CREDENTIALS_FULL_URI: must be"))
        << refused;
    EXPECT_TRUE(web.requests.empty()) << refused;
  }
}

TEST(Container, ReadsTheTokensFileAnew) {
  const std::string file = temporary_path("token");
  FakeWeb web;
  web.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"},
                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "not this one"},
                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file}};
  web.answers = {{200, agent_answer}, {200, agent_answer}};
  const auto source = container_source();
  std::ofstream{file} << "first";
  EXPECT_EQ(fetched(source, web), "AKID SECRET TOKEN");
  std::ofstream{file} << "second";
  EXPECT_EQ(fetched(source, web), "AKID SECRET TOKEN");
  EXPECT_TRUE(web.has_header(0, "Authorization: first"));
  EXPECT_TRUE(web.has_header(1, "Authorization: second"));
  std::ofstream{file} << "two\r\nX-Evil: lines";
  EXPECT_THAT(fetched(source, web), AllOf(StartsWith("failure: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "),
                                          HasSubstr("must hold no line feed"), Not(HasSubstr("Evil"))));
  std::ofstream{file} << "";
  EXPECT_THAT(fetched(source, web), HasSubstr("is empty"));
  std::remove(file.c_str());
  EXPECT_THAT(fetched(source, web), HasSubstr("No such file"));
  EXPECT_EQ(web.requests.size(), 2U);
}

TEST(Container, TellsWhatTheAgentSaid) {
  FakeWeb web;
  web.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/"},
                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret"}};
  web.answers = {{400, R"({"code":"InvalidIdError","message":"who is secret?"})"},
                 {429, "slowly"},
                 {500, ""},
                 {200, "<html>"},
                 {200, R"({"AccessKeyId":"A"})"}};
  const auto source = container_source();
  EXPECT_EQ(fetched(source, web), "failure: container credentials: HTTP 400, InvalidIdError: who is ***?");
  EXPECT_EQ(fetched(source, web), "temporary: container credentials: HTTP 429");
  EXPECT_EQ(fetched(source, web), "temporary: container credentials: HTTP 500");
  EXPECT_EQ(fetched(source, web), "failure: container credentials: the answer is not understood: it is no JSON");
  EXPECT_EQ(fetched(source, web),
            "failure: container credentials: the answer is not understood: SecretAccessKey is missing");
  EXPECT_EQ(fetched(source, web), "temporary: container credentials: cannot connect to nowhere:80: Connection refused");
}

TEST(Metadata, AsksWithATokenForTheRolesCredentials) {
  FakeWeb web;
  web.answers = {{200, "session-token"}, {200, "producer-role\n"}, {200, agent_answer}};
  EXPECT_EQ(fetched(metadata_source(), web), "AKID SECRET TOKEN");
  ASSERT_EQ(web.requests.size(), 3U);
  EXPECT_EQ(web.requests[0].method, "PUT");
  EXPECT_EQ(web.requests[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_TRUE(web.has_header(0, "X-aws-ec2-metadata-token-ttl-seconds: 21600"));
  EXPECT_EQ(web.requests[1].method, "GET");
  EXPECT_EQ(web.requests[1].url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/");
  EXPECT_EQ(web.requests[2].url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/producer-role");
  EXPECT_TRUE(web.has_header(2, "X-aws-ec2-metadata-token: session-token"));
  for (const WebRequest& request : web.requests) {
    EXPECT_TRUE(request.direct);
    EXPECT_EQ(request.timeout, 1s);
  }
}

TEST(Metadata, IsSetByVariablesAndProfile) {
  const auto asked = [](MetadataSettings settings, std::map<std::string, std::string> variables) {
    FakeWeb web;
    web.variables = std::move(variables);
    const std::string end = fetched(metadata_source(std::move(settings)), web);
    return web.requests.empty() ? end : web.requests[0].url;
  };
  EXPECT_EQ(asked({.endpoint_mode = "IPv6"}, {}), "http://[fd00:ec2::254]/latest/api/token");
  EXPECT_EQ(asked({.endpoint_mode = "IPv6"}, {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv4"}}),
            "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(asked({.endpoint = "http://a:1", .endpoint_mode = "IPv6"}, {}), "http://a:1/latest/api/token");
  EXPECT_EQ(asked({.endpoint = "http://a:1"}, {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://b:2/"}}),
            "http://b:2/latest/api/token");
  EXPECT_EQ(asked({}, {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"}}),
            "failure: AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: must be IPv4 or IPv6, got \"IPv5\"");
  EXPECT_EQ(asked({.endpoint = "nowhere at all"}, {}),
            "failure: ec2_metadata_service_endpoint: must be an http or https URL, got \"nowhere at all\"");
  EXPECT_EQ(asked({}, {{"AWS_METADATA_SERVICE_TIMEOUT", "soon"}}),
            "failure: AWS_METADATA_SERVICE_TIMEOUT: must be a number of seconds up to 3600, got \"soon\"");
  EXPECT_EQ(asked({}, {{"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "0"}}),
            "failure: AWS_METADATA_SERVICE_NUM_ATTEMPTS: must be a number from 1 to 100, got \"0\"");
  EXPECT_EQ(asked({}, {{"AWS_EC2_METADATA_DISABLED", "true"}}),
            "not configured: instance metadata, which AWS_EC2_METADATA_DISABLED turns off");
}

TEST(Metadata, TriesAsOftenAndAsLongAsSaid) {
  FakeWeb web;
  web.variables = {{"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "3"}, {"AWS_METADATA_SERVICE_TIMEOUT", "0.25"}};
  web.answers = {{0, ""}, {500, ""}, {200, "token"}, {200, "role"}, {200, agent_answer}};
  EXPECT_EQ(fetched(metadata_source(), web), "AKID SECRET TOKEN");
  EXPECT_EQ(web.requests.size(), 5U);
  EXPECT_EQ(web.requests[0].timeout, 250ms);
}

TEST(Metadata, IsNotThereWhereNobodyGivesAToken) {
  for (const int status : {0, 403, 404, 405}) {
    FakeWeb web;
    web.answers = {{status, "<html>"}};
    EXPECT_THAT(fetched(metadata_source(), web), StartsWith("not configured: instance metadata (")) << status;
    EXPECT_EQ(web.requests.size(), 1U) << "and is not asked in the way of version 1";
  }
  FakeWeb web;
  web.answers = {{200, "token"}, {404, ""}};
  EXPECT_EQ(fetched(metadata_source(), web), "not configured: instance metadata with a role for this instance");
}

TEST(Metadata, FailsWhenItIsThereAndIsWrong) {
  const auto end = [](std::deque<std::pair<int, std::string>> answers) {
    FakeWeb web;
    web.answers = std::move(answers);
    return fetched(metadata_source(), web);
  };
  EXPECT_THAT(end({{500, ""}}), StartsWith("temporary: instance metadata: HTTP 500"));
  EXPECT_EQ(end({{400, ""}}), "failure: instance metadata: HTTP 400");
  EXPECT_THAT(end({{200, "two\r\nlines"}}), StartsWith("failure: instance metadata: HTTP 200"));
  EXPECT_THAT(end({{200, "token"}, {200, "../../evil"}}), HasSubstr("as the role's name is none"));
  EXPECT_THAT(end({{200, "token"}, {200, ""}}), HasSubstr("as the role's name is none"));
  EXPECT_THAT(end({{200, "token"}, {200, "<html>Sign in</html>"}}), HasSubstr("as the role's name is none"));
  EXPECT_EQ(end({{200, "token"}, {200, "r"}, {200, R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"token"})"}}),
            "failure: instance metadata: the answer is not understood: AssumeRoleUnauthorizedAccess: ***");
  EXPECT_THAT(end({{200, "token"}, {200, "r"}, {0, ""}}), StartsWith("temporary: "));
}

TEST(Metadata, IsAwayNotAbsentOnceItWasSeen) {
  FakeWeb web;
  web.answers = {{200, "token"}, {200, "r"}, {200, agent_answer}, {0, ""}};
  const auto source = metadata_source();
  EXPECT_EQ(fetched(source, web), "AKID SECRET TOKEN");
  EXPECT_THAT(fetched(source, web), StartsWith("temporary: instance metadata: cannot connect"));
}

TEST(Metadata, UsesExpiredOnesSomeMinutesMore) {
  FakeWeb web;
  std::string old = agent_answer;
  old.replace(old.find("09:00"), 5, "07:00");
  web.answers = {{200, "token"}, {200, "r"}, {200, old}};
  const Credentials made = metadata_source()->fetch(web.context());
  EXPECT_GE(*made.expires, fake_now + 12min);
  EXPECT_LE(*made.expires, fake_now + 20min);
}

TEST(Metadata, TellsTheRegion) {
  const auto region = [](std::deque<std::pair<int, std::string>> answers) {
    FakeWeb web;
    web.answers = std::move(answers);
    const MetadataRegion found = metadata_region(web.context(), {});
    return found.region.value_or(found.reason);
  };
  EXPECT_EQ(region({{200, "token"}, {200, "eu-west-1"}}), "eu-west-1");
  EXPECT_EQ(region({{200, "token"}, {404, ""}, {200, R"({"region":"eu-north-1"})"}}), "eu-north-1");
  EXPECT_EQ(region({{200, "token"}, {404, ""}, {200, R"({"region":"a/b"})"}}),
            "instance metadata, which names none (HTTP 200)");
  EXPECT_EQ(region({{200, "token"}, {404, ""}, {200, "[]"}}), "instance metadata, which names none (HTTP 200)");
  EXPECT_EQ(region({{404, ""}}), "instance metadata (HTTP 404)");
  EXPECT_EQ(region({}), "instance metadata (cannot connect to nowhere:80: Connection refused)");
  FakeWeb web;
  web.variables = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"}};
  EXPECT_THAT(metadata_region(web.context(), {}).reason, HasSubstr("must be IPv4 or IPv6, got \"IPv5\""));
}

/// A home with one token in its cache.
struct Home {
  Home() { std::filesystem::create_directories(path + "/.aws/sso/cache"); }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  ~Home() { std::filesystem::remove_all(path); }
  void cache(const std::string& name, const std::string& text) const {
    std::ofstream{path + "/.aws/sso/cache/" + name + ".json"} << text;
  }
  std::string path = temporary_path("home");
};

const SsoSettings old_style{.start_url = "https://d-92671207e4.awsapps.com/start",
                            .region = "eu-west-1",
                            .account_id = "123456789012",
                            .role_name = "Producer Role"};
const std::string portal_answer =
    R"({"roleCredentials":{"accessKeyId":"AKID","secretAccessKey":"SECRET","sessionToken":"TOKEN",)"
    R"("expiration":1800003600000}})";

TEST(Sso, AsksThePortalWithTheCachedToken) {
  const Home home;
  // The SHA-1 of the start URL, and of a session's name.
  home.cache("13f9d35043871d073ab260e020f0ffde092cb14b",
             R"({"accessToken":"cached","expiresAt":"2027-01-15T08:00:01Z"})");
  home.cache("0ad374308c5a4e22f723adf10145eafad7c4031c",
             R"({"accessToken":"other","expiresAt":"2027-01-15T08:00:01UTC"})");
  FakeWeb web;
  web.variables = {{"HOME", home.path}};
  web.answers = {{200, portal_answer}, {200, portal_answer}};
  EXPECT_EQ(fetched(sso_source(old_style), web), "AKID SECRET TOKEN");
  EXPECT_EQ(web.requests.at(0).url,
            "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=Producer%20Role"
            "&account_id=123456789012");
  EXPECT_TRUE(web.has_header(0, "x-amz-sso_bearer_token: cached"));
  SsoSettings session = old_style;
  session.session_name = "my-sso";
  web.variables["AWS_ENDPOINT_URL_SSO"] = "http://127.0.0.1:9/";
  EXPECT_EQ(fetched(sso_source(session), web), "AKID SECRET TOKEN");
  EXPECT_THAT(web.requests.at(1).url, StartsWith("http://127.0.0.1:9/federation/credentials?"));
  EXPECT_TRUE(web.has_header(1, "x-amz-sso_bearer_token: other"));
}

TEST(Sso, SaysWhenToLogIn) {
  const Home home;
  FakeWeb web;
  web.variables = {{"HOME", home.path}};
  SsoSettings session = old_style;
  session.session_name = "my-sso";
  const auto source = sso_source(session);
  EXPECT_THAT(fetched(source, web), AllOf(StartsWith("failure: SSO token: cannot read "),
                                          HasSubstr(": run `aws sso login --sso-session my-sso`")));
  const std::string name = "0ad374308c5a4e22f723adf10145eafad7c4031c";
  home.cache(name, R"({"accessToken":"cached","expiresAt":"2027-01-15T08:00:00Z"})");
  EXPECT_THAT(
      fetched(source, web),
      AllOf(HasSubstr("expired at 2027-01-15T08:00:00Z, and could not be renewed: the login left nothing to renew it "
                      "with: run `aws sso login"),
            Not(HasSubstr("cached"))));
  for (const char* broken :
       {"", "[]", "{}", R"({"accessToken":"x"})", R"({"accessToken":7,"expiresAt":"2028-01-15T08:00:00Z"})",
        R"({"accessToken":"a\nb","expiresAt":"2028-01-15T08:00:00Z"})"}) {
    home.cache(name, broken);
    EXPECT_THAT(fetched(source, web), HasSubstr("holds none: run `aws sso login")) << broken;
  }
  EXPECT_TRUE(web.requests.empty());
  home.cache(name, R"({"accessToken":"cached","expiresAt":"2028-01-15T08:00:00Z"})");
  web.answers = {{401, R"({"message":"Session token not found or invalid"})"},
                 {403, R"({"message":"No access"})"},
                 {429, ""},
                 {200, "{}"}};
  EXPECT_THAT(fetched(source, web), HasSubstr("the portal refuses the token: run `aws sso login"));
  EXPECT_EQ(fetched(source, web), "failure: SSO portal, account 123456789012, role Producer Role: HTTP 403: No access");
  EXPECT_THAT(fetched(source, web), StartsWith("temporary: "));
  EXPECT_THAT(fetched(source, web), HasSubstr("roleCredentials is missing"));
}

TEST(Sso, NeedsAllItsSettings) {
  FakeWeb web;
  SsoSettings settings = old_style;
  settings.account_id.clear();
  EXPECT_EQ(fetched(sso_source(settings), web), "failure: sso_account_id: must be given for SSO");
  settings = old_style;
  settings.region = "evil.example/";
  EXPECT_THAT(fetched(sso_source(settings), web), HasSubstr("region: must be an AWS region"));
  EXPECT_THAT(fetched(sso_source(old_style), web), HasSubstr("HOME: must be set"));
}

}  // namespace
}  // namespace aiokpl::aws
