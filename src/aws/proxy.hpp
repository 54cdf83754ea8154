#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.hpp"

namespace aiokpl::aws {

/// A proxy, and who named it. The destructor wipes the password; nothing prints it.
struct Proxy {
  /// http, https, socks4, socks4a, socks5 or socks5h.
  std::string scheme = "http";
  /// A name or an address; an IPv6 address in its brackets.
  std::string host = {};
  std::uint16_t port = 0;
  std::string user_name = {};
  std::string password = {};
  /// "proxy_host", or the variable: for messages.
  std::string setting = {};

  ~Proxy();

  /// "10.0.0.1:3128", for messages.
  [[nodiscard]] std::string host_and_port() const;
  /// "http://10.0.0.1:3128", without user name and password.
  [[nodiscard]] std::string url() const;
};

/// As `Proxy::url`.
std::ostream& operator<<(std::ostream& out, const Proxy& proxy);

/// The proxies that requests go through.
struct ProxySettings {
  std::optional<Proxy> https = std::nullopt;
  std::optional<Proxy> http = std::nullopt;
  /// Hosts that are reached without one, separated by commas or spaces: names (which stand for those below them too),
  /// addresses, networks such as 10.0.0.0/8, each also with a port; "*" stands for all.
  std::string no_proxy = {};

  /// The proxy for a URL of this scheme, host (IPv6 with or without brackets) and port. Null: none, as for every host
  /// on this machine.
  [[nodiscard]] const Proxy* find(std::string_view scheme, std::string_view host, std::uint16_t port) const;
};

/// What the configuration says about proxies.
struct ProxyFields {
  std::optional<std::string> host = std::nullopt;
  std::uint16_t port = 443;
  std::optional<std::string> user_name = std::nullopt;
  std::optional<std::string> password = std::nullopt;
};

struct ProxyOutcome {
  std::optional<ProxySettings> settings = std::nullopt;
  /// Without settings: what is wrong, in words that start with the setting and hold no password.
  std::string problem = {};

  [[nodiscard]] explicit operator bool() const noexcept { return settings.has_value(); }
};

/// With `host`, that proxy for everything, whatever the environment says. Else as curl has it: https_proxy or
/// HTTPS_PROXY for https, http_proxy for http (never HTTP_PROXY, which a visitor of a CGI program sets), all_proxy or
/// ALL_PROXY for both, no_proxy or NO_PROXY; the lower case wins. A proxy without a port is at 1080, an https one at
/// 443.
[[nodiscard]] ProxyOutcome resolve_proxies(const ProxyFields& configured, const Environment& environment);

}  // namespace aiokpl::aws
