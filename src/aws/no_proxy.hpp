#pragma once

#include <cstdint>
#include <string_view>

namespace aiokpl::aws {

/// Whether a list such as that of NO_PROXY names this host: "example.com" and ".example.com" stand for themselves and
/// for every name below, "10.0.0.1" and "[fd00::1]" for an address, "10.0.0.0/8" for a network, each with ":443" for
/// that port only, and a lone "*" for everything. Entries that are none of these name nobody. Names in any case.
[[nodiscard]] bool goes_without_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port);

}  // namespace aiokpl::aws
