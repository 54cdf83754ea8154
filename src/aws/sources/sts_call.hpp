#pragma once

#include <string>
#include <utility>
#include <vector>

#include "aws/credentials_source.hpp"
#include "aws/endpoint.hpp"

namespace aiokpl::aws {

/// Where STS is called, and what the call is signed for: the settings' URL, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, or
/// the region's own, with FIPS and dual stack. The region is the first of: the settings', AWS_REGION,
/// AWS_DEFAULT_REGION. Without one, and for the regions of old with AWS_STS_REGIONAL_ENDPOINTS=legacy, it is the global
/// endpoint, in whose place FIPS and dual stack take that of us-east-1. Throws CredentialsFailure for a wrong setting.
[[nodiscard]] Endpoint sts_endpoint(const AssumeRoleSettings& settings, const Environment& environment);

/// The session's name, as given or made up; throws CredentialsFailure when it is not 2 to 64 characters of those that
/// STS allows.
[[nodiscard]] std::string session_name(const AssumeRoleSettings& settings, const FetchContext& context);

/// The parameters that both ways to assume a role share. Throws CredentialsFailure for a wrong setting.
using FormFields = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] FormFields role_fields(const AssumeRoleSettings& settings, const std::string& action,
                                     const FetchContext& context);

/// As application/x-www-form-urlencoded.
[[nodiscard]] std::string form_encoded(const FormFields& fields);

}  // namespace aiokpl::aws
