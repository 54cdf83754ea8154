#include "aws/credentials.hpp"

#include <array>
#include <cstdlib>
#include <map>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace aiokpl::aws {
namespace {

constexpr std::chrono::system_clock::time_point now{};

Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
}

struct Case {
  std::string name;
  CredentialsSettings settings;
  std::map<std::string, std::string> environment;
  std::string key_id;  // empty: none are found, for this reason
  std::string secret_or_reason;
  std::string token = {};
};

TEST(DefaultCredentials, ComeFromTheFirstPlaceThatHasThem) {
  const std::vector<Case> cases{
      {"configuration", {"K", "S"}, {{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "F"}}, "K", "S"},
      {"configuration with token", {"K", "S", "T"}, {}, "K", "S", "T"},
      {"environment",
       {},
       {{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "F"}, {"AWS_SESSION_TOKEN", "G"}},
       "E",
       "F",
       "G"},
      {"empty fields count as not given",
       {"", "", ""},
       {{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "F"}},
       "E",
       "F"},
      {"environment before the local pair",
       {.loopback = true},
       {{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "F"}},
       "E",
       "F"},
      {"local pair", {.loopback = true}, {}, "local", "local"},
      {"nothing",
       {},
       {},
       "",
       "no credentials: neither aws_access_key_id in the configuration nor AWS_ACCESS_KEY_ID in the environment nor "
       "profile: credentials of the profile default in /none/config and /none/credentials; container credentials: "
       "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI in the environment; instance "
       "metadata: instance metadata, which AWS_EC2_METADATA_DISABLED turns off"},
      {"a key without its secret does not fall through to the environment",
       {.access_key_id = "K"},
       {{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "F"}},
       "",
       "no credentials: aws_access_key_id is set without aws_secret_access_key in the configuration"},
      {"a secret without its key",
       {.secret_access_key = "S"},
       {},
       "",
       "no credentials: aws_secret_access_key is set without aws_access_key_id in the configuration"},
      {"a token alone",
       {.session_token = "T"},
       {},
       "",
       "no credentials: aws_session_token is set without aws_access_key_id in the configuration"},
      {"environment: a key without its secret, loopback or not",
       {.loopback = true},
       {{"AWS_ACCESS_KEY_ID", "E"}},
       "",
       "no credentials: AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY in the environment"},
      {"environment: a secret without its key",
       {},
       {{"AWS_SECRET_ACCESS_KEY", "F"}},
       "",
       "no credentials: AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID in the environment"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::map<std::string, std::string> variables{{"AWS_EC2_METADATA_DISABLED", "true"},
                                                 {"AWS_CONFIG_FILE", "/none/config"},
                                                 {"AWS_SHARED_CREDENTIALS_FILE", "/none/credentials"}};
    variables.insert(c.environment.begin(), c.environment.end());
    const auto provider = default_credentials(c.settings, environment_of(variables));
    provider->await(std::chrono::seconds{10});
    const CredentialsOutcome outcome = provider->get(now);
    ASSERT_EQ(static_cast<bool>(outcome), !c.key_id.empty()) << outcome.reason;
    if (outcome) {
      EXPECT_EQ(outcome.credentials->access_key_id, c.key_id);
      EXPECT_EQ(outcome.credentials->secret_access_key, c.secret_or_reason);
      EXPECT_EQ(outcome.credentials->session_token, c.token);
      EXPECT_FALSE(outcome.credentials->expires);
    } else {
      EXPECT_EQ(outcome.reason, c.secret_or_reason);
    }
  }
}

TEST(EnvironmentCredentials, AreReadAnewEachTime) {
  std::optional<std::string> key;
  EnvironmentCredentials provider{[&](const char* name) -> std::optional<std::string> {
    return std::string_view{name} == "AWS_SESSION_TOKEN" ? std::nullopt : key;
  }};
  EXPECT_FALSE(provider.get(now));
  key = "later";
  EXPECT_EQ(provider.get(now).credentials->access_key_id, "later");
}

TEST(Credentials, PrintNoSecret) {
  std::ostringstream out;
  out << Credentials{.access_key_id = "AKIDEXAMPLE", .secret_access_key = "sesame", .session_token = "token"} << "; "
      << Credentials{.access_key_id = "short"};
  EXPECT_EQ(out.str(), "credentials ...MPLE; credentials ...");
}

// The buffer belongs to the test, so that what is left in it may be looked at.
TEST(Credentials, WipeTheirSecrets) {
  alignas(Credentials) std::array<char, sizeof(Credentials)> place{};
  // Short enough to lie inside the object.
  auto* credentials = new (place.data()) Credentials{.secret_access_key = "open-sesame", .session_token = "token-7"};
  credentials->secret_access_key = "x";  // what a longer value left behind goes too
  credentials->~Credentials();
  const std::string_view left{place.data(), place.size()};
  EXPECT_EQ(left.find("sesame"), std::string_view::npos);
  EXPECT_EQ(left.find("token"), std::string_view::npos);
}

TEST(ProcessEnvironment, SetToNothingIsNotSet) {
  setenv("AIOKPL_TEST_VARIABLE", "", 1);  // NOLINT(concurrency-mt-unsafe): the only thread
  EXPECT_FALSE(process_environment()("AIOKPL_TEST_VARIABLE"));
  setenv("AIOKPL_TEST_VARIABLE", "value", 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(process_environment()("AIOKPL_TEST_VARIABLE"), "value");
  unsetenv("AIOKPL_TEST_VARIABLE");  // NOLINT(concurrency-mt-unsafe)
  EXPECT_FALSE(process_environment()("AIOKPL_TEST_VARIABLE"));
}

class Renewing final : public CredentialsProvider {
 public:
  CredentialsOutcome get(std::chrono::system_clock::time_point) override {
    return {.credentials = Credentials{.access_key_id = "renewed", .secret_access_key = "s"}};
  }
  void expired(const Credentials&) override { ++expiries; }
  [[nodiscard]] bool renews() const override { return true; }
  int expiries = 0;
};

TEST(CredentialsChain, ExpiryIsForWhoGaveTheCredentials) {
  const auto renewing = std::make_shared<Renewing>();
  CredentialsChain fixed_first{{std::make_shared<StaticCredentials>("K", "s"), renewing}};
  EXPECT_FALSE(fixed_first.renews()) << "nobody has been asked yet";
  const auto fixed = fixed_first.get({});
  EXPECT_FALSE(fixed_first.renews());
  fixed_first.expired(*fixed.credentials);
  EXPECT_EQ(renewing->expiries, 0);

  CredentialsChain renewing_first{{std::make_shared<StaticCredentials>("", ""), renewing}};
  const auto renewed = renewing_first.get({});
  EXPECT_TRUE(renewing_first.renews());
  renewing_first.expired(*renewed.credentials);
  EXPECT_EQ(renewing->expiries, 1);
}

}  // namespace
}  // namespace aiokpl::aws
