#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/error.hpp>
#include <aiokpl/version.hpp>

#include "sinks/opentelemetry/otlp_settings.hpp"

namespace aiokpl::sinks {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

using Variables = std::map<std::string, std::string>;

OtlpSettings resolve(const OpenTelemetrySinkOptions& options, const Variables& variables = {}) {
  const auto environment = [&variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
  return resolve_otlp_settings(options, environment, {.program = "shop", .instance = "one"});
}

std::vector<std::string> problems(const OpenTelemetrySinkOptions& options, const Variables& variables = {}) {
  try {
    static_cast<void>(resolve(options, variables));
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(OtlpSettings, HasTheDefaultsOfTheSpecification) {
  const OtlpSettings settings = resolve({});
  EXPECT_EQ(settings.url, "http://localhost:4318/v1/metrics");
  EXPECT_THAT(settings.headers, IsEmpty());
  EXPECT_EQ(settings.compression, OtlpCompression::none);
  EXPECT_EQ(settings.timeout, 10s);
  EXPECT_EQ(settings.certificate, std::nullopt);
  EXPECT_EQ(settings.temporality, OtlpTemporality::cumulative);
  EXPECT_EQ(settings.instrument_prefix, "aiokpl.");
  EXPECT_THAT(settings.resource,
              UnorderedElementsAre(Pair("service.name", "unknown_service:shop"), Pair("service.instance.id", "one"),
                                   Pair("telemetry.sdk.name", "aiokpl"), Pair("telemetry.sdk.language", "cpp"),
                                   Pair("telemetry.sdk.version", std::string{version})));
}

TEST(OtlpSettings, AddsThePathToABaseAndNotToAnEndpointOfMetrics) {
  EXPECT_EQ(resolve({.endpoint = "https://otlp.example.com/tenant"}).url, "https://otlp.example.com/tenant/v1/metrics");
  EXPECT_EQ(resolve({.endpoint = "http://[::1]:4318/"}).url, "http://[::1]:4318/v1/metrics");
  Variables variables{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:1"}};
  EXPECT_EQ(resolve({}, variables).url, "http://all:1/v1/metrics");
  variables["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = "http://own:2/custom?key=a";
  EXPECT_EQ(resolve({}, variables).url, "http://own:2/custom?key=a");
  EXPECT_EQ(resolve({.endpoint = "http://code:3"}, variables).url, "http://code:3/v1/metrics");
}

TEST(OtlpSettings, ReadsTheVariableForMetricsFirst) {
  Variables variables{{"OTEL_EXPORTER_OTLP_HEADERS", "key=all"},
                      {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                      {"OTEL_EXPORTER_OTLP_TIMEOUT", "1500"},
                      {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/all.pem"},
                      {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
                      {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_"
                       "PREFERENCE",
                       "Delta"}};
  OtlpSettings settings = resolve({}, variables);
  EXPECT_THAT(settings.headers, ElementsAre("key: all"));
  EXPECT_EQ(settings.compression, OtlpCompression::gzip);
  EXPECT_EQ(settings.timeout, 1500ms);
  EXPECT_EQ(settings.certificate, "/all.pem");
  EXPECT_EQ(settings.temporality, OtlpTemporality::delta);

  variables["OTEL_EXPORTER_OTLP_METRICS_HEADERS"] = "Authorization=Basic%20abc,x=y";
  variables["OTEL_EXPORTER_OTLP_METRICS_COMPRESSION"] = "none";
  variables["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT"] = "1";
  variables["OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE"] = "/own.pem";
  variables["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = "lowmemory";
  settings = resolve({}, variables);
  EXPECT_THAT(settings.headers, ElementsAre("Authorization: Basic abc", "x: y"));
  EXPECT_EQ(settings.compression, OtlpCompression::none);
  EXPECT_EQ(settings.timeout, 1ms);
  EXPECT_EQ(settings.certificate, "/own.pem");
  EXPECT_EQ(settings.temporality, OtlpTemporality::delta);
}

TEST(OtlpSettings, OptionsGoBeforeTheEnvironment) {
  const Variables variables{{"OTEL_EXPORTER_OTLP_METRICS_HEADERS", "no '='"},
                            {"OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "zstd"},
                            {"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "soon"},
                            {"OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "/own.pem"},
                            {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "weekly"},
                            {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}};
  const OtlpSettings settings = resolve({.endpoint = "http://localhost:1",
                                         .headers = std::map<std::string, std::string>{},
                                         .compression = OtlpCompression::gzip,
                                         .timeout = 3s,
                                         .certificate = "/code.pem",
                                         .temporality = OtlpTemporality::cumulative},
                                        variables);
  EXPECT_THAT(settings.headers, IsEmpty());
  EXPECT_EQ(settings.compression, OtlpCompression::gzip);
  EXPECT_EQ(settings.timeout, 3s);
  EXPECT_EQ(settings.certificate, "/code.pem");
  EXPECT_EQ(settings.temporality, OtlpTemporality::cumulative);
}

TEST(OtlpSettings, TheLaterSourceOfAResourceAttributeWins) {
  Variables variables{{"OTEL_RESOURCE_ATTRIBUTES", "service.name=listed,host.name=a%2Cb,service.instance.id=seven"}};
  EXPECT_THAT(resolve({}, variables).resource,
              IsSupersetOf({Pair("service.name", "listed"), Pair("host.name", "a,b"),
                            Pair("service.instance.id", "seven"), Pair("telemetry.sdk.name", "aiokpl")}));
  variables["OTEL_SERVICE_NAME"] = "named";
  EXPECT_EQ(resolve({}, variables).resource.at("service.name"), "named");
  const OpenTelemetrySinkOptions options{.service_name = "code", .resource_attributes = {{"host.name", "h"}}};
  EXPECT_THAT(resolve(options, variables).resource,
              IsSupersetOf({Pair("service.name", "code"), Pair("host.name", "h")}));
}

TEST(OtlpSettings, RefusesAProtocolThatItDoesNotSpeak) {
  EXPECT_THAT(problems({}, {{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}),
              ElementsAre("OTEL_EXPORTER_OTLP_PROTOCOL: must be http/protobuf, which is all that this sink speaks, got "
                          "\"grpc\""));
  EXPECT_THAT(
      problems({}, {{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, {"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"}}),
      IsEmpty());
  EXPECT_THAT(problems({}, {{"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"}}), Not(IsEmpty()));
}

TEST(OtlpSettings, NamesEveryWrongOption) {
  EXPECT_THAT(problems({.endpoint = "localhost:4318",
                        .headers = {{{"a b", "1"}, {"Content-Type", "text/plain"}, {"x", "1\r\ny: 2"}, {"z", ""}}},
                        .timeout = 0s,
                        .certificate = "",
                        .instrument_prefix = "9.",
                        .service_name = "\xFF",
                        .resource_attributes = {{"", "x"}}}),
              ElementsAre(HasSubstr("endpoint: must be an http or https URL"), HasSubstr("headers: must not hold what"),
                          HasSubstr("headers: names must"), HasSubstr("headers: values must"),
                          HasSubstr("headers: values must"), "timeout: must be 1 ms to 10 minutes, got 0 ns",
                          HasSubstr("certificate: must"), HasSubstr("resource_attributes: names must"),
                          HasSubstr("service_name: names must"),
                          AllOf(HasSubstr("instrument_prefix: must"), HasSubstr("got \"9.\""))));
}

TEST(OtlpSettings, NamesEveryWrongVariable) {
  EXPECT_THAT(problems({}, {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/?token=s3cret"},
                            {"OTEL_EXPORTER_OTLP_HEADERS", "s3cret"},
                            {"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"},
                            {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"},
                            {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "weekly"},
                            {"OTEL_RESOURCE_ATTRIBUTES", "a"}}),
              ElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT: must not hold a query"),
                          "OTEL_EXPORTER_OTLP_HEADERS: must be name=value pairs between commas, but pair 1 has no '='",
                          "OTEL_EXPORTER_OTLP_COMPRESSION: must be gzip or none, got \"zstd\"",
                          HasSubstr("OTEL_EXPORTER_OTLP_TIMEOUT: must be 1 ms to 10 minutes"),
                          HasSubstr("PREFERENCE: must be cumulative, delta or lowmemory, got \"weekly\""),
                          HasSubstr("OTEL_RESOURCE_ATTRIBUTES: must be name=value pairs")));
}

TEST(OtlpSettings, RepeatsNoSecret) {
  const std::vector<OpenTelemetrySinkOptions> all{
      {.endpoint = "http://user:s3cret@host"}, {.endpoint = "http//user:s3cret@host"},
      {.endpoint = "http://host/?key=s3cret"}, {.endpoint = "ftp://host/?key=s3cret"},
      {.endpoint = "http://host/s3cret path"}, {.headers = {{{"s3cret token", "a"}}}},
      {.headers = {{{"key", "s3cret\n"}}}},    {.headers = {{{"content-type", "s3cret"}}}},
  };
  for (const OpenTelemetrySinkOptions& options : all)
    EXPECT_THAT(problems(options), ElementsAre(Not(HasSubstr("s3cret"))));
  EXPECT_THAT(problems({}, {{"OTEL_EXPORTER_OTLP_HEADERS", "key=s3cret%0A"}}), ElementsAre(Not(HasSubstr("s3cret"))));
}

TEST(ProcessIdentity, IsTheProgramAndANewInstanceEachTime) {
  const ProcessIdentity one = process_identity();
  EXPECT_EQ(one.program, "opentelemetry_sink_test");
  EXPECT_THAT(one.instance,
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(one.instance, process_identity().instance);
}

}  // namespace
}  // namespace aiokpl::sinks
