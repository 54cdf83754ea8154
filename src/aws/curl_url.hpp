#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include <curl/curl.h>

namespace aiokpl::aws {

/// A URL as libcurl takes it apart.
class CurlUrl {
 public:
  /// `flags` as curl_url_set has them.
  explicit CurlUrl(const std::string& text, unsigned flags = 0)
      : parsed_{curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), flags) == CURLUE_OK} {}

  /// Whether it is a URL.
  [[nodiscard]] explicit operator bool() const noexcept { return parsed_; }
  /// A part of it, or nothing; `flags` as curl_url_get has them. libcurl's copy is wiped: it may be a password.
  [[nodiscard]] std::string part(CURLUPart which, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(url_.get(), which, &text, flags) != CURLUE_OK) return {};
    std::string result{text};
    std::fill_n(static_cast<volatile char*>(text), result.size(), '\0');
    curl_free(text);
    return result;
  }

 private:
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url_{curl_url(), &curl_url_cleanup};
  bool parsed_;
};

}  // namespace aiokpl::aws
