#include "sinks/web/web_client.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "codec/pieces.hpp"
#include "producer/network_settings.hpp"

namespace aiokpl::sinks {
namespace {

/// No answer to a metrics request is long.
constexpr std::size_t longest_answer = std::size_t{1} << 20;
/// The client's own timeouts end a request; this only bounds one wait.
constexpr std::chrono::seconds longest_wait{1};

}  // namespace

aws::HttpOptions http_options(const Config& producer, const aws::Environment& environment, bool tls,
                              const std::optional<std::string>& profile_ca_bundle) {
  aws::HttpOptions options = detail::http_options(producer, environment, tls, profile_ca_bundle);
  options.max_connections = 1;
  options.max_response_size = longest_answer;
  return options;
}

WebClient::WebClient(aws::HttpOptions options) : client_{std::move(options)} {}

aws::HttpCompletion WebClient::post(std::string url, std::vector<std::string> headers, std::string_view body) {
  const std::array<codec::Piece, 1> pieces{std::as_bytes(std::span{body})};
  const aws::HttpTicket ticket =
      client_.start({.url = std::move(url), .headers = std::move(headers), .body = pieces, .body_size = body.size()});
  std::vector<aws::HttpCompletion> completed;
  for (;;) {
    client_.poll(longest_wait, completed);
    for (aws::HttpCompletion& completion : completed) {
      if (completion.ticket == ticket) return std::move(completion);
    }
    completed.clear();
  }
}

std::string describe(const aws::HttpCompletion& completion) {
  if (completion.error != aws::HttpError::none) return completion.error_message;
  constexpr std::size_t shown = 300;
  std::string text = "HTTP status " + std::to_string(completion.response.status);
  if (!completion.response.body.empty()) text += ": " + completion.response.body.substr(0, shown);
  return text;
}

}  // namespace aiokpl::sinks
