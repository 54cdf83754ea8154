#include "sinks/opentelemetry/otlp_url.hpp"

#include <algorithm>

#include "aws/curl_url.hpp"

namespace aiokpl::sinks {
namespace {

/// A query may hold a key; and a URL that does not even parse may hold anything where a password is usual.
std::string shown(std::string_view url) {
  if (url.find('@') != std::string_view::npos) return "one with an '@'";
  const bool query = url.find('?') != std::string_view::npos;
  return "\"" + std::string{url.substr(0, url.find('?'))} + (query ? "?...\"" : "\"");
}

std::string problem_of(const std::string& value, UrlUse use) {
  if (!std::ranges::all_of(value, [](char c) { return c > ' ' && c < '\x7F'; })) {
    return "must be printable ASCII without spaces";
  }
  const aws::CurlUrl url{value, CURLU_NON_SUPPORT_SCHEME};
  const std::string scheme = url.part(CURLUPART_SCHEME);
  if (!url || (scheme != "http" && scheme != "https") || url.part(CURLUPART_HOST).empty()) {
    return "must be an http or https URL such as http://localhost:4318, got " + shown(value);
  }
  if (!url.part(CURLUPART_USER).empty() || !url.part(CURLUPART_PASSWORD).empty()) {
    return "must not hold a user name or a password";
  }
  const bool query = value.find('?') != std::string::npos;
  if (value.find('#') != std::string::npos || (query && use == UrlUse::base)) {
    return "must not hold a query or a fragment, got " + shown(value);
  }
  return {};
}

}  // namespace

std::string metrics_url(std::string_view field, const std::string& value, UrlUse use,
                        std::vector<std::string>& problems) {
  if (const std::string problem = problem_of(value, use); !problem.empty()) {
    problems.push_back(std::string{field} + ": " + problem);
    return {};
  }
  if (use == UrlUse::as_it_is) return value;
  return value + (value.ends_with('/') ? "v1/metrics" : "/v1/metrics");
}

}  // namespace aiokpl::sinks
