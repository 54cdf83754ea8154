#include "producer/options.hpp"

#include <cmath>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/error.hpp>
#include <aiokpl/executor.hpp>

namespace aiokpl::detail {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> problems_of(const Config& config) {
  try {
    config.validate();
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

std::string refusal(std::string_view field, std::string_view text) {
  Config config;
  try {
    find_option(field)->parse(config, text);
  } catch (const InvalidArgument& error) {
    EXPECT_EQ(error.field(), field);
    return error.what();
  }
  return "accepted";
}

TEST(Options, DefaultsAreThoseOfThePage) {
  const std::vector<std::pair<std::string_view, std::string>> expected{
      {"region", "(from the environment)"},
      {"aggregation_enabled", "true"},
      {"aggregation_max_count", "4294967295"},
      {"aggregation_max_size", "50KiB"},
      {"record_max_buffered_time", "100ms"},
      {"record_ttl", "30s"},
      {"collection_max_count", "500"},
      {"collection_max_size", "5MiB"},
      {"rate_limit_records_per_sec_per_shard", "1000"},
      {"rate_limit_bytes_per_sec_per_shard", "1048576"},
      {"drain_interval", "25ms"},
      {"fail_if_throttled", "false"},
      {"retry_deadline", "50ms"},
      {"max_outstanding_records", "100000"},
      {"endpoint_url", "(the region's)"},
      {"verify_ssl", "true"},
      {"aws_access_key_id", "(not set)"},
      {"aws_secret_access_key", "(not set)"},
      {"aws_session_token", "(not set)"},
      {"metrics_level", "none"},
      {"metrics_sink", "(none)"},
      {"metrics_upload_interval", "1m"},
      {"max_outstanding_bytes", "256MiB"},
      {"max_record_size", "(the stream's)"},
      {"max_connections", "24"},
      {"connect_timeout", "6s"},
      {"request_timeout", "6s"},
      {"shutdown_timeout", "(record_ttl)"},
      {"record_distribution_strategy", "detect"},
      {"describe_stream_interval", "1m"},
      {"wire_protocol", "cbor"},
      {"ca_bundle", "(the system's)"},
      {"use_fips_endpoint", "(from the environment)"},
      {"use_dualstack_endpoint", "(from the environment)"},
      {"proxy_host", "(from the environment)"},
      {"proxy_port", "443"},
      {"proxy_user_name", "(none)"},
      {"proxy_password", "(not set)"},
      {"metrics_granularity", "(by metrics_level)"},
      {"additional_dimensions", "(none)"},
      {"profile", "(the environment's)"},
      {"credentials_provider", "(none)"},
      {"user_agent_suffix", "(none)"},
      {"logger", "(silent)"},
      {"executor", "(the library's completion thread)"},
  };
  std::vector<std::pair<std::string_view, std::string>> found;
  for (const Option& option : options())
    found.emplace_back(option.name, option.default_text());
  EXPECT_EQ(found, expected);
}

TEST(Options, DefaultConfigIsValid) {
  EXPECT_THAT(problems_of(Config{}), testing::IsEmpty());
}

TEST(Options, NamesAndFlagsAreUnique) {
  std::set<std::string> seen;
  for (const Option& option : options()) {
    EXPECT_TRUE(seen.insert(option.name).second) << option.name;
    if (!option.flag.empty()) {
      EXPECT_TRUE(seen.insert(option.flag).second) << option.flag;
    }
    if (!option.negative_flag.empty()) {
      EXPECT_TRUE(seen.insert(option.negative_flag).second) << option.negative_flag;
    }
    EXPECT_FALSE(option.meaning.empty()) << option.name;
    EXPECT_FALSE(option.range.empty()) << option.name;
    EXPECT_EQ(option.parse == nullptr, option.kind == OptionKind::object) << option.name;
  }
}

TEST(Options, AreFoundByEachOfTheirNames) {
  const Option* ttl = find_option("record_ttl");
  ASSERT_NE(ttl, nullptr);
  EXPECT_EQ(find_option("record_ttl_ms"), ttl);
  EXPECT_EQ(find_option("--record-ttl"), ttl);
  EXPECT_EQ(find_option("--no-verify-ssl"), find_option("verify_ssl"));
  EXPECT_EQ(find_option("--ca-bundle"), find_option("ca_bundle"));
  EXPECT_EQ(find_option("record-ttl"), nullptr);
  EXPECT_EQ(find_option(""), nullptr);
}

TEST(Options, WhatIsShownCanBeParsedAgain) {
  const std::vector<std::pair<std::string_view, std::string>> values{
      {"region", "eu-central-1"},
      {"aggregation_enabled", "false"},
      {"aggregation_max_count", "18446744073709551615"},
      {"aggregation_max_size", "1MiB"},
      {"collection_max_size", "52225"},
      {"record_max_buffered_time", "250us"},
      {"record_ttl", "90s"},
      {"rate_limit_records_per_sec_per_shard", "0.5"},
      {"rate_limit_bytes_per_sec_per_shard", "1000000000"},
      {"max_record_size", "10MiB"},
      {"max_connections", "256"},
      {"shutdown_timeout", "0s"},
      {"endpoint_url", "http://127.0.0.1:4567"},
      {"record_distribution_strategy", "auto"},
      {"wire_protocol", "json"},
      {"ca_bundle", "/tmp/ca.pem"},
      {"use_fips_endpoint", "true"},
      {"use_dualstack_endpoint", "false"},
      {"proxy_host", "proxy.example.com"},
      {"proxy_port", "65535"},
      {"proxy_user_name", "me"},
      {"metrics_granularity", "stream"},
      {"additional_dimensions", "env=prod,host=h@shard"},
      {"profile", "prod"},
      {"user_agent_suffix", "my app/1.0"},
  };
  Config config;
  for (const auto& [name, text] : values) {
    find_option(name)->parse(config, text);
    EXPECT_EQ(find_option(name)->show(config), text) << name;
  }
  EXPECT_THAT(problems_of(config), testing::IsEmpty());
  EXPECT_EQ(config.record_ttl, 90s);
  EXPECT_EQ(config.record_distribution_strategy, DistributionStrategy::automatic);
}

TEST(Options, DurationsSayTheirUnit) {
  struct Row {
    std::string_view text;
    std::chrono::nanoseconds value;
  };
  for (const Row& row : {Row{"100ms", 100ms}, Row{"1.5s", 1500ms}, Row{"0.1s", 100ms}, Row{"2m", 2min}, Row{"1h", 1h},
                         Row{"1d", 24h}, Row{"7us", 7us}, Row{"3ns", 3ns}, Row{"30 s", 30s}, Row{"0", 0s}}) {
    Config config;
    find_option("record_ttl")->parse(config, row.text);
    EXPECT_EQ(config.record_ttl, row.value) << row.text;
  }
  EXPECT_EQ(refusal("record_ttl", "30"),
            "record_ttl: \"30\" needs a unit of ns, us, ms, s, m, h or d, such as 30s; allowed: 100ms to 365d");
  for (const std::string_view wrong :
       {"", "s", "-1s", "1x", "1.2.3s", ".s", "1e3s", "99999999999999999999s", "300000d"}) {
    EXPECT_THAT(refusal("record_ttl", wrong), HasSubstr("100ms to 365d")) << wrong;
  }
}

TEST(Options, SizesTakeBinaryUnitsOnly) {
  struct Row {
    std::string_view text;
    std::uint64_t value;
  };
  for (const Row& row :
       {Row{"1048576", 1048576}, Row{"50KiB", 51200}, Row{"5MiB", 5242880}, Row{"1gib", std::uint64_t{1} << 30},
        Row{"0.125KiB", 128}, Row{"64b", 64}, Row{"9223372036854775807", 9223372036854775807U}}) {
    Config config;
    find_option("max_outstanding_bytes")->parse(config, row.text);
    EXPECT_EQ(config.max_outstanding_bytes, row.value) << row.text;
  }
  EXPECT_THAT(refusal("aggregation_max_size", "50KB"), HasSubstr("B, KiB, MiB, GiB or TiB"));
  EXPECT_THAT(refusal("aggregation_max_size", "9223372036854775808"), HasSubstr("64 to 10MiB"));
  EXPECT_THAT(refusal("aggregation_max_size", "16777216TiB"), HasSubstr("64 to 10MiB"));
}

TEST(Options, RefusalsNameFieldValueAndWhatIsAllowed) {
  EXPECT_EQ(refusal("collection_max_count", "1e2"),
            "collection_max_count: \"1e2\" is no whole number; allowed: 1 to 500");
  EXPECT_EQ(refusal("fail_if_throttled", "maybe"), "fail_if_throttled: \"maybe\" is neither true nor false");
  EXPECT_EQ(refusal("wire_protocol", "xml"), "wire_protocol: \"xml\" is none of cbor, json");
  EXPECT_THAT(refusal("rate_limit_bytes_per_sec_per_shard", "inf"), HasSubstr("\"inf\" is no number"));
  EXPECT_THAT(refusal("rate_limit_bytes_per_sec_per_shard", "1 MiB"), HasSubstr("is no number"));
  EXPECT_THAT(refusal("region", "US East"), HasSubstr("\"US East\""));
  EXPECT_THAT(refusal("user_agent_suffix", "a\r\nHost: b"), HasSubstr("\"a??Host: b\""));
}

TEST(Options, NumbersThatDoNotFitAreStillRefused) {
  Config config;
  find_option("max_connections")->parse(config, "4294967297");  // 1, if it were cut off
  EXPECT_THAT(problems_of(config), ElementsAre("max_connections: must be 1 to 256, got 4294967295"));
}

struct RangeRow {
  std::string_view field;
  std::string_view text;
  std::string_view problem;
};

class OptionRange : public testing::TestWithParam<RangeRow> {};

TEST_P(OptionRange, IsChecked) {
  Config config;
  find_option(GetParam().field)->parse(config, GetParam().text);
  const auto problems = problems_of(config);
  if (GetParam().problem.empty()) {
    EXPECT_THAT(problems, testing::IsEmpty());
  } else {
    EXPECT_THAT(problems, ElementsAre(std::string{GetParam().problem}));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Edges, OptionRange,
    testing::Values(
        RangeRow{"aggregation_max_count", "1", ""},
        RangeRow{"aggregation_max_count", "0", "aggregation_max_count: must be at least 1, got 0"},
        RangeRow{"aggregation_max_size", "64", ""}, RangeRow{"aggregation_max_size", "10485760", ""},
        RangeRow{"aggregation_max_size", "63", "aggregation_max_size: must be 64 to 10MiB, got 63"},
        RangeRow{"aggregation_max_size", "10485761", "aggregation_max_size: must be 64 to 10MiB, got 10485761"},
        RangeRow{"record_max_buffered_time", "0", ""}, RangeRow{"record_max_buffered_time", "30s", ""},
        RangeRow{"record_max_buffered_time", "31s",
                 "record_max_buffered_time: must be 0s to record_ttl, got 31s with a record_ttl of 30s"},
        RangeRow{"record_ttl", "100ms", ""},
        RangeRow{"record_ttl", "99ms", "record_ttl: must be 100ms to 365d, got 99ms"},
        RangeRow{"record_ttl", "366d", "record_ttl: must be 100ms to 365d, got 366d"},
        RangeRow{"collection_max_count", "500", ""},
        RangeRow{"collection_max_count", "501", "collection_max_count: must be 1 to 500, got 501"},
        RangeRow{"collection_max_count", "0", "collection_max_count: must be 1 to 500, got 0"},
        RangeRow{"collection_max_size", "52224", ""}, RangeRow{"collection_max_size", "10MiB", ""},
        RangeRow{"collection_max_size", "52223", "collection_max_size: must be 51KiB to 10MiB, got 52223"},
        RangeRow{"rate_limit_records_per_sec_per_shard", "0",
                 "rate_limit_records_per_sec_per_shard: must be 0.001 to 1e+15, got 0"},
        RangeRow{"rate_limit_records_per_sec_per_shard", "-1",
                 "rate_limit_records_per_sec_per_shard: must be 0.001 to 1e+15, got -1"},
        RangeRow{"rate_limit_bytes_per_sec_per_shard", "1e12", ""}, RangeRow{"drain_interval", "1ms", ""},
        RangeRow{"drain_interval", "1s", ""},
        RangeRow{"drain_interval", "2s", "drain_interval: must be 1ms to 1s, got 2s"},
        RangeRow{"retry_deadline", "31s", "retry_deadline: must be 0s to record_ttl, got 31s with a record_ttl of 30s"},
        RangeRow{"max_outstanding_records", "1", ""},
        RangeRow{"max_outstanding_records", "0", "max_outstanding_records: must be 1 to 1000000000000, got 0"},
        RangeRow{"max_outstanding_bytes", "0", "max_outstanding_bytes: must be 1 to 1TiB, got 0"},
        RangeRow{"max_record_size", "64", ""},
        RangeRow{"max_record_size", "11MiB", "max_record_size: must be 64 to 10MiB, got 11MiB"},
        RangeRow{"proxy_port", "0", "proxy_port: must be 1 to 65535, got 0"},
        RangeRow{"proxy_port", "65537", "proxy_port: must be 1 to 65535, got 65537"},
        RangeRow{"max_connections", "1", ""},
        RangeRow{"max_connections", "257", "max_connections: must be 1 to 256, got 257"},
        RangeRow{"connect_timeout", "99ms", "connect_timeout: must be 100ms to 5m, got 99ms"},
        RangeRow{"request_timeout", "601s", "request_timeout: must be 100ms to 10m, got 601s"},
        RangeRow{"shutdown_timeout", "0", ""},
        RangeRow{"describe_stream_interval", "500ms", "describe_stream_interval: must be 1s to 1d, got 500ms"},
        RangeRow{"metrics_upload_interval", "61s", "metrics_upload_interval: must be 1ms to 1m, got 61s"}));

TEST(Options, NegativeTimesFromCodeAreWrong) {
  Config config;
  config.record_max_buffered_time = -1ms;
  config.shutdown_timeout = std::chrono::nanoseconds::min();
  EXPECT_THAT(problems_of(config),
              ElementsAre("record_max_buffered_time: must be 0s to record_ttl, got -1ms",
                          AllOf(HasSubstr("shutdown_timeout"), HasSubstr("-9223372036854775808ns"))));
}

TEST(Options, RatesThatAreNoNumbersAreWrong) {
  Config config;
  config.rate_limit_records_per_sec_per_shard = std::nan("");
  config.rate_limit_bytes_per_sec_per_shard = std::numeric_limits<double>::infinity();
  EXPECT_THAT(problems_of(config), ElementsAre(HasSubstr("got nan"), HasSubstr("got inf")));
}

TEST(Options, EnumeratorsThatDoNotExistAreWrong) {
  Config config;
  config.wire_protocol = static_cast<WireProtocol>(7);
  EXPECT_THAT(problems_of(config), ElementsAre("wire_protocol: must be one of cbor, json, got 7"));
}

TEST(Options, EveryWrongFieldIsToldAtOnce) {
  Config config;
  config.region = "US";
  config.record_ttl = 5ms;  // says nothing about the buffering time, which is above it
  config.max_connections = 0;
  try {
    config.validate();
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "region: must be a region such as us-east-1 (up to 63 lower-case letters, digits and hyphens), got "
                 "\"US\"\n"
                 "record_ttl: must be 100ms to 365d, got 5ms\n"
                 "max_connections: must be 1 to 256, got 0");
    EXPECT_EQ(error.problems().size(), 3U);
  }
}

TEST(Options, EndpointIsAnHttpUrl) {
  for (const char* right : {"http://127.0.0.1:4567", "https://localhost", "https://[::1]:4568/", "http://a.b:1/path"}) {
    EXPECT_THAT(problems_of({.endpoint_url = right}), testing::IsEmpty()) << right;
  }
  for (const char* wrong : {"", "localhost:4567", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:65536",
                            "http://a:b", "http://a b", "http://[::1", "http://a?x=1"}) {
    EXPECT_THAT(problems_of({.endpoint_url = wrong}), ElementsAre(HasSubstr("endpoint_url: must be a URL"))) << wrong;
  }
  EXPECT_THAT(problems_of({.endpoint_url = "http://me:hunter2@host"}),
              ElementsAre(AllOf(HasSubstr("without a user name"), Not(HasSubstr("hunter2")))));
}

TEST(Options, AProxyIsAHostAndWhoOneIsThere) {
  for (const char* right : {"proxy", "proxy.example.com", "10.0.0.1", "[fd00::1]", "fd00::1"}) {
    EXPECT_THAT(problems_of({.proxy_host = right}), testing::IsEmpty()) << right;
  }
  for (const char* wrong : {"", "http://proxy", "proxy:3128", "a b", "[proxy]", "a/b"}) {
    EXPECT_THAT(problems_of({.proxy_host = wrong}), ElementsAre(HasSubstr("proxy_host: must be a host name"))) << wrong;
  }
  EXPECT_THAT(problems_of({.proxy_host = "me:hunter2@proxy"}), ElementsAre(Not(HasSubstr("hunter2"))));
  EXPECT_THAT(problems_of({.proxy_user_name = "me"}), ElementsAre("proxy_user_name: given without proxy_host"));
  EXPECT_THAT(problems_of({.proxy_host = "p", .proxy_password = "hunter2"}),
              ElementsAre("proxy_password: given without proxy_user_name"));
  EXPECT_THAT(problems_of({.proxy_host = "p", .proxy_user_name = "a:b"}),
              ElementsAre(HasSubstr("proxy_user_name: must be")));
  EXPECT_THAT(problems_of({.proxy_host = "p", .proxy_user_name = "me", .proxy_password = "hunter2\n"}),
              ElementsAre(AllOf(HasSubstr("proxy_password: must be"), Not(HasSubstr("hunter2")))));
}

TEST(Options, CredentialsComeTogether) {
  EXPECT_THAT(problems_of({.aws_access_key_id = "AKIDEXAMPLE"}),
              ElementsAre("aws_access_key_id: given without aws_secret_access_key"));
  EXPECT_THAT(problems_of({.aws_access_key_id = "AKIDEXAMPLE", .aws_secret_access_key = "wJalrXUtnFEMI"}),
              testing::IsEmpty());
  EXPECT_THAT(problems_of({.aws_secret_access_key = "wJalrXUtnFEMI"}),
              ElementsAre("aws_secret_access_key: given without aws_access_key_id"));
  EXPECT_THAT(problems_of({.aws_session_token = "token"}),
              ElementsAre("aws_session_token: given without aws_access_key_id"));
}

TEST(Options, SecretsAreNeverShown) {
  Config config;
  find_option("aws_access_key_id")->parse(config, "AKIDEXAMPLE");
  find_option("aws_secret_access_key")->parse(config, "top secret\n");
  find_option("aws_session_token")->parse(config, "top secret\n");
  for (const Option& option : options()) {
    EXPECT_THAT(option.show(config), Not(HasSubstr("top secret"))) << option.name;
    EXPECT_THAT(option.check(config).value_or(""), Not(HasSubstr("top secret"))) << option.name;
  }
  EXPECT_EQ(problems_of(config).size(), 2U);
  EXPECT_EQ(find_option("aws_access_key_id")->show(config), "AKIDEXAMPLE");
  EXPECT_EQ(find_option("aws_secret_access_key")->show(config), "(set)");
  for (const char* name : {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"}) {
    EXPECT_TRUE(find_option(name)->flag.empty()) << name;
  }
}

TEST(Options, AdditionalDimensionsAreReadAndShown) {
  Config config;
  const Option& option = *find_option("additional_dimensions");
  EXPECT_EQ(option.show(config), "(none)");
  option.parse(config, "env=prod,team=a=b@stream,host=h1@shard");
  EXPECT_THAT(config.additional_dimensions, ElementsAre(AdditionalDimension{"env", "prod", MetricsGranularity::global},
                                                        AdditionalDimension{"team", "a=b", MetricsGranularity::stream},
                                                        AdditionalDimension{"host", "h1", MetricsGranularity::shard}));
  EXPECT_EQ(option.show(config), "env=prod,team=a=b@stream,host=h1@shard");
  EXPECT_THAT(problems_of(config), ElementsAre());
}

TEST(Options, AdditionalDimensionsThatNoServiceTakesAreRefused) {
  const auto problem = [](std::vector<AdditionalDimension> dimensions) {
    Config config;
    config.additional_dimensions = std::move(dimensions);
    const auto problems = problems_of(config);
    return problems.empty() ? std::string{} : problems.front();
  };
  EXPECT_EQ(problem({{"StreamName", "x"}}), "additional_dimensions: StreamName is one of the library's own dimensions");
  EXPECT_EQ(problem({{"a", "x"}, {"a", "y"}}), "additional_dimensions: a is given twice");
  EXPECT_EQ(
      problem({{"", "x"}}),
      "additional_dimensions: a name must be 1 to 255 printable ASCII characters, and not start with ':', got \"\"");
  EXPECT_EQ(problem({{"a", "\n"}}),
            "additional_dimensions: a value must be 1 to 1024 printable ASCII characters, got \"?\" for a");
  EXPECT_EQ(problem(std::vector<AdditionalDimension>(28, {"a", "x"})),
            "additional_dimensions: must be at most 27, got 28");
  Config config;
  EXPECT_THROW(find_option("additional_dimensions")->parse(config, "env"), InvalidArgument);
}

TEST(Options, PageInDocsIsTheGeneratedOne) {
  std::ifstream file{AIOKPL_SOURCE_DIR "/docs/options.md"};
  std::stringstream text;
  text << file.rdbuf();
  if (std::getenv("AIOKPL_WRITE_DOCS") != nullptr) {
    std::ofstream{AIOKPL_SOURCE_DIR "/docs/options.md"} << options_markdown();
    GTEST_SKIP() << "docs/options.md written";
  }
  EXPECT_EQ(text.str(), options_markdown()) << "run this test with AIOKPL_WRITE_DOCS=1 to write the page anew";
}

}  // namespace
}  // namespace aiokpl::detail
