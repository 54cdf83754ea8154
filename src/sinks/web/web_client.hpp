#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/config.hpp>

#include "aws/environment.hpp"
#include "aws/http_client.hpp"

namespace aiokpl::sinks {

/// What a sink shares of its producer's way into the network: timeouts, proxies, authorities, whether certificates are
/// checked. `tls` and `profile_ca_bundle`: as for detail::http_options; a profile concerns sinks that speak to AWS.
/// Throws ConfigError that names each wrong setting. One connection is enough for a sink.
[[nodiscard]] aws::HttpOptions http_options(const Config& producer, const aws::Environment& environment,
                                            bool tls = true,
                                            const std::optional<std::string>& profile_ca_bundle = std::nullopt);

/// POSTs one request and waits for its end. For one thread at a time.
class WebClient {
 public:
  explicit WebClient(aws::HttpOptions options);

  /// `headers` as "Name: value". A transport error is in the completion, as an answer is.
  [[nodiscard]] aws::HttpCompletion post(std::string url, std::vector<std::string> headers, std::string_view body);

 private:
  aws::HttpClient client_;
};

/// A request's end in a few words: the transport's error, or the status and the beginning of the answer's body.
[[nodiscard]] std::string describe(const aws::HttpCompletion& completion);

}  // namespace aiokpl::sinks
