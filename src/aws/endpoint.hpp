#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.hpp"

namespace aiokpl::aws {

/// Where requests go, and the region that they are signed for.
struct Endpoint {
  std::string scheme = "https";
  /// A name or an address; an IPv6 address in its brackets.
  std::string host = {};
  std::uint16_t port = 443;
  /// As it stands in the URL, percent-encoded.
  std::string path = "/";
  std::string region = {};
  /// On this machine: needs neither region nor credentials, and never goes through a proxy.
  bool loopback = false;

  [[nodiscard]] std::string url() const;
  /// The Host header: without the port where it is the scheme's own, as curl and every other client write it.
  [[nodiscard]] std::string authority() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct EndpointOutcome {
  std::optional<Endpoint> endpoint = std::nullopt;
  /// Without an endpoint: the setting that is to blame (`region`, `endpoint_url` or an environment variable)...
  std::string field = {};
  /// ... and what is wrong, in words that start with the setting.
  std::string problem = {};

  [[nodiscard]] explicit operator bool() const noexcept { return endpoint.has_value(); }
};

/// What tells one service's endpoint from another's.
struct EndpointNames {
  /// What the region's own host name begins with.
  std::string_view host = "kinesis";
  /// The environment variable with this service's URL.
  const char* variable = "AWS_ENDPOINT_URL_KINESIS";
};

/// The first of: `endpoint_url`, the service's own variable, AWS_ENDPOINT_URL (these two unless
/// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true), the region's own endpoint. The region is the first of: `region`,
/// AWS_REGION, AWS_DEFAULT_REGION, and us-east-1 for a loopback endpoint.
[[nodiscard]] EndpointOutcome resolve_endpoint(const std::string& region,
                                               const std::optional<std::string>& endpoint_url,
                                               const Environment& environment, const EndpointNames& service = {});

/// localhost and names below it, 127.0.0.0/8, ::1 with or without brackets.
[[nodiscard]] bool is_loopback_host(std::string_view host);

}  // namespace aiokpl::aws
