#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "aws/kinesis_client.hpp"

namespace aiokpl::aws {

/// The service refused a call.
class ServiceException final : public std::runtime_error {
 public:
  explicit ServiceException(ServiceError error);
  ~ServiceException() override;
  [[nodiscard]] const ServiceError& error() const noexcept { return error_; }

 private:
  ServiceError error_;
};

/// No whole, readable answer came.
class TransportException : public std::runtime_error {
 public:
  TransportException(HttpError error, const std::string& message);
  ~TransportException() override;
  /// `none` when an answer came, but could not be read.
  [[nodiscard]] HttpError error() const noexcept { return error_; }

 private:
  HttpError error_;
};

/// There was nothing to sign the call with; nothing was sent.
class CredentialsException final : public TransportException {
 public:
  explicit CredentialsException(const std::string& message);
  ~CredentialsException() override;
};

/// Kinesis for programs and tests that may block: one call at a time, from one thread. Nothing is retried but
/// what was refused for the clock of this machine, once.
class KinesisApi {
 public:
  /// With ClientOptions::protocol at its default, CBOR, binary fields (Data) are binary values both ways, and times are
  /// milliseconds since 1970; in JSON they are base64 text and seconds.
  explicit KinesisApi(const ClientOptions& options);

  /// An empty answer, which some operations give, is an empty object. Throws ServiceException, TransportException or
  /// CredentialsException.
  nlohmann::json call(std::string_view operation, const nlohmann::json& request);

 private:
  [[nodiscard]] Completion exchange(std::string_view operation, const nlohmann::json& request);

  KinesisClient client_;
};

}  // namespace aiokpl::aws
