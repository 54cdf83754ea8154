#include <map>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/error.hpp>

#include "sinks/datadog/settings.hpp"
#include "sinks/datadog/tags.hpp"

namespace aiokpl::sinks {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Variables = std::map<std::string, std::string>;

DatadogSettings resolve(const DatadogSinkOptions& options, const Variables& variables = {}) {
  return resolve_settings(options, [&variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

std::vector<std::string> problems(const DatadogSinkOptions& options, const Variables& variables = {}) {
  try {
    static_cast<void>(resolve(options, variables));
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(DatadogSettings, WithOnlyAKeyAreTheDefaults) {
  const DatadogSettings settings = resolve({.api_key = "k3y"});
  EXPECT_EQ(settings.api_key, "k3y");
  EXPECT_EQ(settings.app_key, "");
  EXPECT_EQ(settings.endpoint_url, "https://api.datadoghq.com");
  EXPECT_EQ(settings.metric_prefix, "aiokpl.");
  EXPECT_THAT(settings.tags, IsEmpty());
  EXPECT_EQ(settings.host, "");
  EXPECT_EQ(settings.max_values_per_point, 1'000U);
}

TEST(DatadogSettings, ComeFromTheEnvironmentWhereTheOptionsSayNothing) {
  const Variables variables{{"DD_API_KEY", "their-api"},
                            {"DD_APP_KEY", "their-app"},
                            {"DD_SITE", "us5.datadoghq.com"},
                            {"DD_HOSTNAME", "their-host"}};
  const DatadogSettings theirs = resolve({}, variables);
  EXPECT_EQ(theirs.api_key, "their-api");
  EXPECT_EQ(theirs.app_key, "their-app");
  EXPECT_EQ(theirs.endpoint_url, "https://api.us5.datadoghq.com");
  EXPECT_EQ(theirs.host, "their-host");
  const DatadogSettings own =
      resolve({.api_key = "own-api", .app_key = "own-app", .site = "datadoghq.eu", .host = "own-host"}, variables);
  EXPECT_EQ(own.api_key, "own-api");
  EXPECT_EQ(own.app_key, "own-app");
  EXPECT_EQ(own.endpoint_url, "https://api.datadoghq.eu");
  EXPECT_EQ(own.host, "own-host");
}

TEST(DatadogSettings, TakeAnEndpointOfOnesOwn) {
  EXPECT_EQ(resolve({.api_key = "k", .endpoint_url = "http://127.0.0.1:8126"}).endpoint_url, "http://127.0.0.1:8126");
  EXPECT_EQ(resolve({.api_key = "k", .endpoint_url = "https://proxy.example/datadog/"}).endpoint_url,
            "https://proxy.example/datadog");
}

TEST(DatadogSettings, HaveTheTagsOfTheEnvironmentAfterTheirOwn) {
  const Variables variables{{"DD_ENV", "prod"},
                            {"DD_SERVICE", "orders"},
                            {"DD_VERSION", "1.2"},
                            {"DD_TAGS", "team:data, region:eu,env:other,team:data"}};
  EXPECT_THAT(resolve({.api_key = "k"}, variables).tags,
              ElementsAre("env:prod", "service:orders", "version:1.2", "team:data", "region:eu"));
  // Of env, service and version a host of Datadog's has one.
  EXPECT_THAT(
      resolve({.api_key = "k", .tags = {"env:staging", "team:a", "team:b"}}, variables).tags,
      ElementsAre("env:staging", "team:a", "team:b", "service:orders", "version:1.2", "team:data", "region:eu"));
  EXPECT_THAT(resolve({.api_key = "k"}, {{"DD_TAGS", "env:a env:b  c:d"}}).tags, ElementsAre("env:a", "env:b", "c:d"));
}

TEST(DatadogSettings, WithoutAKeySayWhereItMayComeFrom) {
  EXPECT_THAT(problems({}), ElementsAre(AllOf(HasSubstr("api_key: "), HasSubstr("DD_API_KEY"))));
}

TEST(DatadogSettings, NameEveryWrongField) {
  const DatadogSinkOptions wrong{.api_key = "k",
                                 .site = "https://datadoghq.com",
                                 .endpoint_url = "ftp://x",
                                 .metric_prefix = "1st.",
                                 .tags = {"a:b", "1:2", std::string(201, 'x'), "\xFF:b"},
                                 .host = "a b",
                                 .max_values_per_point = 1};
  EXPECT_THAT(
      problems(wrong),
      ElementsAre("site: must be a Datadog site such as datadoghq.com, got \"https://datadoghq.com\"",
                  AllOf(HasSubstr("endpoint_url: must be an http or https URL"), HasSubstr("ftp://x")),
                  AllOf(HasSubstr("metric_prefix: "), HasSubstr("\"1st.\"")), HasSubstr("tags[1]: "),
                  HasSubstr("tags[2]: "), HasSubstr("tags[3]: "), AllOf(HasSubstr("host: "), HasSubstr("\"a b\"")),
                  "max_values_per_point: must be 2 to 100000, got 1"));
  EXPECT_THAT(problems({.api_key = "k"}, {{"DD_SITE", "datadoghq"}}), ElementsAre(HasSubstr("DD_SITE: ")));
}

TEST(DatadogSettings, KeepKeysOutOfMessages) {
  const std::string secret = "s3cret key\r\nX-Other: 1";
  for (const DatadogSinkOptions& options :
       {DatadogSinkOptions{.api_key = secret}, DatadogSinkOptions{.api_key = "k", .app_key = secret},
        DatadogSinkOptions{.api_key = "k", .endpoint_url = "https://user:s3cret@datadoghq.com"}}) {
    EXPECT_THAT(problems(options), ElementsAre(Not(HasSubstr("s3cret"))));
  }
  EXPECT_THAT(problems({}, {{"DD_API_KEY", secret}}),
              ElementsAre(AllOf(HasSubstr("DD_API_KEY: "), Not(HasSubstr("s3cret")))));
}

TEST(DatadogSinkOptions, ArePrintedWithoutKeys) {
  std::ostringstream out;
  out << DatadogSinkOptions{
      .api_key = "s3cret", .app_key = "s3cret", .endpoint_url = "http://u:s3cret@h", .tags = {"team:data", "a:b"}};
  EXPECT_EQ(out.str(),
            "api_key (set), app_key (set), site (not set), endpoint_url (set), metric_prefix \"aiokpl.\", tags "
            "[\"team:data\", \"a:b\"], host (not set), max_values_per_point 1000");
}

TEST(NormalizeTag, FollowsTheRulesOfDatadog) {
  EXPECT_EQ(normalize_tag("env:prod-1.2/x_y"), "env:prod-1.2/x_y");
  EXPECT_EQ(normalize_tag("Env:PROD"), "env:prod");
  EXPECT_EQ(normalize_tag(" 1env:a  b,(c)"), "env:a_b_c");
  EXPECT_EQ(normalize_tag("a:b__c_"), "a:b_c");
  EXPECT_EQ(normalize_tag("a:"), "a");
  EXPECT_EQ(normalize_tag("123"), "");
  EXPECT_EQ(normalize_tag("stra\xC3\x9F"
                          "e:\xE9\x8D\xB5"),
            "stra\xC3\x9F"
            "e:\xE9\x8D\xB5");
  EXPECT_EQ(normalize_tag("a:\xFF\xFE"
                          "b"),
            "a:_b");
  EXPECT_EQ(normalize_tag("a:" + std::string(300, 'b')), "a:" + std::string(198, 'b'));
  // Characters, not bytes, and none of them in two.
  std::string beyond = "a:";
  for (int i = 0; i < 300; ++i)
    beyond += "\xC3\x9F";
  EXPECT_EQ(normalize_tag(beyond), beyond.substr(0, 2 + 2 * 198));
}

TEST(TagOf, NamesTheLibrarysOwnDimensionsAsDatadogWould) {
  EXPECT_EQ(tag_of({"StreamName", "Orders"}), "stream_name:orders");
  EXPECT_EQ(tag_of({"ShardId", "shardId-000000000001"}), "shard_id:shardid-000000000001");
  EXPECT_EQ(tag_of({"ErrorCode", "InternalFailure"}), "error_code:internalfailure");
  EXPECT_EQ(tag_of({"Cell:Id", "a:b"}), "cell_id:a:b");
}

TEST(NormalizeMetricName, KeepsWhatIsAllowed) {
  EXPECT_EQ(normalize_metric_name("aiokpl.UserRecordsPut"), "aiokpl.UserRecordsPut");
  EXPECT_EQ(normalize_metric_name("my metric/1"), "my_metric_1");
}

}  // namespace
}  // namespace aiokpl::sinks
