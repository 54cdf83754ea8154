#include "aws/secrets.hpp"

#include <cstddef>

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

#include "aws/credentials_source.hpp"
#include "codec/utf8.hpp"

namespace aiokpl::aws {
namespace {

constexpr std::size_t longest_quote = 300;

}  // namespace

void wipe(std::string& secret) noexcept {
  // A shorter value may have been assigned over a longer one: what lies between size and capacity goes too. Growing
  // within the capacity does not allocate.
  secret.resize(secret.capacity());
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

void wipe(nlohmann::json& document) noexcept {
  if (document.is_string()) wipe(document.get_ref<std::string&>());
  if (!document.is_structured()) return;
  for (auto& element : document)
    wipe(element);
}

WebRequest::~WebRequest() {
  for (std::string& line : headers)
    wipe(line);
  wipe(body);
}

WebAnswer::~WebAnswer() {
  wipe(body);
}

void hide(std::string& text, std::string_view secret, std::string_view by) {
  if (secret.empty()) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + by.size()))
    text.replace(at, secret.size(), by);
}

std::string quotable(std::string_view words, std::initializer_list<std::string_view> secrets) {
  std::string text{words};
  const WipeAtEnd wiped{text};
  for (const std::string_view secret : secrets) {
    hide(text, secret, "***");
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7F') c = ' ';
  }
  if (!codec::valid_utf8(text)) return "(words that are no UTF-8)";
  if (text.size() <= longest_quote) return std::string{text};
  std::size_t end = longest_quote;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80)
    --end;  // not within a character
  return text.substr(0, end) + "...";
}

bool fits_a_header(std::string_view value) noexcept {
  for (const char c : value) {
    if (c <= ' ' || c >= '\x7F') return false;
  }
  return !value.empty();
}

}  // namespace aiokpl::aws
