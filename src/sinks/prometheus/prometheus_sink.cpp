#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <prometheus/exposer.h>
#include <sys/socket.h>
#include <unistd.h>

#include <aiokpl/config.hpp>
#include <aiokpl/error.hpp>
#include <aiokpl/prometheus_sink.hpp>

#include "sinks/prometheus/names.hpp"
#include "sinks/prometheus/totals.hpp"

namespace aiokpl {
namespace {

constexpr std::size_t most_series = 1'000'000;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_ipv6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

// The address and port for the system; nothing when it is no address.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<SocketAddress> socket_address(const std::string& address, std::uint16_t port) {
  // inet_pton would stop at it, and the server would read on.
  if (address.find('\0') != std::string::npos) return std::nullopt;
  SocketAddress result;
  if (is_ipv6(address)) {
    auto& made = reinterpret_cast<sockaddr_in6&>(result.storage);
    made.sin6_family = AF_INET6;
    made.sin6_port = htons(port);
    result.size = sizeof made;
    if (inet_pton(AF_INET6, address.c_str(), &made.sin6_addr) != 1) return std::nullopt;
  } else {
    auto& made = reinterpret_cast<sockaddr_in&>(result.storage);
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    result.size = sizeof made;
    if (inet_pton(AF_INET, address.c_str(), &made.sin_addr) != 1) return std::nullopt;
  }
  return result;
}

bool is_path(const std::string& path) {
  const auto allowed = [](char c) { return is_letter_or_digit(c) || std::strchr("/-_.", c) != nullptr; };
  return path.starts_with('/') && path.find('\0') == std::string::npos && std::ranges::all_of(path, allowed);
}

bool is_prefix(const std::string& prefix) {
  const auto allowed = [](char c) { return is_letter_or_digit(c) || c == '_'; };
  return std::ranges::all_of(prefix, allowed) && (prefix.empty() || prefix.front() < '0' || prefix.front() > '9');
}

std::string quoted(const std::string& value) {
  return '"' + value + '"';
}

PrometheusSinkOptions checked(PrometheusSinkOptions options) {
  std::vector<std::string> problems;
  if (!socket_address(options.address, options.port))
    problems.push_back("address: must be an IPv4 or IPv6 address, got " + quoted(options.address));
  if (!is_path(options.path))
    problems.push_back("path: must be \"/\" and letters, digits and any of \"/-_.\", got " + quoted(options.path));
  if (!is_prefix(options.metric_prefix)) {
    problems.push_back("metric_prefix: must be letters, digits and '_', not a digit first, got " +
                       quoted(options.metric_prefix));
  }
  if (options.max_series < 1 || options.max_series > most_series)
    problems.push_back("max_series: must be 1 to 1000000, got " + std::to_string(options.max_series));
  if (!problems.empty()) throw ConfigError{std::move(problems)};
  return options;
}

// The server says only that it could not listen. What the system says to somebody else who tries is the reason.
ConfigError cannot_listen(const PrometheusSinkOptions& options, const char* server_says) {
  int error = 0;
  if (const auto address = socket_address(options.address, options.port)) {
    const int probe = ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // Without it a port that rests after its last user would be called taken.
    const int yes = 1;
    if (probe < 0 || ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        ::bind(probe, reinterpret_cast<const sockaddr*>(&address->storage), address->size) != 0 ||
        ::listen(probe, 1) != 0) {
      error = errno;
    }
    if (probe >= 0) ::close(probe);
  }
  const std::string reason = error == 0 ? server_says : std::generic_category().message(error);
  if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT)
    return ConfigError{{"address: must be one of this machine, got " + quoted(options.address) + " (" + reason + ")"}};
  return ConfigError{{"port: must be one that can be listened on at " + options.address + ", got " +
                      std::to_string(options.port) + " (" + reason + ")"}};
}

std::string host_and_port(const std::string& address, int port) {
  return (is_ipv6(address) ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

std::unique_ptr<prometheus::Exposer> listen(const PrometheusSinkOptions& options) {
  try {
    // A client that connects and says nothing holds a thread until the timeout; the others go on answering.
    return std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", host_and_port(options.address, options.port), "num_threads", "4",
                                 "request_timeout_ms", "2000"});
  } catch (const std::exception& error) {
    throw cannot_listen(options, error.what());
  }
}

}  // namespace

struct PrometheusSink::Impl {
  explicit Impl(PrometheusSinkOptions given)
      : options{checked(std::move(given))},
        totals{std::make_shared<sinks::PrometheusTotals>(options.metric_prefix, options.max_series)},
        exposer{listen(options)} {
    exposer->RegisterCollectable(totals, options.path);
    port = static_cast<std::uint16_t>(exposer->GetListeningPorts().front());
  }

  const PrometheusSinkOptions options;
  const std::shared_ptr<sinks::PrometheusTotals> totals;
  /// Goes first, with its threads.
  const std::unique_ptr<prometheus::Exposer> exposer;
  std::uint16_t port = 0;

  std::mutex mutex;
  /// That have started and not stopped.
  std::size_t producers = 0;
};

PrometheusSink::PrometheusSink(PrometheusSinkOptions options) : impl_{std::make_unique<Impl>(std::move(options))} {}

PrometheusSink::~PrometheusSink() = default;

void PrometheusSink::start(const Config& producer) {
  std::vector<MetricDimension> dimensions;
  for (const AdditionalDimension& one : producer.additional_dimensions)
    dimensions.push_back({one.name, one.value});
  for (const std::string_view own : {dimension::stream_name, dimension::shard_id, dimension::error_code})
    dimensions.push_back({std::string{own}, {}});
  static_cast<void>(sinks::labels_of(dimensions));
  const std::lock_guard lock{impl_->mutex};
  ++impl_->producers;
}

void PrometheusSink::export_metrics(std::span<const MetricSnapshot> snapshots) {
  impl_->totals->add(snapshots);
}

void PrometheusSink::stop() {
  const std::lock_guard lock{impl_->mutex};
  if (impl_->producers > 0) --impl_->producers;
  if (impl_->producers == 0) impl_->totals->forget_gauges();
}

std::uint16_t PrometheusSink::port() const noexcept {
  return impl_->port;
}

std::string PrometheusSink::url() const {
  return "http://" + host_and_port(impl_->options.address, impl_->port) + impl_->options.path;
}

}  // namespace aiokpl
