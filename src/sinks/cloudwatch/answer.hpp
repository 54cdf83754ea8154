#pragma once

#include <string>
#include <string_view>

#include "aws/credentials.hpp"
#include "aws/http_transport.hpp"
#include "sinks/web/outbox.hpp"

namespace aiokpl::sinks {

/// What CloudWatch says when it refuses.
struct CloudWatchError {
  std::string code;
  std::string message;
};

/// From the XML of the Query API; an empty code where there is none.
[[nodiscard]] CloudWatchError read_error(const aws::HttpResponse& response);

/// What became of a request. For later: transport errors, throttling, 5xx, expired credentials, and a clock that is
/// wrong. The service may quote the request that it could not verify; the secrets of `signed_with` are taken out of the
/// reason.
[[nodiscard]] Delivery read_answer(const aws::HttpCompletion& completion, const aws::Credentials& signed_with);

}  // namespace aiokpl::sinks
