#include "sinks/cloudwatch/answer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/credentials_reader.hpp"
#include "aws/secrets.hpp"

namespace aiokpl::sinks {
namespace {

constexpr std::size_t longest_reason = 400;

/// x-amzn-ErrorType without its namespace and its URL.
std::string_view plain_code(std::string_view type) {
  type = type.substr(0, std::min(type.find(':'), type.find(';')));
  const std::size_t hash = type.rfind('#');
  return hash == std::string_view::npos ? type : type.substr(hash + 1);
}

/// Throttling, and credentials or a clock that will be renewed or set.
bool is_for_later(const CloudWatchError& error) {
  constexpr std::array<std::string_view, 11> codes{"Throttling",
                                                   "ThrottlingException",
                                                   "ThrottledException",
                                                   "RequestThrottled",
                                                   "RequestThrottledException",
                                                   "SlowDown",
                                                   "RequestLimitExceeded",
                                                   "ExpiredToken",
                                                   "RequestExpired",
                                                   "ExpiredTokenException",
                                                   "RequestInTheFuture"};
  if (std::ranges::find(codes, error.code) != codes.end()) return true;
  if (error.code == "TooManyRequestsException" || error.code == "RequestTimeTooSkewed") return true;
  // A wrong clock has the code of a wrong secret.
  return error.code == "SignatureDoesNotMatch" &&
         (error.message.find("Signature expired") != std::string::npos ||
          error.message.find("Signature not yet current") != std::string::npos);
}

std::string fit_to_show(std::string text, const aws::Credentials& credentials) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }, ' ');
  // As it will be shown, but before it is cut: a part of a token would not be found any more.
  aws::hide(text, credentials.session_token, "(session token)");
  aws::hide(text, credentials.secret_access_key, "(secret)");
  if (text.size() > longest_reason) text.resize(longest_reason);
  return text;
}

}  // namespace

CloudWatchError read_error(const aws::HttpResponse& response) {
  aws::ServiceWords said = aws::read_error_words(response.body);
  CloudWatchError error{std::move(said.code), std::move(said.message)};
  if (error.code.empty()) error.code = plain_code(response.error_type);
  return error;
}

Delivery read_answer(const aws::HttpCompletion& completion, const aws::Credentials& signed_with) {
  if (completion.error != aws::HttpError::none) return {Delivery::Verdict::later, completion.error_message};
  const aws::HttpResponse& response = completion.response;
  Delivery delivery{.verdict = verdict_of_status(response.status)};
  if (delivery.verdict == Delivery::Verdict::delivered) return delivery;
  const CloudWatchError error = read_error(response);
  if (is_for_later(error)) delivery.verdict = Delivery::Verdict::later;
  std::string words = error.code;
  if (!error.message.empty()) words += (words.empty() ? "" : ": ") + error.message;
  if (words.empty()) words = response.body;
  delivery.reason = "HTTP status " + std::to_string(response.status);
  if (!words.empty()) delivery.reason += ": " + fit_to_show(std::move(words), signed_with);
  return delivery;
}

}  // namespace aiokpl::sinks
