#include "aws/profile_settings.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace aiokpl::aws {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Variables = std::map<std::string, std::string>;

Environment environment_of(Variables variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
}

/// A home directory that goes with the test.
class Home {
 public:
  Home() : path_{std::filesystem::path{testing::TempDir()} / ("home-" + std::to_string(getpid()))} {
    std::filesystem::create_directories(path_ / ".aws");
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  ~Home() { std::filesystem::remove_all(path_); }

  void write(const std::string& name, std::string_view text) const { std::ofstream{path_ / name} << text; }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return path_ / name; }
  [[nodiscard]] Environment environment(Variables variables = {}) const {
    variables.emplace("HOME", path_.string());
    return environment_of(std::move(variables));
  }

 private:
  std::filesystem::path path_;
};

std::string refusal(auto&& ask) {
  try {
    ask();
  } catch (const ProfileError& error) {
    return error.what();
  }
  return "(taken)";
}

ProfileSettings settings_of(std::string_view config) {
  return profile_settings(Profiles::parse(config, ""), "default");
}

TEST(ChooseProfile, TheConfigurationThenTheVariables) {
  const Environment both = environment_of({{"AWS_PROFILE", "b"}, {"AWS_DEFAULT_PROFILE", "c"}});
  EXPECT_EQ(choose_profile("a", both).name, "a");
  EXPECT_TRUE(choose_profile("a", both).by_program());
  EXPECT_EQ(choose_profile(std::nullopt, both).name, "c");
  EXPECT_EQ(choose_profile("", environment_of({{"AWS_PROFILE", "b"}})).name, "b");
  EXPECT_FALSE(choose_profile("", both).by_program());
  EXPECT_EQ(choose_profile(std::nullopt, environment_of({})).name, "default");
  EXPECT_EQ(choose_profile(std::nullopt, environment_of({})).setting, "");
}

TEST(ProfilePaths, AreExpanded) {
  const Environment environment = environment_of({{"HOME", "/h/"},
                                                  {"PART", "p"},
                                                  {"AWS_CONFIG_FILE", "~/${PART}$PART/$NONE"},
                                                  {"AWS_SHARED_CREDENTIALS_FILE", "x~/${"}});
  EXPECT_EQ(config_file_path(environment), "/h/pp/$NONE");
  EXPECT_EQ(credentials_file_path(environment), "x~/${");
  EXPECT_EQ(config_file_path(environment_of({{"HOME", "/"}})), "/.aws/config");
  // Without HOME the system knows where it is.
  EXPECT_THAT(config_file_path(environment_of({})), AllOf(StartsWith("/"), HasSubstr("/.aws/config")));
}

TEST(ProfileFiles, AreReadTogether) {
  const Home home;
  home.write(".aws/config", "[profile a]\nregion = r\naws_access_key_id = config\n[default]\n");
  home.write(".aws/credentials", "[a]\naws_access_key_id = credentials\n[b]\n");
  const Profiles profiles = Profiles::read(home.environment());
  EXPECT_EQ(profiles.find("a", "aws_access_key_id")->text.text(), "credentials");
  EXPECT_EQ(profiles.find("a", "region")->text.text(), "r");
  EXPECT_EQ(profiles.find("a", "other"), nullptr);
  EXPECT_EQ(profiles.find("c", "region"), nullptr);
  EXPECT_TRUE(profiles.contains("b"));
  EXPECT_TRUE(profiles.contains("default"));
  EXPECT_FALSE(profiles.contains("profile a"));
  EXPECT_EQ(profiles.unread(), "");
}

