#include "aws/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <arpa/inet.h>

#include "aws/curl_url.hpp"
#include "codec/ascii.hpp"

namespace aiokpl::aws {
namespace {

struct Setting {
  std::string name;
  std::string value;
};

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

EndpointOutcome parse_url(const Setting& setting, Service service) {
  const CurlUrl url{setting.value, CURLU_NON_SUPPORT_SCHEME};
  Endpoint endpoint;
  endpoint.scheme = url.part(CURLUPART_SCHEME);
  if (!url || (endpoint.scheme != "http" && endpoint.scheme != "https")) {
    const std::string allowed =
        "must be an http or https URL such as https://" + service_host(service, "us-east-1", false, false);
    // What stands before an @ may be a password.
    if (setting.value.find('@') == std::string::npos) return refuse(setting, allowed);
    return {.field = setting.name, .problem = setting.name + ": " + allowed};
  }
  if (!url.part(CURLUPART_USER).empty() || !url.part(CURLUPART_PASSWORD).empty()) {
    // The value is not repeated here: it holds a password.
    return {.field = setting.name, .problem = setting.name + ": must not hold a user name or a password"};
  }
  if (!is_visible(setting.value)) {
    // libcurl would encode such a path behind the signature's back, and reads no further than to a zero byte.
    return {.field = setting.name, .problem = setting.name + ": must be printable ASCII without spaces"};
  }
  if (!url.part(CURLUPART_QUERY).empty() || !url.part(CURLUPART_FRAGMENT).empty()) {
    return refuse(setting, "must not hold a query or a fragment");
  }
  endpoint.host = url.part(CURLUPART_HOST);
  endpoint.path = url.part(CURLUPART_PATH);
  const std::string port = url.part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  // What libcurl decodes there it would read as another host the next time; and of an IPv6 address's zone nothing is
  // left.
  const bool encoded = authority_of(setting.value).find('%') != std::string_view::npos;
  if (endpoint.host.empty() || encoded) return refuse(setting, "must name a host");
  if (endpoint.port == 0) return refuse(setting, "must name a port from 1 to 65535");
  endpoint.loopback = is_loopback_host(endpoint.host);
  return {.endpoint = std::move(endpoint)};
}

/// A switch that somebody set, and where.
struct Switch {
  std::string name;
  bool on = false;
  bool configured = false;  // by the configuration itself
};

struct SwitchNames {
  const char* field;
  const char* variable;
};
constexpr SwitchNames fips_names{"use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT"};
constexpr SwitchNames dualstack_names{"use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT"};

/// The first of configuration, environment and profile. What is wrong goes into `problem`.
Switch find_switch(const SwitchNames& names, std::optional<bool> configured, std::optional<bool> hint,
                   const Environment& environment, std::optional<EndpointOutcome>& problem) {
  if (configured) return {.name = names.field, .on = *configured, .configured = true};
  if (const auto text = environment(names.variable)) {
    // To take a misspelt "ture" for no would leave FIPS without a word.
    const auto on = read_switch(*text);
    if (!on) problem = refuse({names.variable, *text}, "must be true or false");
    return {.name = names.variable, .on = on.value_or(false)};
  }
  return {.name = std::string{names.field} + " of the profile", .on = hint.value_or(false)};
}

bool ignores_configured_urls(const EndpointHints& hints, const Environment& environment) {
  constexpr const char* name = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
  if (environment(name)) return is_switched_on(environment, name);
  return hints.ignore_configured_endpoint_urls.value_or(false);
}

const char* url_variable(Service service) {
  switch (service) {
    case Service::kinesis:
      break;
    case Service::cloudwatch:
      return "AWS_ENDPOINT_URL_CLOUDWATCH";
    case Service::sts:
      return "AWS_ENDPOINT_URL_STS";
    case Service::sso:
      return "AWS_ENDPOINT_URL_SSO";
    case Service::sso_oidc:
      return "AWS_ENDPOINT_URL_SSO_OIDC";
  }
  return "AWS_ENDPOINT_URL_KINESIS";
}

std::optional<Setting> find_url(const EndpointQuery& query, const Environment& environment) {
  if (query.endpoint_url) return Setting{"endpoint_url", *query.endpoint_url};
  if (ignores_configured_urls(query.hints, environment)) return std::nullopt;
  for (const char* name : {url_variable(query.service), "AWS_ENDPOINT_URL"}) {
    if (auto value = environment(name)) return Setting{name, *std::move(value)};
  }
  if (query.hints.endpoint_url) return Setting{"endpoint_url of the profile", *query.hints.endpoint_url};
  return std::nullopt;
}

Setting find_region(const EndpointQuery& query, const Environment& environment) {
  if (!query.region.empty()) return {"region", query.region};
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto value = environment(name)) return {name, *std::move(value)};
  }
  if (query.hints.region) return {"region of the profile", *query.hints.region};
  return {};
}

