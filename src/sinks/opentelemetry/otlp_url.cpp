#include "sinks/opentelemetry/otlp_url.hpp"

#include <algorithm>
#include <memory>

#include <curl/curl.h>

namespace aiokpl::sinks {
namespace {

using ParsedUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return {};
  std::string result{text};
  curl_free(text);
  return result;
}

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
  const ParsedUrl url{curl_url(), &curl_url_cleanup};
  const CURLUcode parsed = curl_url_set(url.get(), CURLUPART_URL, value.c_str(), CURLU_NON_SUPPORT_SCHEME);
  const std::string scheme = part(url.get(), CURLUPART_SCHEME);
  if (parsed != CURLUE_OK || (scheme != "http" && scheme != "https") || part(url.get(), CURLUPART_HOST).empty()) {
    return "must be an http or https URL such as http://localhost:4318, got " + shown(value);
  }
  if (!part(url.get(), CURLUPART_USER).empty() || !part(url.get(), CURLUPART_PASSWORD).empty()) {
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
