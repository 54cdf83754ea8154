#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "emulator/certificate.hpp"
#include "emulator/clock.hpp"
#include "emulator/service.hpp"

namespace aiokpl::emulator {

/// Where to listen.
struct ServerOptions {
  std::string address;
  std::uint16_t port = 0;
  std::uint16_t tls_port = 0;
  unsigned threads = 1;
  /// See `Options::tls_ciphersuites`.
  std::string tls_ciphersuites = {};
  /// Null: no HTTPS.
  const Certificate* certificate = nullptr;
};

/// HTTP/1.1 and HTTPS before a service. Listens from its construction to its destruction.
class Server {
 public:
  /// Throws std::system_error when it cannot listen. The service must outlive the server.
  Server(Service& service, const Clock& clock, const ServerOptions& options);
  /// Closes every connection, whatever it is at, and joins the threads.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// 0 without HTTPS.
  [[nodiscard]] std::uint16_t tls_port() const noexcept;
  /// From any thread. While stalled, requests are read and then wait.
  void set_stalled(bool stalled);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace aiokpl::emulator
