#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "unit/aws/loopback_server.hpp"

namespace aiokpl::test {

/// Passes a connection's requests on to a port of the loopback, and the answers back, until one of the two closes: what
/// came under TLS goes on without.
void relay_requests(Connection& connection, std::uint16_t target);

/// An HTTP proxy that leads to one port of the loopback, whatever host it is asked for, so that names of strangers can
/// be used. It tunnels what CONNECT asks for, and passes other requests on as they are.
class ConnectProxy {
 public:
  /// `authorization`: the only "Basic ..." that is let through; empty lets everybody. `target` 0: nobody gets through.
  explicit ConnectProxy(std::uint16_t target, std::string authorization = {});

  [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }
  /// The first lines of the requests so far, and each Proxy-Authorization.
  [[nodiscard]] std::vector<std::string> lines() const;
  [[nodiscard]] std::vector<std::string> authorizations() const;
  /// Every byte of the heads that the proxy was given.
  [[nodiscard]] std::string seen() const;

 private:
  void serve(Connection& connection);
  void note(const Request& request);

  std::uint16_t target_;
  std::string authorization_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  LoopbackServer server_;  // last: its threads use the others
};

}  // namespace aiokpl::test
