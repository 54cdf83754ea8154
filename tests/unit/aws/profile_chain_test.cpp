// The chain, with sources that only write down what they were made of: the story of a case is one line.
#include "aws/profile_chain.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace aiokpl::aws {
namespace {

using testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

/// Its key id says what it was made of.
class Recorded final : public CredentialsSource {
 public:
  explicit Recorded(std::string what, SourcePtr base = nullptr) : what_{std::move(what)}, base_{std::move(base)} {}

  Credentials fetch(const FetchContext& context) override {
    if (what_ == "container" && !context.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
      throw NotConfigured{"AWS_CONTAINER_CREDENTIALS_FULL_URI"};
    }
    if (what_.starts_with("metadata") && context.environment("AWS_EC2_METADATA_DISABLED")) {
      throw NotConfigured{"AWS_EC2_METADATA_DISABLED"};
    }
    std::string story = what_;
    if (base_) story += " <- " + base_->fetch(context).access_key_id;
    return {.access_key_id = std::move(story)};
  }
  [[nodiscard]] std::string name() const override { return what_; }

 private:
  std::string what_;
  SourcePtr base_;
};

std::string told(const AssumeRoleSettings& role) {
  std::string words = role.role_arn;
  if (!role.session_name.empty()) words += " as " + role.session_name;
  if (role.external_id) words += " external " + *role.external_id;
  if (role.duration) words += " for " + std::to_string(role.duration->count());
  if (!role.region.empty()) words += " in " + role.region;
  if (role.endpoint_url) words += " at " + *role.endpoint_url;
  return words;
}

}  // namespace

// NOLINTBEGIN(performance-unnecessary-value-param): as they are declared
SourcePtr assume_role_source(AssumeRoleSettings settings, SourcePtr base) {
  return std::make_shared<Recorded>("role " + told(settings), std::move(base));
}
SourcePtr web_identity_source(WebIdentitySettings settings) {
  return std::make_shared<Recorded>("web " + told(settings.role) + " by " + settings.token_file);
}
SourcePtr sso_source(SsoSettings settings) {
  return std::make_shared<Recorded>("sso " + settings.start_url + " " + settings.region + " " + settings.account_id +
                                    " " + settings.role_name + " " + settings.session_name.value_or("-"));
}
SourcePtr process_source(std::string command) {
  return std::make_shared<Recorded>("process " + command);
}
SourcePtr container_source() {
  return std::make_shared<Recorded>("container");
}
int metadata_sources_made = 0;
SourcePtr metadata_source(MetadataSettings settings) {
  ++metadata_sources_made;
  return std::make_shared<Recorded>("metadata " + settings.endpoint.value_or("-") + " " +
                                    settings.endpoint_mode.value_or("-"));
}

// NOLINTEND(performance-unnecessary-value-param)

