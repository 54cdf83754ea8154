#include "aws/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <curl/curl.h>

namespace aiokpl::aws {
namespace {

struct Setting {
  std::string name;
  std::string value;
};

using ParsedUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string result{text};
  curl_free(text);
  return result;
}

EndpointOutcome refuse(const Setting& setting, std::string_view what) {
  EndpointOutcome outcome;
  outcome.field = setting.name;
  outcome.problem.append(setting.name).append(": ").append(what);
  outcome.problem.append(", got \"").append(setting.value).append("\"");
  return outcome;
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

/// Host and port as they stand in a URL with a scheme, which libcurl takes with any number of slashes.
std::string_view authority_of(std::string_view url) {
  url.remove_prefix(std::min(url.find(':') + 1, url.size()));
  url.remove_prefix(std::min(url.find_first_not_of('/'), url.size()));
  return url.substr(0, url.find('/'));
}

EndpointOutcome parse_url(const Setting& setting, const EndpointNames& service) {
  const ParsedUrl url{curl_url(), &curl_url_cleanup};
  const CURLUcode parsed = curl_url_set(url.get(), CURLUPART_URL, setting.value.c_str(), CURLU_NON_SUPPORT_SCHEME);
  Endpoint endpoint;
  endpoint.scheme = part(url.get(), CURLUPART_SCHEME);
  if (parsed != CURLUE_OK || (endpoint.scheme != "http" && endpoint.scheme != "https")) {
    return refuse(setting, std::string{"must be an http or https URL such as https://"}
                               .append(service.host)
                               .append(".us-east-1.amazonaws.com"));
  }
  if (!part(url.get(), CURLUPART_USER).empty() || !part(url.get(), CURLUPART_PASSWORD).empty()) {
    // The value is not repeated here: it holds a password.
    return {.field = setting.name, .problem = setting.name + ": must not hold a user name or a password"};
  }
  if (!is_visible(setting.value)) {
    // libcurl would encode such a path behind the signature's back, and reads no further than to a zero byte.
    return {.field = setting.name, .problem = setting.name + ": must be printable ASCII without spaces"};
  }
  if (!part(url.get(), CURLUPART_QUERY).empty() || !part(url.get(), CURLUPART_FRAGMENT).empty()) {
    return refuse(setting, "must not hold a query or a fragment");
  }
  endpoint.host = part(url.get(), CURLUPART_HOST);
  endpoint.path = part(url.get(), CURLUPART_PATH);
  const std::string port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  // What libcurl decodes there it would read as another host the next time; and of an IPv6 address's zone nothing is
  // left.
  const bool encoded = authority_of(setting.value).find('%') != std::string_view::npos;
  if (endpoint.host.empty() || encoded) return refuse(setting, "must name a host");
  if (endpoint.port == 0) return refuse(setting, "must name a port from 1 to 65535");
  endpoint.loopback = is_loopback_host(endpoint.host);
  return {.endpoint = std::move(endpoint)};
}

std::optional<Setting> find_url(const std::optional<std::string>& endpoint_url, const Environment& environment,
                                const EndpointNames& service) {
  if (endpoint_url) return Setting{"endpoint_url", *endpoint_url};
  if (is_switched_on(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) return std::nullopt;
  for (const char* name : {service.variable, "AWS_ENDPOINT_URL"}) {
    if (auto value = environment(name)) return Setting{name, *std::move(value)};
  }
  return std::nullopt;
}

Setting find_region(const std::string& region, const Environment& environment) {
  if (!region.empty()) return {"region", region};
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto value = environment(name)) return {name, *std::move(value)};
  }
  return {};
}

/// The region becomes part of a host name and of a signature: nothing but a host label will do.
bool is_region(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, allowed) && text.front() != '-' &&
         text.back() != '-';
}

}  // namespace

std::string Endpoint::authority() const {
  const bool default_port = port == (scheme == "https" ? 443 : 80);
  return default_port ? host : host + ":" + std::to_string(port);
}

std::string Endpoint::url() const {
  return scheme + "://" + authority() + path;
}

bool is_loopback_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::string name{host};
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (name.ends_with('.')) name.pop_back();
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  std::array<unsigned char, 16> address{};
  if (inet_pton(AF_INET, name.c_str(), address.data()) == 1) return address[0] == 127;
  if (inet_pton(AF_INET6, name.c_str(), address.data()) != 1) return false;
  return std::all_of(address.begin(), address.end() - 1, [](unsigned char c) { return c == 0; }) && address[15] == 1;
}

EndpointOutcome resolve_endpoint(const std::string& region, const std::optional<std::string>& endpoint_url,
                                 const Environment& environment, const EndpointNames& service) {
  EndpointOutcome outcome;
  const std::optional<Setting> url = find_url(endpoint_url, environment, service);
  if (url) {
    outcome = parse_url(*url, service);
    if (!outcome) return outcome;
  }
  Setting signed_for = find_region(region, environment);
  if (signed_for.value.empty() && outcome && outcome.endpoint->loopback) signed_for = {"region", "us-east-1"};
  if (signed_for.value.empty()) {
    return {.field = "region",
            .problem =
                "region: no region: neither region in the configuration nor AWS_REGION nor AWS_DEFAULT_REGION "
                "in the environment is set"};
  }
  if (!is_region(signed_for.value)) return refuse(signed_for, "must be an AWS region such as us-east-1");
  if (!outcome) {
    const bool china = signed_for.value.starts_with("cn-");
    outcome.endpoint.emplace();
    outcome.endpoint->host.append(service.host).append(".").append(signed_for.value);
    outcome.endpoint->host += china ? ".amazonaws.com.cn" : ".amazonaws.com";
  }
  outcome.endpoint->region = std::move(signed_for.value);
  return outcome;
}

}  // namespace aiokpl::aws
