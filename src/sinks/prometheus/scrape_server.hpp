#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace aiokpl::sinks {

/// An IPv4 or IPv6 address in the system's eyes; a name is none.
[[nodiscard]] bool is_ip_address(const std::string& text);

/// A small HTTP server with one page. It has one thread, on which the page is made; a client that is slow or says
/// nothing holds up no other one.
///
/// prometheus-cpp has one, too, which this one stands in for: it takes two seconds to end, its threads wait for clients
/// that say nothing, it has the whole process ignore SIGPIPE, knows no IPv6 as Debian builds it, and adds metrics of
/// its own.
class ScrapeServer {
 public:
  using Page = std::function<std::string()>;

  /// Listens from now on; port 0 is any free one. Throws std::system_error where the system does not let it.
  ScrapeServer(const std::string& address, std::uint16_t port, std::string path, Page page);
  ScrapeServer(const ScrapeServer&) = delete;
  ScrapeServer& operator=(const ScrapeServer&) = delete;
  /// At once: answers that are under way break off.
  ~ScrapeServer();

  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiokpl::sinks
