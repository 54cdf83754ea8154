#pragma once

#include <string>
#include <string_view>

namespace aiokpl::aws {

/// The services of AWS that are called.
enum class Service {
  kinesis,
  cloudwatch,
  sts,
  sso,       ///< The portal of IAM Identity Center, which gives a role's credentials for a token.
  sso_oidc,  ///< Where such a token is renewed.
};

/// What the hosts of the service begin with, and what a signature calls it: "kinesis", "monitoring", "sts"; the two of
/// SSO, "portal.sso" and "oidc", are called without a signature.
[[nodiscard]] std::string_view signing_name(Service service) noexcept;

/// A part of AWS with accounts and host names of its own.
struct Partition {
  std::string_view name;              ///< "aws-cn"
  std::string_view suffix;            ///< "amazonaws.com.cn"
  std::string_view dualstack_suffix;  ///< "api.amazonwebservices.com.cn"
};

/// By the form of the region's name: regions that are opened tomorrow are known today. What no partition knows belongs
/// to "aws".
[[nodiscard]] const Partition& partition_of(std::string_view region) noexcept;

/// A label of a host's name: nothing else may become part of one, and of a signature.
[[nodiscard]] bool is_region_name(std::string_view text) noexcept;
/// Whether STS was reached there by its global name before regions had their own; no region is added to these.
[[nodiscard]] bool was_served_by_global_sts(std::string_view region) noexcept;
/// The host that serves a region. The region "aws-global" of STS is the host without a region.
[[nodiscard]] std::string service_host(Service service, std::string_view region, bool fips, bool dualstack);

/// The region that requests to that host are signed for: the region itself, but us-east-1 where the host has none.
[[nodiscard]] std::string_view signing_region(Service service, std::string_view region) noexcept;

}  // namespace aiokpl::aws
