#include "aws/sigv4_canonical.hpp"

#include <algorithm>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "aws/no_fork_here.hpp"
#include "aws/web_url.hpp"
#include "codec/ascii.hpp"

namespace aiokpl::aws::sigv4 {
namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (high && low) {
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::string canonical_value(std::string_view value) {
  std::string out;
  bool space = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      space = !out.empty();
      continue;
    }
    if (space) out += ' ';
    space = false;
    out += c;
  }
  return out;
}

std::span<const unsigned char> bytes(const Digest& digest) {
  return digest;
}

}  // namespace

std::string hex(std::span<const unsigned char> data) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (const unsigned char byte : data) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::vector<CanonicalHeader> canonical_headers(std::span<const HeaderView> headers) {
  std::map<std::string, std::string> by_name;
  for (const HeaderView& header : headers) {
    std::string value = canonical_value(header.value);
    const auto [known, added] = by_name.try_emplace(codec::to_lower(header.name));
    if (added) {
      known->second = std::move(value);  // nobody would wipe what is left of a session token here
    } else {
      known->second.append(",").append(value);
    }
  }
  std::vector<CanonicalHeader> sorted;
  sorted.reserve(by_name.size());
  for (auto& [name, value] : by_name)
    sorted.push_back({name, std::move(value)});
  return sorted;
}

std::string canonical_path(std::string_view path) {
  // Segments "." and ".." are resolved and empty ones dropped; then every service but S3 encodes what is encoded once
  // already a second time.
  std::vector<std::string_view> kept;
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
    start = end + 1;
  }
  std::string out;
  for (const std::string_view segment : kept)
    out.append("/").append(percent_encoded(segment));
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (std::size_t start = 0; start < query.size();) {
    const std::size_t end = std::min(query.find('&', start), query.size());
    const std::string_view parameter = query.substr(start, end - start);
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string_view value = equals < parameter.size() ? parameter.substr(equals + 1) : std::string_view{};
    if (!parameter.empty()) {
      parameters.emplace_back(percent_encoded(decode(parameter.substr(0, equals))), percent_encoded(decode(value)));
    }
    start = end + 1;
  }
  std::ranges::sort(parameters);
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string signed_header_names(std::span<const CanonicalHeader> headers) {
  std::string names;
  for (const CanonicalHeader& header : headers) {
    if (!names.empty()) names += ';';
    names += header.name;
  }
  return names;
}

std::string canonical_request(const SignatureInput& request, std::span<const CanonicalHeader> headers,
                              std::string_view signed_names) {
  std::string out;
  out.append(request.method).append("\n");
  out.append(canonical_path(request.path)).append("\n");
  out.append(canonical_query(request.query)).append("\n");
  for (const CanonicalHeader& header : headers)
    out.append(header.name).append(":").append(header.value).append("\n");
  out.append("\n").append(signed_names).append("\n").append(request.payload_hash);
  return out;
}

std::string credential_scope(std::string_view date, std::string_view region, std::string_view service) {
  std::string scope;
  scope.append(date).append("/").append(region).append("/").append(service).append("/aws4_request");
  return scope;
}

Digest hmac_sha256(std::span<const unsigned char> key, std::string_view text) {
  const NoForkHere here;  // the algorithm is looked up in tables that all threads share
  Digest digest{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), digest.data(), &size) == nullptr) {
    throw std::bad_alloc{};  // nothing else can go wrong with these arguments
  }
  return digest;
}

Digest derive_key(std::string_view secret, std::string_view date, std::string_view region, std::string_view service) {
  std::string start = "AWS4";
  start.reserve(4 + secret.size());  // so that growing leaves no copy of the secret behind
  start += secret;
  Digest key = hmac_sha256({reinterpret_cast<const unsigned char*>(start.data()), start.size()}, date);
  OPENSSL_cleanse(start.data(), start.size());
  for (const std::string_view step : {region, service, std::string_view{"aws4_request"}}) {
    key = hmac_sha256(bytes(key), step);
  }
  return key;
}

std::string signature(const Digest& key, std::string_view timestamp, std::string_view scope,
                      std::string_view canonical) {
  const codec::Piece piece = std::as_bytes(std::span{canonical});
  std::string to_sign{algorithm};
  to_sign.append("\n").append(timestamp).append("\n").append(scope).append("\n").append(sha256_hex({&piece, 1}));
  return hex(bytes(hmac_sha256(bytes(key), to_sign)));
}

}  // namespace aiokpl::aws::sigv4
