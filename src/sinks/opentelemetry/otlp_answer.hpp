#pragma once

#include <string>

#include "aws/http_transport.hpp"
#include "sinks/web/outbox.hpp"

namespace aiokpl::sinks {

struct OtlpAnswer {
  Delivery delivery = {};
  /// Of a delivered request: what of it the receiver did not take, in words. It is not to be sent again.
  std::string remark = {};
};

/// What became of a request, by the protocol: 429, 502, 503, 504 and a broken transport are for later, every other
/// failure is for good.
[[nodiscard]] OtlpAnswer read_otlp_answer(const aws::HttpCompletion& completion);

}  // namespace aiokpl::sinks
