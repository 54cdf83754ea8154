#include "aws/web_url.hpp"

#include <algorithm>
#include <charconv>

#include "aws/curl_url.hpp"
#include "aws/secrets.hpp"

namespace aiokpl::aws {
namespace {

/// Host and port as they stand there. libcurl would do with one slash, or with three.
std::optional<std::string_view> authority_of(std::string_view text) {
  constexpr std::string_view mark = "://";
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos || text.find_first_of(":/") != at) return std::nullopt;
  text.remove_prefix(at + mark.size());
  text = text.substr(0, text.find_first_of("/?#"));
  return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

std::string WebUrl::authority() const {
  const bool usual = port == (scheme == "https" ? 443 : 80);
  return usual ? host : host + ":" + std::to_string(port);
}

std::optional<WebUrl> read_web_url(std::string_view text) {
  // What libcurl decodes in a host it would read as another host the next time.
  const auto authority = authority_of(text);
  if (!fits_a_header(text) || !authority || authority->find('%') != std::string_view::npos) return std::nullopt;
  const CurlUrl parsed{std::string{text}};
  if (!parsed) return std::nullopt;
  WebUrl url;
  url.scheme = parsed.part(CURLUPART_SCHEME);
  url.host = parsed.part(CURLUPART_HOST);
  url.path = parsed.part(CURLUPART_PATH);
  url.query = parsed.part(CURLUPART_QUERY);
  const std::string port = parsed.part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  const bool web = url.scheme == "http" || url.scheme == "https";
  const bool plain = parsed.part(CURLUPART_USER).empty() && parsed.part(CURLUPART_PASSWORD).empty() &&
                     parsed.part(CURLUPART_FRAGMENT).empty();
  const bool named = !url.host.empty() && url.port != 0;
  if (!web || !plain || !named) return std::nullopt;
  return url;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      encoded += c;
    } else {
      encoded.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
  }
  return encoded;
}

}  // namespace aiokpl::aws
