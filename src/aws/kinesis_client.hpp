#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <aiokpl/config.hpp>

#include "aws/credentials.hpp"
#include "aws/endpoint.hpp"
#include "aws/http_client.hpp"
#include "aws/kinesis_protocol.hpp"
#include "codec/pieces.hpp"

namespace aiokpl::aws {

using SystemClock = std::function<std::chrono::system_clock::time_point()>;

/// Names a call from its start to its completion; never 0, never used twice by one client.
using CallId = std::uint64_t;

struct ClientOptions {
  Endpoint endpoint = {};
  WireProtocol protocol = WireProtocol::cbor;
  /// Its user agent is replaced by `user_agent(user_agent_suffix)`.
  HttpOptions http = {};
  std::string user_agent_suffix = {};
  std::shared_ptr<CredentialsProvider> credentials = nullptr;
  /// What requests are dated with, before the service says that it is wrong.
  SystemClock clock = [] { return std::chrono::system_clock::now(); };
};

struct Completion {
  enum class Kind {
    answered,         ///< 2xx; the body is for the operation's reader.
    service_error,    ///< The service refused: `error`.
    transport_error,  ///< No whole answer came: `transport`.
    no_credentials,   ///< Nothing was sent. `pending`: credentials may come.
  };

  CallId id = 0;
  Kind kind = Kind::answered;
  HttpResponse response = {};
  ServiceError error = {};
  HttpError transport = HttpError::none;
  /// What went wrong, in words; empty when answered.
  std::string message = {};
  std::uint64_t bytes_sent = 0;
  bool pending = false;
  /// The service refused the date of the request, and its clock is known now: another try is dated by it.
  bool clock_corrected = false;
  /// The service refused the credentials, and there are other ones by now or there will be.
  bool credentials_renewed = false;
};

/// "aiokpl/<version> libcurl/<version>" and the suffix, without control characters.
[[nodiscard]] std::string user_agent(std::string_view suffix);

/// Calls Kinesis. Each call is signed when it starts, once; nothing is retried. Once an answer has refused the date of
/// a request and told of another one, requests are dated by the service's clock. Every member but `wakeup` is for one
/// thread.
class KinesisClient {
 public:
  explicit KinesisClient(const ClientOptions& options);
  /// The same over a transport of the caller's, which `options.http` does not concern.
  KinesisClient(ClientOptions options, std::unique_ptr<HttpTransport> transport);
  KinesisClient(const KinesisClient&) = delete;
  KinesisClient& operator=(const KinesisClient&) = delete;
  ~KinesisClient();

  /// The body of a PutRecords request in this client's protocol. List and bytes must stay as they are until the
  /// completion is handed out, or the call cancelled. A hash that was made while the body was written saves a walk.
  [[nodiscard]] CallId put_records(std::span<const codec::Piece> body, std::size_t size,
                                   std::string_view payload_hash = {});
  /// Read the answer with `read_shard_page`.
  [[nodiscard]] CallId list_shards(const ListShardsRequest& request);
  /// Read the answer with `read_stream_summary`.
  [[nodiscard]] CallId describe_stream_summary(std::string_view stream);
  [[nodiscard]] CallId call(std::string_view operation, const nlohmann::json& request);

  /// The call gives no completion; the service may carry it out all the same.
  void cancel(CallId id);
  /// As HttpTransport::poll. Calls that found no credentials complete in the next poll, which then does not wait.
  void poll(std::chrono::nanoseconds wait, std::vector<Completion>& completed);
  /// Ends a running `poll`, or the wait of the next one. From any thread.
  void wakeup() noexcept;

  /// Calls fail for want of credentials that may still come.
  [[nodiscard]] bool awaits_credentials() const;
  /// As CredentialsProvider::set_listener: called when `awaits_credentials` may say otherwise.
  void set_credentials_listener(const std::function<void()>& listener);

  [[nodiscard]] std::size_t in_flight() const noexcept;
  [[nodiscard]] WireProtocol protocol() const noexcept;
  [[nodiscard]] const Endpoint& endpoint() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiokpl::aws
