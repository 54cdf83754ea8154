#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <prometheus/text_serializer.h>

#include <aiokpl/config.hpp>
#include <aiokpl/error.hpp>
#include <aiokpl/prometheus_sink.hpp>

#include "sinks/prometheus/names.hpp"
#include "sinks/prometheus/scrape_server.hpp"
#include "sinks/prometheus/totals.hpp"

namespace aiokpl {
namespace {

constexpr std::size_t most_series = 1'000'000;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
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
  if (!sinks::is_ip_address(options.address))
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

std::string host_and_port(const std::string& address, std::uint16_t port) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

ConfigError cannot_listen(const PrometheusSinkOptions& options, const std::error_code& error) {
  const std::string reason = " (" + error.message() + ")";
  if (error == std::errc::address_not_available || error == std::errc::address_family_not_supported)
    return ConfigError{{"address: must be one of this machine, got " + quoted(options.address) + reason}};
  return ConfigError{{"port: must be one that can be listened on at " + options.address + ", got " +
                      std::to_string(options.port) + reason}};
}

}  // namespace

struct PrometheusSink::Impl {
  explicit Impl(PrometheusSinkOptions given)
      : options{checked(std::move(given))}, totals{options.metric_prefix, options.max_series} {
    try {
      server.emplace(options.address, options.port, options.path,
                     [this] { return prometheus::TextSerializer{}.Serialize(totals.Collect()); });
    } catch (const std::system_error& error) {
      throw cannot_listen(options, error.code());
    }
  }

  const PrometheusSinkOptions options;
  sinks::PrometheusTotals totals;

  std::mutex mutex;
  /// That have started and not stopped.
  std::size_t producers = 0;

  /// Goes first: its thread reads the totals.
  std::optional<sinks::ScrapeServer> server;
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
  impl_->totals.add(snapshots);
}

void PrometheusSink::stop() {
  const std::lock_guard lock{impl_->mutex};
  if (impl_->producers > 0) --impl_->producers;
  if (impl_->producers == 0) impl_->totals.forget_gauges();
}

std::uint16_t PrometheusSink::port() const noexcept {
  return impl_->server->port();
}

std::string PrometheusSink::url() const {
  return "http://" + host_and_port(impl_->options.address, port()) + impl_->options.path;
}

}  // namespace aiokpl
