#include "aws/sources/sso_token.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "unit/aws/fake_web.hpp"

/// How the token of a login is renewed, with a service that answers from a list. Now is 2027-01-15T08:00:00Z.
namespace aiokpl::aws {
namespace {

using test::FakeWeb;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const SsoSettings session{.start_url = "https://start.example",
                          .region = "eu-west-1",
                          .account_id = "1",
                          .role_name = "r",
                          .session_name = "my-sso",
                          .profile = "dev"};
const std::string renewed = R"({"accessToken":"second","expiresIn":28800,"refreshToken":"again","tokenType":"Bearer"})";
const std::string refused = R"({"error":"invalid_grant","error_description":"no"})";

std::string login(const std::string& expires, const std::string& registration = "2027-04-01T00:00:00Z") {
  return R"({"startUrl":"https://start.example","region":"eu-west-1","accessToken":"first","expiresAt":")" + expires +
         R"(","clientId":"id","clientSecret":"client-secret","registrationExpiresAt":")" + registration +
         R"(","refreshToken":"once"})";
}

class SsoTokens : public ::testing::Test {
 protected:
  SsoTokens() {
    std::filesystem::create_directories(folder_);
    web_.variables = {{"HOME", home_}};
  }
  ~SsoTokens() override { std::filesystem::remove_all(home_); }

  void cache(const std::string& text) const { std::ofstream{file_} << text; }
  [[nodiscard]] nlohmann::json cached() const { return nlohmann::json::parse(std::ifstream{file_}); }
  std::string token() {
    try {
      return token_.get(web_.context());
    } catch (const CredentialsFailure& failure) {
      return std::string{failure.temporary() ? "temporary: " : "failure: "} + failure.what();
    }
  }

  std::string home_ = ::testing::TempDir() + "sso-" + std::to_string(getpid()) +
                      ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string folder_ = home_ + "/.aws/sso/cache";
  std::string file_ = folder_ + "/0ad374308c5a4e22f723adf10145eafad7c4031c.json";  // the SHA-1 of "my-sso"
  FakeWeb web_;
  SsoToken token_{session};
};

TEST_F(SsoTokens, OneThatLivesForAQuarterOfAnHourIsUsedAsItIs) {
  cache(login("2027-01-15T08:15:00Z"));
  EXPECT_EQ(token(), "first");
  EXPECT_TRUE(web_.requests.empty());
}

TEST_F(SsoTokens, OneNearItsEndIsRenewedAndWritten) {
  cache(login("2027-01-15T08:14:59Z"));
  web_.answers = {{200, renewed}};
  EXPECT_EQ(token(), "second");
  const WebRequest& request = web_.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://oidc.eu-west-1.amazonaws.com/token");
  EXPECT_TRUE(web_.has_header(0, "Content-Type: application/json"));
  EXPECT_EQ(nlohmann::json::parse(request.body), nlohmann::json::parse(R"({"grantType":"refresh_token","clientId":"id",
      "clientSecret":"client-secret","refreshToken":"once"})"));
  EXPECT_EQ(cached(), nlohmann::json::parse(R"({"startUrl":"https://start.example","region":"eu-west-1",
      "accessToken":"second","expiresAt":"2027-01-15T16:00:00Z","clientId":"id","clientSecret":"client-secret",
      "registrationExpiresAt":"2027-04-01T00:00:00Z","refreshToken":"again"})"));
  EXPECT_EQ(std::filesystem::status(file_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder_}, {}), 1) << "no temporary file is left";
  EXPECT_EQ(token(), "second");
  EXPECT_EQ(web_.requests.size(), 1U);
}

TEST_F(SsoTokens, OneThatHasEndedIsRenewedToo) {
  cache(login("2027-01-15T06:00:00Z"));
  web_.variables["AWS_ENDPOINT_URL_SSO_OIDC"] = "http://127.0.0.1:9/base/";
  web_.answers = {{200, R"({"accessToken":"second","expiresIn":3600})"}};
  EXPECT_EQ(token(), "second");
  EXPECT_EQ(web_.requests.at(0).url, "http://127.0.0.1:9/base/token");
  EXPECT_FALSE(cached().contains("refreshToken")) << "none came";
}

