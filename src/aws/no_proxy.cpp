#include "aws/no_proxy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include <arpa/inet.h>

#include "codec/ascii.hpp"

namespace aiokpl::aws {
namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = 0;  // 4 or 16
};

std::optional<Address> read_address(std::string_view text) {
  const std::string name{text};
  Address address;
  if (inet_pton(AF_INET, name.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
  } else if (inet_pton(AF_INET6, name.c_str(), address.bytes.data()) == 1) {
    address.size = 16;
  } else {
    return std::nullopt;
  }
  return address;
}

std::optional<unsigned> read_number(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool in_network(const Address& address, const Address& network, unsigned bits) {
  if (address.size != network.size || bits > 8 * network.size) return false;
  const std::size_t whole = bits / 8;
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  network.bytes.begin())) {
    return false;
  }
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xFFU << (8U - rest);
  return ((address.bytes.at(whole) ^ network.bytes.at(whole)) & mask) == 0;
}

/// In lower case, without brackets and without the dot at its end.
std::string plain(std::string_view name) {
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  if (name.ends_with('.')) name.remove_suffix(1);
  return codec::to_lower(name);
}

struct Entry {
  std::string name;
  std::optional<unsigned> bits;
  std::optional<unsigned> port;
};

/// Takes ":443" off an entry. The colons of a bare IPv6 address lead to no port.
std::optional<unsigned> take_port(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const bool bracketed = colon > 0 && text[colon - 1] == ']';
  if (!bracketed && text.find(':') != colon) return std::nullopt;
  const auto port = read_number(text.substr(colon + 1));
  if (port) text = text.substr(0, colon);
  return port;
}

Entry read_entry(std::string_view text) {
  Entry entry;
  entry.port = take_port(text);
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    entry.bits = read_number(text.substr(slash + 1));
    if (!entry.bits) return {};
    text = text.substr(0, slash);
  }
  if (text.starts_with('.')) text.remove_prefix(1);
  entry.name = plain(text);
  return entry;
}

bool names(const Entry& entry, const std::string& host, const std::optional<Address>& address) {
  if (entry.name.empty()) return false;
  if (address) {
    const auto network = read_address(entry.name);
    return network && in_network(*address, *network, entry.bits.value_or(static_cast<unsigned>(8 * network->size)));
  }
  if (entry.bits || !host.ends_with(entry.name)) return false;
  return host.size() == entry.name.size() || host[host.size() - entry.name.size() - 1] == '.';
}

}  // namespace

bool goes_without_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port) {
  constexpr std::string_view separators = ", \t";
  const std::string name = plain(host);
  const auto address = read_address(name);
  while (!no_proxy.empty()) {
    const std::size_t start = std::min(no_proxy.find_first_not_of(separators), no_proxy.size());
    no_proxy.remove_prefix(start);
    const std::string_view text = no_proxy.substr(0, no_proxy.find_first_of(separators));
    no_proxy.remove_prefix(text.size());
    if (text == "*") return true;
    const Entry entry = read_entry(text);
    if ((!entry.port || *entry.port == port) && names(entry, name, address)) return true;
  }
  return false;
}

}  // namespace aiokpl::aws
