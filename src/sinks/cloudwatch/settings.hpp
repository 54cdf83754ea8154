#pragma once

#include <memory>

#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/config.hpp>

#include "aws/credentials.hpp"
#include "aws/endpoint.hpp"
#include "aws/environment.hpp"
#include "aws/http_client.hpp"

namespace aiokpl::sinks {

/// Throws ConfigError with everything that is wrong in the options themselves.
void check_options(const CloudWatchSinkOptions& options);

/// What it takes to talk to CloudWatch.
struct CloudWatchAccess {
  aws::Endpoint endpoint;
  std::shared_ptr<aws::CredentialsProvider> credentials;
  aws::HttpOptions http;
};

/// From the options, and what they leave open from the producer and the environment. Throws ConfigError.
[[nodiscard]] CloudWatchAccess resolve_access(const CloudWatchSinkOptions& options, const Config& producer,
                                              const aws::Environment& environment);

}  // namespace aiokpl::sinks