TEST(ProfileFiles, MayBeMissing) {
  const Home home;
  const Profiles profiles = Profiles::read(home.environment({{"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}}));
  EXPECT_FALSE(profiles.contains("default"));
  EXPECT_EQ(profiles.unread(), "");
}

TEST(ProfileFiles, OneThatCannotBeReadIsTold) {
  const Home home;
  std::filesystem::create_symlink(home.path("loop"), home.path("loop"));
  const Environment environment = home.environment({{"AWS_CONFIG_FILE", "~/loop"}, {"AWS_PROFILE", "a"}});
  EXPECT_THAT(refusal([&] { (void)load_profile_settings(environment); }),
              AllOf(StartsWith("AWS_PROFILE: there is no profile \"a\" in "),
                    HasSubstr("(" + home.path("loop").string() + " cannot be read: ")));
}

TEST(ProfileFiles, APipeIsNotWaitedFor) {
  const Home home;
  ASSERT_EQ(mkfifo(home.path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(load_profile_settings(home.environment({{"AWS_CONFIG_FILE", "~/pipe"}})).region, std::nullopt);
}

TEST(ProfileSettings, AreThoseOfTheProfile) {
  const Home home;
  home.write(".aws/config",
             "[default]\nregion = d\n[profile a]\nregion = r-1\nendpoint_url = http://all\nservices = s\n"
             "ignore_configured_endpoint_urls = no\nuse_fips_endpoint = TRUE\nuse_dualstack_endpoint = false\n"
             "ca_bundle = /b.pem\nsts_regional_endpoints = Legacy\nec2_metadata_service_endpoint = http://m\n"
             "ec2_metadata_service_endpoint_mode = IPv6\n"
             "[services s]\nkinesis =\n  endpoint_url = http://k\ncloudwatch =\n  other = x\ns3 = y\n");
  const ProfileSettings settings = load_profile_settings(home.environment(), "a");
  EXPECT_EQ(settings.profile, "a");
  EXPECT_EQ(settings.region, "r-1");
  EXPECT_EQ(settings.endpoint_url, "http://all");
  EXPECT_THAT(settings.service_endpoint_urls, testing::ElementsAre(testing::Pair("kinesis", "http://k")));
  EXPECT_EQ(settings.ignore_configured_endpoint_urls, false);
  EXPECT_EQ(settings.use_fips_endpoint, true);
  EXPECT_EQ(settings.use_dualstack_endpoint, false);
  EXPECT_EQ(settings.ca_bundle, "/b.pem");
  EXPECT_EQ(settings.sts_regional_endpoints, "legacy");
  EXPECT_EQ(settings.metadata_endpoint, "http://m");
  EXPECT_EQ(settings.metadata_endpoint_mode, "ipv6");
  EXPECT_EQ(load_profile_settings(home.environment()).region, "d");
  EXPECT_THAT(refusal([&] { (void)load_profile_settings(home.environment(), "b"); }),
              StartsWith("profile: there is no profile \"b\" in "));
}

TEST(ProfileSettings, RefuseWhatMeansNothing) {
  const auto words = [](std::string_view line) {
    return refusal([&] { (void)settings_of(std::string{"[default]\n"}.append(line)); });
  };
  EXPECT_EQ(words("use_fips_endpoint = maybe"),
            "profile default: use_fips_endpoint: must be true or false, got \"maybe\"");
  EXPECT_EQ(words("sts_regional_endpoints = x"),
            "profile default: sts_regional_endpoints: must be regional or legacy, got \"x\"");
  EXPECT_EQ(words("ec2_metadata_service_endpoint_mode = 6"),
            "profile default: ec2_metadata_service_endpoint_mode: must be ipv4 or ipv6, got \"6\"");
  EXPECT_THAT(words("region = a\n  b = c"), HasSubstr("profile default: region: must be on one line"));
  EXPECT_EQ(words("region ="), "(taken)");
}

TEST(ProfileSettings, TheEnvironmentComesFirst) {
  const ProfileSettings settings =
      settings_of("[default]\nregion = p\nca_bundle = /p\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n");
  const Environment nothing = environment_of({});
  EXPECT_EQ(region_of(settings, nothing), "p");
  EXPECT_EQ(region_of(settings, environment_of({{"AWS_DEFAULT_REGION", "d"}})), "d");
  EXPECT_EQ(region_of(settings, environment_of({{"AWS_DEFAULT_REGION", "d"}, {"AWS_REGION", "e"}})), "e");
  EXPECT_EQ(ca_bundle_of(settings, nothing), "/p");
  EXPECT_EQ(ca_bundle_of(settings, environment_of({{"AWS_CA_BUNDLE", "/e"}})), "/e");
  EXPECT_TRUE(uses_fips(settings, nothing));
  EXPECT_FALSE(uses_fips(settings, environment_of({{"AWS_USE_FIPS_ENDPOINT", "false"}})));
  EXPECT_FALSE(uses_dualstack(settings, environment_of({{"AWS_USE_DUALSTACK_ENDPOINT", "off"}})));
  EXPECT_FALSE(uses_fips({}, nothing));
  EXPECT_EQ(refusal([&] { (void)uses_fips(settings, environment_of({{"AWS_USE_FIPS_ENDPOINT", "2"}})); }),
            "AWS_USE_FIPS_ENDPOINT: must be true or false, got \"2\"");
}

TEST(ProfileEndpoints, TheServicesOwnBeforeTheOneForAll) {
  const ProfileSettings settings = settings_of(
      "[default]\nservices = s\nendpoint_url = http://all\n[services s]\nkinesis =\n  endpoint_url = http://k\n");
  const auto url = [&](std::string_view service, Variables variables = {}) {
    return endpoint_url_of(settings, service, environment_of(std::move(variables)));
  };
  EXPECT_EQ(url("kinesis"), "http://k");
  EXPECT_EQ(url("sts"), "http://all");
  EXPECT_EQ(url("kinesis", {{"AWS_ENDPOINT_URL", "http://e"}}), "http://e");
  EXPECT_EQ(url("kinesis", {{"AWS_ENDPOINT_URL", "http://e"}, {"AWS_ENDPOINT_URL_KINESIS", "http://f"}}), "http://f");
  EXPECT_EQ(url("cloudwatch", {{"AWS_ENDPOINT_URL_CLOUDWATCH", "http://c"}}), "http://c");
  EXPECT_EQ(url("kinesis", {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}}), std::nullopt);
}

TEST(ProfileEndpoints, AMissingServicesSectionMattersToWhoAsks) {
  const ProfileSettings missing = settings_of("[default]\nservices = s\nendpoint_url = http://all\n");
  const Environment nothing = environment_of({});
  EXPECT_EQ(refusal([&] { (void)endpoint_url_of(missing, "sts", nothing); }),
            "profile default: services: there is no section [services s] in config, or it is empty");
  EXPECT_EQ(endpoint_url_of(missing, "sts", environment_of({{"AWS_ENDPOINT_URL", "http://e"}})), "http://e");
  const ProfileSettings flat = settings_of("[default]\nservices = s\n[services s]\nkinesis = http://k\n");
  EXPECT_THAT(refusal([&] { (void)endpoint_url_of(flat, "kinesis", nothing); }),
              HasSubstr("kinesis must be followed by indented lines"));
}

TEST(StsPlace, LegacyIsTheGlobalEndpointForOldRegions) {
  const auto place = [](std::string_view lines, Variables variables = {}) {
    const StsPlace found =
        sts_place(settings_of(std::string{"[default]\n"}.append(lines)), environment_of(std::move(variables)));
    return found.region + " " + found.endpoint_url.value_or("-");
  };
  EXPECT_EQ(place("region = eu-west-1"), "eu-west-1 -");
  EXPECT_EQ(place(""), " -");
  EXPECT_EQ(place("region = eu-west-1\nsts_regional_endpoints = legacy"), "us-east-1 https://sts.amazonaws.com");
  EXPECT_EQ(place("region = eu-south-2\nsts_regional_endpoints = legacy"), "eu-south-2 -");
  EXPECT_EQ(place("region = eu-west-1", {{"AWS_STS_REGIONAL_ENDPOINTS", "legacy"}}),
            "us-east-1 https://sts.amazonaws.com");
  EXPECT_EQ(place("region = eu-west-1\nsts_regional_endpoints = legacy", {{"AWS_STS_REGIONAL_ENDPOINTS", "regional"}}),
            "eu-west-1 -");
  EXPECT_EQ(place("region = eu-west-1\nsts_regional_endpoints = legacy\nuse_fips_endpoint = true"), "eu-west-1 -");
  EXPECT_EQ(place("region = eu-west-1\nsts_regional_endpoints = legacy\nendpoint_url = http://u"),
            "eu-west-1 http://u");
}

TEST(MetadataPlace, TheModeMayBeSaidInTwoWays) {
  const ProfileSettings older =
      settings_of("[default]\nimds_use_ipv6 = true\nec2_metadata_service_endpoint = http://p\n");
  EXPECT_EQ(metadata_endpoint_mode_of(older, environment_of({})), "ipv6");
  EXPECT_EQ(metadata_endpoint_mode_of(older, environment_of({{"AWS_IMDS_USE_IPV6", "false"}})), std::nullopt);
  EXPECT_EQ(metadata_endpoint_mode_of(older, environment_of({{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv4"}})),
            "ipv4");
  EXPECT_EQ(metadata_endpoint_of(older, environment_of({})), "http://p");
  EXPECT_EQ(metadata_endpoint_of(older, environment_of({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://e"}})),
            "http://e");
}

}  // namespace
}  // namespace aiokpl::aws
