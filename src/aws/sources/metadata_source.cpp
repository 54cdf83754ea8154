#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>

#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "aws/partitions.hpp"
#include "aws/secrets.hpp"
#include "aws/sources/service_calls.hpp"
#include "aws/web_url.hpp"
#include "codec/ascii.hpp"

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view whom = "instance metadata";
constexpr const char* disabled = "AWS_EC2_METADATA_DISABLED";
constexpr const char* endpoint_variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
constexpr const char* mode_variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
constexpr const char* timeout_variable = "AWS_METADATA_SERVICE_TIMEOUT";
constexpr const char* attempts_variable = "AWS_METADATA_SERVICE_NUM_ATTEMPTS";

[[noreturn]] void refuse(const std::string& setting, const std::string& value, const std::string& allowed) {
  throw CredentialsFailure{setting + ": must be " + allowed + ", got \"" + quotable(value) + "\""};
}

template <typename Number>
Number number_of(const Environment& environment, const char* variable, Number absent, Number least, Number most,
                 const std::string& allowed) {
  const auto text = environment(variable);
  if (!text) return absent;
  Number value{};
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  const bool whole = error == std::errc{} && end == text->data() + text->size();
  if (!whole || !(value >= least && value <= most)) refuse(variable, *text, allowed);
  return value;
}

/// The service's URL without a slash at its end.
std::string base_url(const MetadataSettings& settings, const Environment& environment) {
  struct Named {
    const char* name;
    std::optional<std::string> value;
  };
  Named endpoint{endpoint_variable, environment(endpoint_variable)};
  if (!endpoint.value) endpoint = {"ec2_metadata_service_endpoint", settings.endpoint};
  if (endpoint.value) {
    const auto url = read_web_url(*endpoint.value);
    if (!url || !url->query.empty()) refuse(endpoint.name, *endpoint.value, "an http or https URL");
    std::string base = *endpoint.value;
    while (base.ends_with('/'))
      base.pop_back();
    return base;
  }
  Named mode{mode_variable, environment(mode_variable)};
  if (!mode.value) mode = {"ec2_metadata_service_endpoint_mode", settings.endpoint_mode};
  const std::string wanted = codec::to_lower(mode.value.value_or("ipv4"));
  if (wanted == "ipv6") return "http://[fd00:ec2::254]";
  if (wanted != "ipv4") refuse(mode.name, *mode.value, "IPv4 or IPv6");
  return "http://169.254.169.254";
}

/// Calls with one token.
class Metadata {
 public:
  Metadata(const MetadataSettings& settings, const FetchContext& context) : context_{context} {
    if (is_switched_on(context.environment, disabled)) {
      throw NotConfigured{std::string{whom} + ", which " + disabled + " turns off"};
    }
    base_ = base_url(settings, context.environment);
    const double seconds =
        number_of(context.environment, timeout_variable, 1.0, 0.001, 3600.0, "a number of seconds up to 3600");
    timeout_ = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>{seconds});
    attempts_ = number_of(context.environment, attempts_variable, 1, 1, 100, "a number from 1 to 100");
  }
  Metadata(const Metadata&) = delete;
  Metadata& operator=(const Metadata&) = delete;
  ~Metadata() { wipe(token_); }

  WebAnswer ask_token() {
    const WebAnswer answer = call("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 21600");
    if (answer.status == 200 && fits_a_header(answer.body)) token_ = answer.body;
    return answer;
  }
  [[nodiscard]] bool has_token() const { return !token_.empty(); }

  WebAnswer get(const std::string& path) {
    std::string header = "X-aws-ec2-metadata-token: " + token_;
    const WipeAtEnd wiped{header};
    return call("GET", path, header);
  }
  [[nodiscard]] std::string_view token() const { return token_; }

 private:
  WebAnswer call(const char* method, const std::string& path, const std::string& header) {
    WebRequest request;
    request.method = method;
    request.url = base_ + path;
    request.headers.push_back(header);  // a list in braces would leave a copy behind
    request.timeout = timeout_;
    request.direct = true;
    request.stop = context_.stop;
    WebAnswer answer;
    for (int attempt = 0; attempt < attempts_ && !context_.stop.stop_requested(); ++attempt) {
      answer = context_.call(request);
      if (answer.status != 0 && answer.status < 500) break;
    }
    return answer;
  }

  const FetchContext& context_;
  std::string base_;
  std::chrono::milliseconds timeout_{};
  int attempts_ = 1;
  std::string token_;
};