TEST_F(SsoTokens, WhileARenewalFailsTheOldOneServesUntilItsEnd) {
  cache(login("2027-01-15T08:00:01Z"));
  web_.answers = {{400, refused}, {500, ""}};
  EXPECT_EQ(token(), "first");
  EXPECT_EQ(token(), "first");
  EXPECT_EQ(token(), "first") << "nobody answers";
  EXPECT_EQ(web_.requests.size(), 3U);
  EXPECT_EQ(cached().at("refreshToken"), "once");

  cache(login("2027-01-15T08:00:00Z"));
  web_.answers = {{400, refused}, {503, "first once client-secret"}, {200, R"({"accessToken":"x"})"}};
  EXPECT_EQ(token(), "failure: SSO token: the one in " + file_ +
                         " expired at 2027-01-15T08:00:00Z, and could not be renewed: CreateToken of "
                         "oidc.eu-west-1.amazonaws.com: HTTP 400: invalid_grant: run `aws sso login --profile dev`");
  EXPECT_THAT(token(), AllOf(StartsWith("temporary: "), Not(HasSubstr("once")), Not(HasSubstr("client-secret"))));
  EXPECT_THAT(token(), HasSubstr("has no accessToken or no expiresIn: run `aws sso login --profile dev`"));
}

TEST_F(SsoTokens, WithoutARegistrationNobodyIsAsked) {
  cache(login("2027-01-15T08:00:00Z", "2027-01-15T08:00:00Z"));
  EXPECT_THAT(token(),
              HasSubstr("its registration expired at 2027-01-15T08:00:00Z: run `aws sso login --profile dev`"));
  cache(R"({"accessToken":"first","expiresAt":"2027-01-15T08:00:00Z","clientId":"id","clientSecret":"s"})");
  EXPECT_THAT(token(), HasSubstr("the login left nothing to renew it with: run `aws sso login"));
  EXPECT_TRUE(web_.requests.empty());
}

TEST_F(SsoTokens, AnotherProgramsRenewalCounts) {
  cache(login("2027-01-15T08:00:00Z"));
  FetchContext context = web_.context();
  context.call = [this](const WebRequest&) {
    cache(login("2027-01-15T09:00:00Z"));  // the other one was quicker, and our refresh token is used up
    WebAnswer answer;
    answer.status = 400;
    answer.body = refused;
    return answer;
  };
  EXPECT_EQ(token_.get(context), "first");
}

TEST_F(SsoTokens, WhereItCannotBeWrittenNothingIsUsedUp) {
  if (geteuid() == 0) GTEST_SKIP() << "nothing is forbidden to root";
  cache(login("2027-01-15T08:00:01Z"));
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_EQ(token(), "first");
  EXPECT_TRUE(web_.requests.empty());
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
}

TEST_F(SsoTokens, OneThatCouldNotBeWrittenServesOnce) {
  cache(login("2027-01-15T08:00:00Z"));
  FetchContext context = web_.context();
  context.call = [this](const WebRequest&) {
    std::filesystem::remove(file_);
    std::filesystem::create_directories(file_ + "/in its place");
    WebAnswer answer;
    answer.status = 200;
    answer.body = renewed;
    return answer;
  };
  EXPECT_EQ(token_.get(context), "second");
  std::filesystem::remove_all(file_);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder_}, {}), 0) << "no temporary file is left";
}

TEST_F(SsoTokens, AProfileFromBeforeThereWereSessionsIsNotRenewed) {
  SsoSettings old = session;
  old.session_name.reset();
  file_ = folder_ + "/1c5a689b7bb92284d0c514c4b1c1e1ce96d9621f.json";  // the SHA-1 of the start URL
  cache(login("2027-01-15T08:00:01Z"));
  SsoToken legacy{old};
  EXPECT_EQ(legacy.get(web_.context()), "first");
  cache(login("2027-01-15T08:00:00Z"));
  EXPECT_THROW(static_cast<void>(legacy.get(web_.context())), CredentialsFailure);
  EXPECT_TRUE(web_.requests.empty());
  EXPECT_EQ(how_to_log_in(old), "run `aws sso login --profile dev`");
  old.profile.clear();
  EXPECT_EQ(how_to_log_in(old), "run `aws sso login`");
  old.session_name = "my-sso";
  EXPECT_EQ(how_to_log_in(old), "run `aws sso login --sso-session my-sso`");
}

}  // namespace
}  // namespace aiokpl::aws
