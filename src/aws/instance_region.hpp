#pragma once

#include "aws/credentials_source.hpp"
#include "aws/endpoint.hpp"
#include "aws/profile_settings.hpp"

namespace aiokpl::aws {

/// As `resolve_endpoint`; only where that finds no region, and needs one, the instance is asked for its own by `call`,
/// at the place that environment and profile say. That takes as long as AWS_METADATA_SERVICE_TIMEOUT (a second) for
/// each of AWS_METADATA_SERVICE_NUM_ATTEMPTS (one) where nobody answers; with AWS_EC2_METADATA_DISABLED nobody is
/// asked. Any thread but the engine's.
[[nodiscard]] EndpointOutcome resolve_endpoint_here(EndpointQuery query, const ProfileSettings& profile,
                                                    const Environment& environment, const WebCall& call);

}  // namespace aiokpl::aws