namespace {

FetchContext context_of(Variables variables = {}) {
  return {.environment = [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional{found->second};
          },
          .call = {},
          .clock = {}};
}

std::string story_of(CredentialsSource& source, const FetchContext& context) {
  try {
    const Credentials credentials = source.fetch(context);
    return credentials.access_key_id + (credentials.session_token.empty() ? "" : " with " + credentials.session_token);
  } catch (const NotConfigured& none) {
    return std::string{"not configured: "} + none.what();
  } catch (const CredentialsFailure& failure) {
    return std::string{"failure: "} + failure.what();
  }
}

/// What a config file leads to.
std::string from(std::string_view config, Variables variables = {}, const ProfileChoice& choice = {}) {
  const FetchContext context = context_of(std::move(variables));
  try {
    const SourcePtr source = resolve_profile(Profiles::parse(config, ""), choice, context.environment);
    return source ? story_of(*source, context) : "nothing";
  } catch (const CredentialsFailure& failure) {
    return std::string{"failure: "} + failure.what();
  }
}

constexpr const char* source_b = "[profile b]\naws_access_key_id = B\naws_secret_access_key = S\n";

TEST(ProfileRoles, AreAssumedWithTheSourceProfile) {
  EXPECT_EQ(from(std::string{"[default]\nrole_arn = r\nsource_profile = b\nexternal_id = e\nrole_session_name = n\n"
                             "duration_seconds = 900\nregion = r-1\n"} +
                 source_b),
            "role r as n external e for 900 in r-1 <- B");
  EXPECT_EQ(from(std::string{"[default]\nrole_arn = r\nsource_profile = c\nregion = r-1\nendpoint_url = http://u\n"
                             "[profile c]\nrole_arn = q\nsource_profile = b\nregion = r-2\n"} +
                 source_b),
            "role r in r-1 at http://u <- role q in r-1 at http://u <- B");
  EXPECT_EQ(
      from("[default]\nrole_arn = r\nsource_profile = default\naws_access_key_id = A\naws_secret_access_key = S\n"),
      "role r <- A");
}

TEST(ProfileRoles, AreAssumedWithANamedSource) {
  const Variables keys{{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "S"}};
  EXPECT_EQ(from("[default]\nrole_arn = r\ncredential_source = Environment\n", keys), "role r <- E");
  EXPECT_EQ(from("[default]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\nimds_use_ipv6 = true\n"),
            "role r <- metadata - ipv6");
  EXPECT_EQ(from("[default]\nrole_arn = r\ncredential_source = EcsContainer\n",
                 {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "u"}}),
            "role r <- container");
  // A source that is meant and not there ends the search.
  EXPECT_EQ(from("[default]\nrole_arn = r\ncredential_source = EcsContainer\n"),
            "failure: profile default: AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

TEST(ProfileRoles, RefuseWhatCannotBe) {
  const std::string role = "[default]\nrole_arn = r\n";
  EXPECT_EQ(from(role), "failure: profile default: role_arn is set without source_profile or credential_source");
  EXPECT_EQ(from(role + "source_profile = b\n"),
            "failure: profile default: source_profile: there is no profile \"b\" in config and credentials");
  EXPECT_EQ(from(role + "source_profile = b\ncredential_source = Environment\n" + source_b),
            "failure: profile default: source_profile and credential_source are both set; one of them has to go");
  EXPECT_EQ(from(role + "credential_source = Elsewhere\n"),
            "failure: profile default: credential_source must be Environment, Ec2InstanceMetadata or EcsContainer, got "
            "\"Elsewhere\"");
  EXPECT_EQ(from(role + "source_profile = b\n[profile b]\nregion = r\n"),
            "failure: profile b: it is the source_profile of default and has no credentials");
  EXPECT_THAT(from(role + "source_profile = b\nmfa_serial = m\n" + source_b), HasSubstr("mfa_serial is not supported"));
  for (const char* wrong : {"899", "43201", "1h", "-900", "99999999999999"}) {
    EXPECT_EQ(from(role + "source_profile = b\nduration_seconds = " + wrong + "\n" + source_b),
              "failure: profile default: duration_seconds must be a whole number from 900 to 43200, got \"" +
                  std::string{wrong} + "\"");
  }
}

TEST(ProfileRoles, ACircleIsNamed) {
  EXPECT_EQ(from("[default]\nrole_arn = r\nsource_profile = default\n"),
            "failure: profile default: source_profile leads in a circle: default -> default");
  EXPECT_EQ(from("[default]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = q\nsource_profile = c\n"
                 "[profile c]\nrole_arn = p\nsource_profile = b\n"),
            "failure: profile default: source_profile leads in a circle: default -> b -> c -> b");
}

TEST(ProfileKinds, WebIdentityMixesEnvironmentAndProfile) {
  const Variables irsa{{"AWS_WEB_IDENTITY_TOKEN_FILE", "/e"}, {"AWS_ROLE_ARN", "env"}, {"AWS_ROLE_SESSION_NAME", "n"}};
  const std::string profile = "[default]\nrole_arn = r\nweb_identity_token_file = /p\nrole_session_name = m\n";
  EXPECT_EQ(from(profile), "web r as m by /p");
  EXPECT_EQ(from(profile, irsa), "web env as n by /e");
  EXPECT_EQ(from(profile, irsa, {"default", "profile"}), "web r as m by /p");
  // What a role is assumed with is the source profile's own, whatever the environment says.
  EXPECT_EQ(from(std::string{"[default]\nrole_arn = r\nsource_profile = b\n"} + source_b, irsa), "role r <- B");
  EXPECT_EQ(from("", {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/e"}}),
            "failure: profile default: a web identity token file is set without AWS_ROLE_ARN or role_arn");
}

TEST(ProfileKinds, SsoBySessionAndWithout) {
  const std::string account = "sso_account_id = 1\nsso_role_name = w\n";
  EXPECT_EQ(from("[default]\nsso_start_url = u\nsso_region = r\n" + account), "sso u r 1 w -");
  EXPECT_EQ(from("[default]\nsso_session = s\n" + account + "[sso-session s]\nsso_start_url = u\nsso_region = r\n"),
            "sso u r 1 w s");
  EXPECT_EQ(from("[default]\n" + account),
            "failure: profile default: SSO is meant, but this is missing: sso_start_url, sso_region");
  EXPECT_EQ(from("[default]\nsso_session = s\n" + account),
            "failure: profile default: sso_session: there is no section [sso-session s] in config");
  EXPECT_EQ(from("[default]\nsso_session = s\nsso_region = q\n" + account + "[sso-session s]\nsso_region = r\n"),
            "failure: profile default: sso_region is not what the section of its sso_session says");
}

TEST(ProfileKinds, KeysAndProcesses) {
  const std::string process = "credential_process = /bin/give 'a b'\n";
  const std::string keys = "aws_access_key_id = A\naws_secret_access_key = S\n";
  EXPECT_EQ(from("[default]\n" + process + keys), "process /bin/give 'a b'");
  EXPECT_EQ(from("[default]\n" + keys + "aws_session_token = t\n"), "A with t");
  EXPECT_EQ(from("[default]\n" + keys + "aws_session_token = t\naws_security_token = older\n"), "A with older");
  EXPECT_EQ(from("[default]\naws_access_key_id = A\n"),
            "failure: profile default: aws_access_key_id is set without aws_secret_access_key in config");
  EXPECT_EQ(from("[default]\naws_access_key_id = A\naws_secret_access_key = sesame\n  x\n"),
            "failure: profile default: aws_secret_access_key must be on one line and without control characters");
  EXPECT_EQ(from("[default]\naws_secret_access_key = S\n"), "nothing");
  EXPECT_THAT(from("[default]\nlogin_session = arn\n"), HasSubstr("login_session is not supported"));
  EXPECT_EQ(from("[profile a]\n", {}, {"b", "AWS_PROFILE"}),
            "failure: AWS_PROFILE: there is no profile \"b\" in config and credentials");
}

class Chain : public testing::Test {
 public:
  Chain() : directory_{std::filesystem::path{testing::TempDir()} / ("chain-" + std::to_string(getpid()))} {
    std::filesystem::create_directories(directory_);
    variables_ = {{"AWS_CONFIG_FILE", (directory_ / "config").string()},
                  {"AWS_SHARED_CREDENTIALS_FILE", (directory_ / "credentials").string()}};
  }
  ~Chain() override { std::filesystem::remove_all(directory_); }

 protected:
  void write(const std::string& name, std::string_view text) const { std::ofstream{directory_ / name} << text; }
  [[nodiscard]] std::string ask(const ChainSettings& settings = {}) const {
    const FetchContext context = context_of(variables_);
    return story_of(*chain_source(default_chain(settings, context.environment)), context);
  }

  std::filesystem::path directory_;
  Variables variables_;
};

TEST_F(Chain, AsksInOrder) {
  EXPECT_EQ(ask(), "metadata - -");
  variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "u";
  EXPECT_EQ(ask(), "container");
  write("config", "[default]\naws_access_key_id = C\naws_secret_access_key = S\n[profile a]\n");
  EXPECT_EQ(ask(), "C");
  write("credentials", "[default]\naws_access_key_id = F\naws_secret_access_key = S\n");
  EXPECT_EQ(ask(), "F");
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/t";
  variables_["AWS_ROLE_ARN"] = "r";
  EXPECT_EQ(ask(), "web r by /t");
  variables_["AWS_ACCESS_KEY_ID"] = "E";
  variables_["AWS_SECRET_ACCESS_KEY"] = "S";
  EXPECT_EQ(ask(), "E");
  EXPECT_EQ(ask({.profile = "a"}), "container");
  EXPECT_EQ(ask({.profile = "default"}), "F");
  EXPECT_EQ(ask({.access_key_id = "K", .secret_access_key = "S", .session_token = "t"}), "K with t");
}

TEST_F(Chain, StopsAtWhatIsWrong) {
  variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "u";
  EXPECT_THAT(ask({.access_key_id = "K"}), HasSubstr("failure: aws_access_key_id is set without"));
  EXPECT_THAT(ask({.profile = "a"}), HasSubstr("failure: profile: there is no profile \"a\" in "));
  write("config", "[default]\nsesame\n");
  EXPECT_THAT(ask(), HasSubstr("config:2: expected [section]"));
  EXPECT_THAT(ask(), testing::Not(HasSubstr("sesame")));
  variables_["AWS_ACCESS_KEY_ID"] = "E";
  EXPECT_THAT(ask(), HasSubstr("failure: AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"));
}

TEST_F(Chain, SaysWhatWasMissing) {
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  const std::string config = (directory_ / "config").string();
  const std::string credentials = (directory_ / "credentials").string();
  EXPECT_EQ(ask(),
            "not configured: environment: AWS_ACCESS_KEY_ID in the environment; profile: credentials "
            "of the profile default in " +
                config + " and " + credentials +
                "; container: AWS_CONTAINER_CREDENTIALS_FULL_URI; instance metadata: AWS_EC2_METADATA_DISABLED");
  const FetchContext context = context_of();
  EXPECT_EQ(story_of(*chain_source({}), context), "not configured: there is nowhere to look for credentials");
}

TEST_F(Chain, ReadsTheFilesAnewEachTime) {
  const FetchContext context = context_of(variables_);
  const SourcePtr chain = chain_source(default_chain({}, context.environment));
  write("credentials", "[default]\naws_access_key_id = F\naws_secret_access_key = S\n");
  EXPECT_EQ(story_of(*chain, context), "F");
  write("credentials", "[default]\naws_access_key_id = G\naws_secret_access_key = S\n");
  EXPECT_EQ(story_of(*chain, context), "G");
}

TEST_F(Chain, MetadataIsWhereTheProfileSays) {
  write("config", "[profile a]\nec2_metadata_service_endpoint = http://m\nec2_metadata_service_endpoint_mode = IPv4\n");
  EXPECT_EQ(ask({.profile = "a"}), "metadata http://m ipv4");
}

// It knows whether the instance ever answered.
TEST_F(Chain, AsksTheSameSourceOfMetadataAgain) {
  const FetchContext context = context_of(variables_);
  const SourcePtr chain = chain_source(default_chain({}, context.environment));
  const int before = metadata_sources_made;
  EXPECT_EQ(story_of(*chain, context), "metadata - -");
  EXPECT_EQ(story_of(*chain, context), "metadata - -");
  EXPECT_EQ(metadata_sources_made, before + 1);
  write("config", "[default]\nec2_metadata_service_endpoint = http://m\n");
  EXPECT_EQ(story_of(*chain, context), "metadata http://m -");
  EXPECT_EQ(metadata_sources_made, before + 2);
}

TEST(Sources, AreUsableAlone) {
  const FetchContext nothing = context_of();
  EXPECT_EQ(story_of(*environment_source(), nothing), "not configured: AWS_ACCESS_KEY_ID in the environment");
  EXPECT_EQ(story_of(*environment_source(), context_of({{"AWS_ACCESS_KEY_ID", "E"},
                                                        {"AWS_SECRET_ACCESS_KEY", "S"},
                                                        {"AWS_SECURITY_TOKEN", "older"},
                                                        {"AWS_SESSION_TOKEN", "t"}})),
            "E with older");
  EXPECT_EQ(story_of(*static_source("K", "S", std::nullopt), nothing), "K");
  EXPECT_THAT(story_of(*static_source(std::nullopt, std::nullopt, std::nullopt), nothing), HasSubstr("not configured"));
  const SourcePtr web = environment_web_identity_source();
  EXPECT_EQ(story_of(*web, nothing), "not configured: AWS_WEB_IDENTITY_TOKEN_FILE");
  EXPECT_EQ(story_of(*web, context_of({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}})),
            "failure: AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN in the environment");
  EXPECT_EQ(
      story_of(*web, context_of({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", "r"}, {"AWS_REGION", "x"}})),
      "web r in x by /t");
}

}  // namespace
}  // namespace aiokpl::aws
