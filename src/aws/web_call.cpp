#include "aws/web_call.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <span>
#include <utility>

#include "aws/web_url.hpp"

namespace aiokpl::aws {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t largest_answer = std::size_t{1} << 20;

std::optional<HttpMethod> method_of(std::string_view name) {
  if (name == "GET") return HttpMethod::get;
  if (name == "PUT") return HttpMethod::put;
  if (name == "POST") return HttpMethod::post;
  return std::nullopt;
}

WebAnswer no_answer(std::string problem) {
  WebAnswer answer;
  answer.problem = std::move(problem);
  return answer;
}

WebAnswer await(HttpClient& client, const WebRequest& request, const std::string& whom) {
  const auto end = Clock::now() + request.timeout;
  std::vector<HttpCompletion> completed;
  while (completed.empty()) {
    if (request.stop.stop_requested()) return no_answer("the call of " + whom + " was given up");
    const auto left = end - Clock::now();
    if (left <= left.zero()) {
      return no_answer("no answer of " + whom + " within " + std::to_string(request.timeout.count()) + " ms");
    }
    client.poll(left, completed);
  }
  HttpCompletion& done = completed.front();
  if (done.error != HttpError::none) return no_answer(done.error_message);
  WebAnswer answer;
  answer.status = done.response.status;
  answer.body.swap(done.response.body);
  return answer;
}

WebAnswer make_call(HttpOptions options, const WebRequest& request) {
  const std::optional<HttpMethod> method = method_of(request.method);
  const std::optional<WebUrl> url = read_web_url(request.url);
  if (!method) return no_answer("cannot make a " + request.method);
  if (!url) return no_answer("cannot make a call of what is no http or https URL");
  options.max_connections = 1;
  options.max_response_size = largest_answer;
  options.connect_timeout = request.timeout;
  options.request_timeout = request.timeout;
  const codec::Piece body = std::as_bytes(std::span{request.body});
  HttpClient client{std::move(options)};
  const std::stop_callback wake{request.stop, [&client] { client.wakeup(); }};
  static_cast<void>(client.start({.url = request.url,
                                  .headers = request.headers,
                                  .body = {&body, 1},
                                  .body_size = body.size(),
                                  .method = *method,
                                  .direct = request.direct}));
  return await(client, request, url->authority());
}

}  // namespace

WebCall make_web_call(HttpOptions options) {
  return [options = std::move(options)](const WebRequest& request) {
    try {
      return make_call(options, request);
    } catch (const std::exception& error) {
      return no_answer(error.what());
    }
  };
}

}  // namespace aiokpl::aws