/// "fips-us-east-1" and "us-east-1-fips" are regions of old times, when a name was the only way to ask for FIPS.
bool strip_fips(std::string& region) {
  constexpr std::string_view before = "fips-";
  constexpr std::string_view behind = "-fips";
  const std::size_t length = region.size();
  while (region.starts_with(before))
    region.erase(0, before.size());
  while (region.ends_with(behind))
    region.resize(region.size() - behind.size());
  return region.size() < length;
}

EndpointOutcome refuse_beside_url(const Switch& wanted, const Setting& url) {
  return {.field = wanted.name,
          .problem = wanted.name + ": must not be on beside " + url.name +
                     ", which is used as it stands: leave out one of the two"};
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
  std::string name = codec::to_lower(host);
  if (name.ends_with('.')) name.pop_back();
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  std::array<unsigned char, 16> address{};
  if (inet_pton(AF_INET, name.c_str(), address.data()) == 1) return address[0] == 127;
  if (inet_pton(AF_INET6, name.c_str(), address.data()) != 1) return false;
  return std::all_of(address.begin(), address.end() - 1, [](unsigned char c) { return c == 0; }) && address[15] == 1;
}

EndpointOutcome resolve_endpoint(const EndpointQuery& query, const Environment& environment) {
  EndpointOutcome outcome;
  const std::optional<Setting> url = find_url(query, environment);
  if (url) {
    outcome = parse_url(*url, query.service);
    if (!outcome) return outcome;
  }
  const bool loopback = outcome && outcome.endpoint->loopback;
  Setting region = find_region(query, environment);
  if (region.value.empty() && loopback) region = {"region", "us-east-1"};
  if (region.value.empty()) {
    return {.field = "region",
            .problem =
                "region: no region: neither region in the configuration nor AWS_REGION nor AWS_DEFAULT_REGION "
                "in the environment nor region in the profile is set",
            .no_region = true};
  }
  std::optional<EndpointOutcome> problem;
  Switch fips = find_switch(fips_names, query.use_fips, query.hints.use_fips, environment, problem);
  const Switch dualstack =
      find_switch(dualstack_names, query.use_dualstack, query.hints.use_dualstack, environment, problem);
  if (problem) return *std::move(problem);
  if (strip_fips(region.value)) fips = {.name = region.name, .on = true, .configured = true};
  if (!is_region_name(region.value)) return refuse(region, "must be an AWS region such as us-east-1");
  for (const Switch& wanted : {fips, dualstack}) {
    const bool counts = !query.url_alone_counts && (wanted.configured || !loopback);
    if (url && wanted.on && counts) return refuse_beside_url(wanted, *url);
  }
  if (!outcome) {
    outcome.endpoint.emplace();
    outcome.endpoint->host = service_host(query.service, region.value, fips.on, dualstack.on);
  }
  outcome.endpoint->region = signing_region(query.service, region.value);
  return outcome;
}

EndpointOutcome resolve_endpoint(const std::string& region, const std::optional<std::string>& endpoint_url,
                                 const Environment& environment) {
  return resolve_endpoint({.region = region, .endpoint_url = endpoint_url}, environment);
}

}  // namespace aiokpl::aws
