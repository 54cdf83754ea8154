#include "aws/proxy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ostream>
#include <utility>

#include "aws/curl_url.hpp"
#include "aws/endpoint.hpp"
#include "aws/no_proxy.hpp"
#include "aws/secrets.hpp"

namespace aiokpl::aws {
namespace {

constexpr std::array<std::string_view, 6> schemes{"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
// libcurl's own defaults.
constexpr std::uint16_t usual_port = 1080;
constexpr std::uint16_t usual_tls_port = 443;

/// The value is shown where it cannot hold a password.
std::string refuse(const char* name, const std::string& value) {
  std::string problem = name;
  problem += ": must be a proxy such as http://proxy.example.com:3128 (http, https, socks4, socks4a, socks5, socks5h)";
  if (value.find('@') == std::string::npos) problem.append(", got \"").append(value).append("\"");
  return problem;
}

std::optional<Proxy> read_proxy(const char* name, const std::string& value) {
  std::string text = value.find("://") == std::string::npos ? "http://" + value : value;
  const CurlUrl url{text, CURLU_NON_SUPPORT_SCHEME};
  wipe(text);
  if (!url) return std::nullopt;
  Proxy proxy;
  proxy.scheme = url.part(CURLUPART_SCHEME);
  proxy.host = url.part(CURLUPART_HOST);
  if (std::ranges::find(schemes, proxy.scheme) == schemes.end() || proxy.host.empty()) return std::nullopt;
  proxy.port = proxy.scheme == "https" ? usual_tls_port : usual_port;
  if (const std::string port = url.part(CURLUPART_PORT); !port.empty()) {
    std::from_chars(port.data(), port.data() + port.size(), proxy.port);
  }
  if (proxy.port == 0) return std::nullopt;
  proxy.user_name = url.part(CURLUPART_USER, CURLU_URLDECODE);
  proxy.password = url.part(CURLUPART_PASSWORD, CURLU_URLDECODE);
  proxy.setting = name;
  return proxy;
}

struct Variable {
  const char* name;
  std::string value;
};

std::optional<Variable> first_of(std::initializer_list<const char*> names, const Environment& environment) {
  for (const char* name : names) {
    if (auto value = environment(name)) return Variable{name, *std::move(value)};
  }
  return std::nullopt;
}

/// The proxy that the first of these variables names; what is wrong with it goes into `problem`.
std::optional<Proxy> from_environment(std::initializer_list<const char*> names, const Environment& environment,
                                      std::string& problem) {
  std::optional<Variable> variable = first_of(names, environment);
  if (!variable) return std::nullopt;
  std::optional<Proxy> proxy = read_proxy(variable->name, variable->value);
  if (!proxy) problem = refuse(variable->name, variable->value);
  wipe(variable->value);
  return proxy;
}

Proxy configured_proxy(const ProxyFields& fields) {
  Proxy proxy;
  proxy.host = *fields.host;
  if (proxy.host.find(':') != std::string::npos && !proxy.host.starts_with('[')) proxy.host = "[" + proxy.host + "]";
  proxy.port = fields.port;
  if (fields.user_name) proxy.user_name = *fields.user_name;
  if (fields.password) proxy.password = *fields.password;
  proxy.setting = "proxy_host";
  return proxy;
}

}  // namespace

Proxy::~Proxy() {
  wipe(password);
}

std::string Proxy::host_and_port() const {
  return host + ":" + std::to_string(port);
}

std::string Proxy::url() const {
  return scheme + "://" + host_and_port();
}

std::ostream& operator<<(std::ostream& out, const Proxy& proxy) {
  return out << proxy.url();
}

const Proxy* ProxySettings::find(std::string_view scheme, std::string_view host, std::uint16_t port) const {
  const std::optional<Proxy>& proxy = scheme == "https" ? https : http;
  if (!proxy || is_loopback_host(host) || goes_without_proxy(no_proxy, host, port)) return nullptr;
  return &*proxy;
}

ProxyOutcome resolve_proxies(const ProxyFields& configured, const Environment& environment) {
  ProxySettings settings;
  if (configured.host) {
    settings.https = configured_proxy(configured);
    settings.http = settings.https;
    return {.settings = std::move(settings)};
  }
  std::string problem;
  settings.https = from_environment({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}, environment, problem);
  if (!problem.empty()) return {.problem = std::move(problem)};
  settings.http = from_environment({"http_proxy", "all_proxy", "ALL_PROXY"}, environment, problem);
  if (!problem.empty()) return {.problem = std::move(problem)};
  if (const auto list = first_of({"no_proxy", "NO_PROXY"}, environment)) settings.no_proxy = list->value;
  return {.settings = std::move(settings)};
}

}  // namespace aiokpl::aws