/// What names a role: it becomes part of a URL.
bool is_plain_name(std::string_view text) {
  constexpr std::string_view others = "_+=,.@-";
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

std::string why(const WebAnswer& answer) {
  return quotable(answer.status == 0 ? answer.problem : "HTTP " + std::to_string(answer.status));
}

std::string first_line(std::string_view text) {
  return std::string{text.substr(0, text.find_first_of("\r\n"))};
}

class MetadataSource final : public CredentialsSource {
 public:
  explicit MetadataSource(MetadataSettings settings) : settings_{std::move(settings)} {}

  Credentials fetch(const FetchContext& context) override {
    Metadata metadata{settings_, context};
    get_token(metadata);
    const std::string folder = "/latest/meta-data/iam/security-credentials/";
    const WebAnswer roles = metadata.get(folder);
    if (roles.status == 404) throw NotConfigured{std::string{whom} + " with a role for this instance"};
    if (roles.status != 200) fail_for(name(), roles, {metadata.token()});
    const std::string role = first_line(roles.body);
    if (!is_plain_name(role)) throw CredentialsFailure{name() + ": what it gives as the role's name is none"};
    Credentials made = credentials_of(name(), metadata.get(folder + role), CredentialsForm::agent, {metadata.token()});
    extend(made, context);
    seen_ = true;
    return made;
  }

  std::string name() const override { return std::string{whom}; }

 private:
  /// Where nobody answers there is no such service, unless it answered before. What answers without a token is
  /// something else, or has to be asked in the way of version 1, which requests that were smuggled in could use, too.
  void get_token(Metadata& metadata) {
    const WebAnswer answer = metadata.ask_token();
    if (metadata.has_token()) return;
    const bool absent = answer.status == 0 || answer.status == 403 || answer.status == 404 || answer.status == 405;
    if (seen_ || !absent) fail_for(name(), answer);
    throw NotConfigured{std::string{whom} + " (" + why(answer) + ")"};
  }

  /// When the service cannot renew them it hands out the old ones, which AWS goes on to accept: they are as good for
  /// some minutes more, after which we ask again. Not all instances in the same second.
  static void extend(Credentials& credentials, const FetchContext& context) {
    if (!credentials.expires || *credentials.expires > context.clock()) return;
    std::random_device dice;
    credentials.expires = context.clock() + 12min + std::chrono::seconds{dice() % 480};
  }

  MetadataSettings settings_;
  bool seen_ = false;
};

std::optional<std::string> region_in(const WebAnswer& placement) {
  if (placement.status != 200 || !is_region_name(first_line(placement.body))) return std::nullopt;
  return first_line(placement.body);
}

std::optional<std::string> region_in_identity(const WebAnswer& identity) {
  if (identity.status != 200) return std::nullopt;
  const auto document = read_document(identity.body, WireProtocol::json);
  if (!document || !document->is_object()) return std::nullopt;
  const auto found = document->find("region");
  if (found == document->end() || !found->is_string()) return std::nullopt;
  const auto& region = found->get_ref<const std::string&>();
  return is_region_name(region) ? std::optional{region} : std::nullopt;
}

}  // namespace

SourcePtr metadata_source(MetadataSettings settings) {
  return std::make_shared<MetadataSource>(std::move(settings));
}

MetadataRegion metadata_region(const FetchContext& context, const MetadataSettings& settings) {
  try {
    Metadata metadata{settings, context};
    const WebAnswer token = metadata.ask_token();
    if (!metadata.has_token()) return {.reason = std::string{whom} + " (" + why(token) + ")"};
    if (auto region = region_in(metadata.get("/latest/meta-data/placement/region"))) return {.region = region};
    const WebAnswer identity = metadata.get("/latest/dynamic/instance-identity/document");
    if (auto region = region_in_identity(identity)) return {.region = region};
    return {.reason = std::string{whom} + ", which names none (" + why(identity) + ")"};
  } catch (const NotConfigured& absent) {
    return {.reason = absent.what()};
  } catch (const CredentialsFailure& failure) {
    return {.reason = failure.what()};
  }
}

}  // namespace aiokpl::aws
