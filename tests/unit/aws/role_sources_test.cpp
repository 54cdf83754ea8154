#include <cstdio>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/sources/sts_call.hpp"
#include "unit/aws/fake_web.hpp"

namespace aiokpl::aws {
namespace {

using test::FakeWeb;
using test::fetched;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string role = "arn:aws:iam::123456789012:role/producer";

/// Gives what the test says.
class KnownSource final : public CredentialsSource {
 public:
  explicit KnownSource(std::function<Credentials()> give) : give_{std::move(give)} {}
  Credentials fetch(const FetchContext&) override { return give_(); }
  std::string name() const override { return "known"; }

 private:
  std::function<Credentials()> give_;
};

SourcePtr base_source() {
  return std::make_shared<KnownSource>([] {
    return Credentials{.access_key_id = "BASEKEY", .secret_access_key = "base-secret", .session_token = "base-token"};
  });
}

std::string answer(const std::string& action, const std::string& expiration = "2027-01-15T09:00:00Z") {
  return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
         "Result><AssumedRoleUser><Arn>arn</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIA</AccessKeyId>"
         "<SecretAccessKey>S&amp;S</SecretAccessKey><SessionToken>T==</SessionToken><Expiration>" +
         expiration + "</Expiration></Credentials></" + action + "Result></" + action + "Response>";
}

std::string error(const std::string& code, const std::string& message) {
  return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message +
         "</Message></Error><RequestId>1</RequestId></ErrorResponse>";
}

struct TokenFile {
  explicit TokenFile(const std::string& text) { write(text); }
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;
  ~TokenFile() { std::remove(path.c_str()); }
  void write(const std::string& text) const { std::ofstream{path} << text; }
  std::string path = ::testing::TempDir() + "token-" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST(AssumeRole, SignsAFormWithTheBasesCredentials) {
  FakeWeb web;
  web.variables = {{"AWS_REGION", "eu-west-1"}};
  web.answers = {{200, answer("AssumeRole")}};
  const auto source = assume_role_source(
      {.role_arn = role, .session_name = "me@host", .external_id = "a&b c", .duration = std::chrono::hours{1}},
      base_source());
  EXPECT_EQ(fetched(source, web), "ASIA S&S T==");
  const WebRequest& request = web.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_FALSE(request.direct);
  EXPECT_EQ(request.body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fproducer"
            "&RoleSessionName=me%40host&DurationSeconds=3600&ExternalId=a%26b%20c");
  EXPECT_TRUE(web.has_header(0, "Content-Type: application/x-www-form-urlencoded; charset=utf-8"));
  EXPECT_TRUE(web.has_header(0, "X-Amz-Date: 20270115T080000Z"));
  EXPECT_TRUE(web.has_header(0, "X-Amz-Security-Token: base-token"));
  EXPECT_THAT(request.headers,
              testing::Contains(StartsWith("Authorization: AWS4-HMAC-SHA256 Credential=BASEKEY/20270115/eu-west-1/sts/"
                                           "aws4_request, SignedHeaders=content-type;host;x-amz-date;"
                                           "x-amz-security-token, Signature=")));
}

TEST(AssumeRole, MakesUpASessionName) {
  FakeWeb web;
  EXPECT_THAT(session_name({}, web.context()), testing::MatchesRegex("aiokpl-[0-9]+-1800000000"));
}

TEST(AssumeRole, RefusesWrongSettingsByName) {
  FakeWeb web;
  const auto with = [&web](AssumeRoleSettings settings) {
    return fetched(assume_role_source(std::move(settings), base_source()), web);
  };
  EXPECT_EQ(with({.role_arn = "producer"}),
            "failure: role_arn: must be an ARN such as arn:aws:iam::123456789012:role/name, got \"producer\"");
  EXPECT_THAT(with({.role_arn = role, .session_name = "a b"}), HasSubstr("role_session_name: must be 2 to 64"));
  EXPECT_THAT(with({.role_arn = role, .session_name = "x"}), HasSubstr("got \"x\""));
  EXPECT_THAT(with({.role_arn = role, .session_name = std::string(65, 'x')}), HasSubstr("role_session_name"));
  EXPECT_EQ(with({.role_arn = role, .duration = std::chrono::seconds{899}}),
            "failure: duration_seconds: must be from 900 to 43200, got 899");
  EXPECT_EQ(with({.role_arn = role, .region = "evil.example/"}),
            "failure: region: must be an AWS region such as us-east-1, got \"evil.example/\"");
  EXPECT_THAT(with({.role_arn = role, .endpoint_url = "ftp://user:pw@x"}),
              testing::AllOf(HasSubstr("endpoint_url: must be"), Not(HasSubstr("pw"))));
  web.variables = {{"AWS_STS_REGIONAL_ENDPOINTS", "global"}};
  EXPECT_EQ(with({.role_arn = role}),
            "failure: AWS_STS_REGIONAL_ENDPOINTS: must be regional or legacy, got \"global\"");
  EXPECT_TRUE(web.requests.empty());
}

TEST(AssumeRole, FindsItsEndpoint) {
  const auto endpoint = [](const AssumeRoleSettings& settings, std::map<std::string, std::string> variables) {
    FakeWeb web;
    web.variables = std::move(variables);
    const Endpoint found = sts_endpoint(settings, web.context().environment);
    return found.url() + " " + found.region;
  };
  EXPECT_EQ(endpoint({}, {}), "https://sts.amazonaws.com/ us-east-1");
  EXPECT_EQ(endpoint({.region = "eu-west-3"}, {{"AWS_REGION", "us-west-2"}}),
            "https://sts.eu-west-3.amazonaws.com/ eu-west-3");
  EXPECT_EQ(endpoint({}, {{"AWS_REGION", "us-west-2"}, {"AWS_DEFAULT_REGION", "us-west-1"}}),
            "https://sts.us-west-2.amazonaws.com/ us-west-2");
  EXPECT_EQ(endpoint({}, {{"AWS_DEFAULT_REGION", "cn-north-1"}}),
            "https://sts.cn-north-1.amazonaws.com.cn/ cn-north-1");
  EXPECT_EQ(endpoint({.region = "us-iso-east-1"}, {}), "https://sts.us-iso-east-1.c2s.ic.gov/ us-iso-east-1");
  EXPECT_EQ(endpoint({.region = "us-gov-west-1"}, {}), "https://sts.us-gov-west-1.amazonaws.com/ us-gov-west-1");
  EXPECT_EQ(endpoint({.region = "aws-global"}, {}), "https://sts.amazonaws.com/ us-east-1");
  const std::pair<const std::string, std::string> legacy{"AWS_STS_REGIONAL_ENDPOINTS", "legacy"};
  EXPECT_EQ(endpoint({.region = "eu-west-1"}, {legacy}), "https://sts.amazonaws.com/ us-east-1");
  EXPECT_EQ(endpoint({.region = "eu-south-1"}, {legacy}), "https://sts.eu-south-1.amazonaws.com/ eu-south-1");
  const std::pair<const std::string, std::string> own{"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1/sts"};
  const std::pair<const std::string, std::string> all{"AWS_ENDPOINT_URL", "http://127.0.0.1:2"};
  EXPECT_EQ(endpoint({.region = "eu-west-1"}, {own, all}), "http://127.0.0.1:1/sts eu-west-1");
  EXPECT_EQ(endpoint({}, {all}), "http://127.0.0.1:2/ us-east-1");
  EXPECT_EQ(endpoint({.endpoint_url = "http://127.0.0.1:3"}, {own, all}), "http://127.0.0.1:3/ us-east-1");
  EXPECT_EQ(endpoint({.region = "eu-west-1"}, {own, all, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}}),
            "https://sts.eu-west-1.amazonaws.com/ eu-west-1");
  EXPECT_EQ(endpoint({.region = "eu-west-1", .switches = {.ignore_configured_endpoint_urls = true}}, {own, all}),
            "https://sts.eu-west-1.amazonaws.com/ eu-west-1");
}

TEST(AssumeRole, FindsItsEndpointWithFipsAndDualStack) {
  const auto endpoint = [](const AssumeRoleSettings& settings, std::map<std::string, std::string> variables) {
    FakeWeb web;
    web.variables = std::move(variables);
    return sts_endpoint(settings, web.context().environment).url();
  };
  const std::pair<const std::string, std::string> fips{"AWS_USE_FIPS_ENDPOINT", "true"};
  const std::pair<const std::string, std::string> dualstack{"AWS_USE_DUALSTACK_ENDPOINT", "true"};
  const std::pair<const std::string, std::string> legacy{"AWS_STS_REGIONAL_ENDPOINTS", "legacy"};
  const EndpointSwitches profile{.use_fips = true};
  EXPECT_EQ(endpoint({.region = "eu-west-1"}, {fips}), "https://sts-fips.eu-west-1.amazonaws.com/");
  EXPECT_EQ(endpoint({.region = "eu-west-1"}, {dualstack}), "https://sts.eu-west-1.api.aws/");
  EXPECT_EQ(endpoint({.region = "us-gov-west-1"}, {fips}), "https://sts.us-gov-west-1.amazonaws.com/");
  EXPECT_EQ(endpoint({.region = "eu-west-1", .switches = profile}, {}), "https://sts-fips.eu-west-1.amazonaws.com/");
  EXPECT_EQ(endpoint({.region = "eu-west-1", .switches = profile}, {{"AWS_USE_FIPS_ENDPOINT", "false"}}),
            "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_EQ(endpoint({.region = "eu-west-1"}, {fips, legacy}), "https://sts-fips.eu-west-1.amazonaws.com/");
  EXPECT_EQ(endpoint({}, {fips}), "https://sts-fips.us-east-1.amazonaws.com/") << "where the global one is served";
  EXPECT_EQ(endpoint({}, {fips, {"AWS_ENDPOINT_URL_STS", "https://sts.example"}}), "https://sts.example/");
  EXPECT_THROW(static_cast<void>(endpoint({}, {{"AWS_USE_FIPS_ENDPOINT", "maybe"}})), CredentialsFailure);
}

TEST(AssumeRole, ShowsTheServicesErrorWithoutSecrets) {
  const auto source = assume_role_source({.role_arn = role}, base_source());
  const std::string start = "STS AssumeRole of " + role + ": ";
  FakeWeb web;
  web.answers = {{403, error("AccessDenied", "you may &lt;not&gt; base-secret base-token")},
                 {400, error("Throttling", "slowly")},
                 {503, "<html>"},
                 {403, error("ExpiredToken", "over")},
                 {400, "\x01"},
                 {200, "<html><body>Sign in</body></html>"},
                 {200, ""},
                 {302, ""},
                 {200, answer("AssumeRole", "2027-01-15T07:59:59Z")}};
  EXPECT_EQ(fetched(source, web), "failure: " + start + "HTTP 403, AccessDenied: you may <not> *** ***");
  EXPECT_EQ(fetched(source, web), "temporary: " + start + "HTTP 400, Throttling: slowly");
  EXPECT_EQ(fetched(source, web), "temporary: " + start + "HTTP 503");
  EXPECT_THAT(fetched(source, web), StartsWith("temporary: "));
  EXPECT_EQ(fetched(source, web), "failure: " + start + "HTTP 400");
  EXPECT_EQ(fetched(source, web), "failure: " + start + "the answer is not understood: AccessKeyId is missing");
  EXPECT_EQ(fetched(source, web), "failure: " + start + "the answer is not understood: it is no XML");
  EXPECT_EQ(fetched(source, web), "failure: " + start + "HTTP 302");
  EXPECT_THAT(fetched(source, web),
              testing::AllOf(StartsWith("temporary: "), HasSubstr("expired at 2027-01-15T07:59:59Z")));
  EXPECT_EQ(fetched(source, web), "temporary: " + start + "cannot connect to nowhere:80: Connection refused");
}

TEST(AssumeRole, NeedsItsBase) {
  FakeWeb web;
  const auto with = [&web](std::function<Credentials()> give) {
    return fetched(assume_role_source({.role_arn = role}, std::make_shared<KnownSource>(std::move(give))), web);
  };
  EXPECT_EQ(with([]() -> Credentials { throw NotConfigured{"X in the environment"}; }),
            "failure: STS AssumeRole of " + role + ": no credentials to assume it with: X in the environment");
  EXPECT_THAT(with([]() -> Credentials { throw CredentialsFailure{"busy", true}; }), StartsWith("temporary: "));
  EXPECT_THAT(with([]() -> Credentials { throw CredentialsFailure{"no"}; }), StartsWith("failure: "));
  EXPECT_THROW(static_cast<void>(assume_role_source({.role_arn = role}, nullptr)), std::invalid_argument);
}

TEST(WebIdentity, SendsTheTokenThatIsInTheFileNow) {
  const TokenFile file{"eyJ.first\n"};
  const auto source = web_identity_source({.role = {.role_arn = role, .session_name = "pod"}, .token_file = file.path});
  FakeWeb web;
  web.answers = {{200, answer("AssumeRoleWithWebIdentity")}, {200, answer("AssumeRoleWithWebIdentity")}};
  EXPECT_EQ(fetched(source, web), "ASIA S&S T==");
  file.write("eyJ.second+");
  EXPECT_EQ(fetched(source, web), "ASIA S&S T==");
  EXPECT_EQ(web.requests.at(0).body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2F"
            "producer&RoleSessionName=pod&WebIdentityToken=eyJ.first");
  EXPECT_THAT(web.requests.at(1).body, testing::EndsWith("&WebIdentityToken=eyJ.second%2B"));
  EXPECT_THAT(web.requests.at(0).headers, Not(testing::Contains(StartsWith("Authorization"))));
}

TEST(WebIdentity, TellsOfAFileWithoutAToken) {
  FakeWeb web;
  const auto missing = web_identity_source({.role = {.role_arn = role}, .token_file = "/nonexistent/token"});
  EXPECT_EQ(fetched(missing, web),
            "temporary: web_identity_token_file: cannot read /nonexistent/token: No such file or directory");
  const TokenFile file{"\n"};
  const auto source = web_identity_source({.role = {.role_arn = role}, .token_file = file.path});
  EXPECT_THAT(fetched(source, web), HasSubstr(" holds no token"));
  file.write("two\r\nlines");
  EXPECT_THAT(fetched(source, web), HasSubstr(" holds no token"));
  file.write(std::string((64 << 10) + 1, 'x'));
  EXPECT_THAT(fetched(source, web), HasSubstr(" is larger than 64 KiB"));
  EXPECT_TRUE(web.requests.empty());
}

TEST(WebIdentity, TriesAgainWhenTheProviderIsAwayOrTheTokenIsOld) {
  const TokenFile file{"eyJ.secret"};
  const auto source = web_identity_source({.role = {.role_arn = role}, .token_file = file.path});
  FakeWeb web;
  web.answers = {{400, error("IDPCommunicationError", "no answer")},
                 {400, error("ExpiredTokenException", "old")},
                 {400, error("InvalidIdentityToken", "eyJ.secret is none")}};
  EXPECT_THAT(fetched(source, web), StartsWith("temporary: "));
  EXPECT_THAT(fetched(source, web), StartsWith("temporary: "));
  EXPECT_THAT(fetched(source, web), testing::AllOf(StartsWith("failure: "), HasSubstr("InvalidIdentityToken: *** is")));
}

}  // namespace
}  // namespace aiokpl::aws
