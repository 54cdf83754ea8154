#include "aws/kinesis_api.hpp"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "aws/document.hpp"

namespace aiokpl::aws {

ServiceException::ServiceException(ServiceError error)
    : std::runtime_error{error.code + ": " + error.message}, error_{std::move(error)} {}
ServiceException::~ServiceException() = default;

TransportException::TransportException(HttpError error, const std::string& message)
    : std::runtime_error{message}, error_{error} {}
TransportException::~TransportException() = default;

CredentialsException::CredentialsException(const std::string& message) : TransportException{HttpError::none, message} {}
CredentialsException::~CredentialsException() = default;

KinesisApi::KinesisApi(const ClientOptions& options) : client_{options} {}

Completion KinesisApi::exchange(std::string_view operation, const nlohmann::json& request) {
  static_cast<void>(client_.call(operation, request));
  std::vector<Completion> completed;
  // Ends in bounded time: the client has a timeout for every state of a request.
  while (completed.empty())
    client_.poll(std::chrono::hours{1}, completed);
  return std::move(completed.front());
}

nlohmann::json KinesisApi::call(std::string_view operation, const nlohmann::json& request) {
  Completion done = exchange(operation, request);
  if (done.clock_corrected) done = exchange(operation, request);
  switch (done.kind) {
    case Completion::Kind::service_error:
      throw ServiceException{std::move(done.error)};
    case Completion::Kind::transport_error:
      throw TransportException{done.transport, done.message};
    case Completion::Kind::no_credentials:
      throw CredentialsException{done.message};
    case Completion::Kind::answered:
      break;
  }
  if (done.response.body.empty()) return nlohmann::json::object();
  auto answer = read_document(done.response.body, done.response.content_type);
  if (!answer) {
    throw TransportException{HttpError::none, "the answer of " + std::string{operation} + " is unreadable"};
  }
  return *std::move(answer);
}

}  // namespace aiokpl::aws
