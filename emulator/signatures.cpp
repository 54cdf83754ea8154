#include "emulator/signatures.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <vector>

#include "aws/sigv4.hpp"
#include "emulator/api_error.hpp"

namespace aiokpl::emulator {
namespace {

bool same_name(std::string_view name, std::string_view lower) noexcept {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

/// "20260102T030000Z"
std::optional<std::chrono::system_clock::time_point> read_date(const std::string& text) {
  std::tm parts{};
  const char* const end = strptime(text.c_str(), "%Y%m%dT%H%M%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

void refuse(const aws::SignatureCheck& check) {
  switch (check.verdict) {
    case aws::SignatureVerdict::valid:
      return;
    case aws::SignatureVerdict::missing:
      throw ApiError{"MissingAuthenticationTokenException", "Missing Authentication Token"};
    case aws::SignatureVerdict::incomplete:
      throw ApiError{"IncompleteSignatureException", check.message};
    case aws::SignatureVerdict::mismatch:
      break;
  }
  throw ApiError{"InvalidSignatureException",
                 "The request signature we calculated does not match the signature you provided. Check your AWS "
                 "Secret Access Key and signing method. Consult the service documentation for details."};
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const noexcept {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& entry) { return same_name(entry.first, name); });
  return found == headers.end() ? std::string_view{} : found->second;
}

void verify(const HttpRequest& request, const KeyLookup& keys, std::chrono::system_clock::time_point now) {
  std::vector<aws::HeaderView> headers;
  headers.reserve(request.headers.size());
  for (const auto& [name, value] : request.headers)
    headers.push_back({name, value});
  const aws::SignatureCheck read = aws::read_authorization(headers);
  refuse(read);
  const std::optional<AcceptedKey> key = keys(read.authorization.access_key_id);
  if (!key || (key->session_token && request.header("x-amz-security-token") != *key->session_token)) {
    throw ApiError{"UnrecognizedClientException", "The security token included in the request is invalid."};
  }
  const codec::Piece body = std::as_bytes(std::span{request.body});
  const std::string payload_hash = aws::sha256_hex({&body, 1});
  const std::size_t question = std::min(request.target.find('?'), request.target.size());
  aws::SignatureInput input;
  input.method = request.method;
  input.path = request.target.substr(0, question);
  input.query = request.target.substr(std::min(question + 1, request.target.size()));
  input.headers = headers;
  input.payload_hash = payload_hash;
  refuse(aws::verify_signature(input, key->secret_access_key));
  if (key->expires && *key->expires <= now) {
    throw ApiError{"ExpiredTokenException", "The security token included in the request is expired"};
  }
}

void check_date(const HttpRequest& request, std::chrono::system_clock::time_point now) {
  const auto date = read_date(std::string{request.header("x-amz-date")});
  if (!date) return;  // a signature without one is incomplete
  constexpr std::chrono::minutes allowed{5};
  if (*date + allowed < now) {
    throw ApiError{"InvalidSignatureException", "Signature expired: the request is dated more than 5 min. ago"};
  }
  if (*date > now + allowed) {
    throw ApiError{"InvalidSignatureException",
                   "Signature not yet current: the request is dated more than 5 min. ahead"};
  }
}

std::string http_date(std::chrono::system_clock::time_point time) {
  // By hand: strftime goes by the locale.
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text.data();
}

std::optional<std::string_view> region_of(const HttpRequest& request) noexcept {
  // AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/kinesis/aws4_request, ...
  std::string_view rest = request.header("authorization");
  const std::size_t credential = rest.find("Credential=");
  if (credential == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(credential);
  for (int i = 0; i < 2; ++i) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(slash + 1);
  }
  const std::string_view region = rest.substr(0, rest.find('/'));
  const bool plausible =
      !region.empty() && region.size() <= 32 && std::all_of(region.begin(), region.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
      });
  if (!plausible) return std::nullopt;
  return region;
}

}  // namespace aiokpl::emulator
