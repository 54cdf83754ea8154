// Endpoint URLs and regions, from the configuration and from the environment.
#include <algorithm>
#include <cstdint>

#include "aws/endpoint.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using aws::EndpointOutcome;

/// What becomes part of a request's first line or its headers must not end them.
bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

void check_endpoint(const aws::Endpoint& endpoint) {
  hold(endpoint.scheme == "http" || endpoint.scheme == "https", "an endpoint speaks HTTP");
  hold(!endpoint.host.empty() && endpoint.port != 0, "an endpoint has a host and a port");
  hold(endpoint.path.starts_with('/') && is_visible(endpoint.path), "a path can stand in a request");
  hold(is_visible(endpoint.authority()), "a host can stand in a header");
  hold(!endpoint.region.empty() && endpoint.region.size() <= 63, "an endpoint has a region");
  const EndpointOutcome again =
      aws::resolve_endpoint(endpoint.region, endpoint.url(), [](const char*) { return std::optional<std::string>{}; });
  hold(again && *again.endpoint == endpoint, "an endpoint's URL leads to the same endpoint");
}

void check(FuzzInput& input) {
  const std::size_t from = input.below(4);
  const std::string region{input.text()};
  const std::string url{input.rest()};
  const auto environment = [&](const char* name) -> std::optional<std::string> {
    const std::string_view wanted{name};
    if (from == 1 && wanted == "AWS_ENDPOINT_URL_KINESIS" && !url.empty()) return url;
    if (from == 1 && wanted == "AWS_REGION" && !region.empty()) return region;
    if (from == 2 && wanted == "AWS_ENDPOINT_URL" && !url.empty()) return url;
    return std::nullopt;
  };
  const std::optional<std::string> given = from == 0 ? std::optional{url} : std::nullopt;
  const EndpointOutcome outcome = aws::resolve_endpoint(from == 1 ? std::string{} : region, given, environment);
  if (outcome) {
    hold(outcome.problem.empty(), "an endpoint has no problem");
    hold(from == 3 || is_visible(url), "nothing is left out of a URL");
    check_endpoint(*outcome.endpoint);
  } else {
    hold(!outcome.field.empty() && outcome.problem.starts_with(outcome.field), "a problem names what is to blame");
  }
  (void)aws::is_loopback_host(url);
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input);
  return 0;
}
