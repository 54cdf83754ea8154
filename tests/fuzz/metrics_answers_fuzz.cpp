// What receivers of metrics answer: OTLP's protobuf, and CloudWatch's XML.
#include <algorithm>
#include <cstdint>

#include "sinks/cloudwatch/answer.hpp"
#include "sinks/opentelemetry/otlp_answer.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using sinks::Delivery;

void check_words(const Delivery& delivery) {
  const bool delivered = delivery.verdict == Delivery::Verdict::delivered;
  hold(delivered || !delivery.reason.empty(), "what was not delivered has a reason");
}

void check(FuzzInput& input) {
  constexpr std::size_t first_status = 100;
  aws::HttpCompletion completion;
  const std::size_t high = input.below(5);
  completion.response.status = static_cast<int>(first_status + 100 * high + input.below(100));
  completion.response.body = input.rest();
  const bool success = completion.response.status / 100 == 2;

  const sinks::OtlpAnswer otlp = sinks::read_otlp_answer(completion);
  check_words(otlp.delivery);
  hold((otlp.delivery.verdict == Delivery::Verdict::delivered) == success, "OTLP goes by the status");

  constexpr std::string_view secret = "a secret that is signed with";
  const aws::Credentials signed_with{.access_key_id = "AKID", .secret_access_key = std::string{secret}};
  completion.response.body += secret;  // quoted, as in the words about a signature that does not match
  const Delivery cloudwatch = sinks::read_answer(completion, signed_with);
  check_words(cloudwatch);
  hold(cloudwatch.reason.find(secret) == std::string::npos, "a secret is not repeated");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input);
  return 0;
}
