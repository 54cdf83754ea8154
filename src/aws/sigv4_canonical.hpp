#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/sigv4.hpp"

/// The steps of Signature Version 4 that signing and checking share.
namespace aiokpl::aws::sigv4 {

using Digest = std::array<unsigned char, 32>;

/// A header in canonical form: lower-case name, value trimmed with runs of spaces made one.
struct CanonicalHeader {
  std::string name;
  std::string value;
};

/// Sorted by name; the values of a header that stands several times are joined by commas, in order.
[[nodiscard]] std::vector<CanonicalHeader> canonical_headers(std::span<const HeaderView> headers);
[[nodiscard]] std::string canonical_path(std::string_view path);
[[nodiscard]] std::string canonical_query(std::string_view query);
/// "host;x-amz-date;..."
[[nodiscard]] std::string signed_header_names(std::span<const CanonicalHeader> headers);
[[nodiscard]] std::string canonical_request(const SignatureInput& request, std::span<const CanonicalHeader> headers,
                                            std::string_view signed_names);
/// "20150830/us-east-1/kinesis/aws4_request"
[[nodiscard]] std::string credential_scope(std::string_view date, std::string_view region, std::string_view service);

[[nodiscard]] Digest hmac_sha256(std::span<const unsigned char> key, std::string_view text);
[[nodiscard]] Digest derive_key(std::string_view secret, std::string_view date, std::string_view region,
                                std::string_view service);
/// The signature, in lower-case hex.
[[nodiscard]] std::string signature(const Digest& key, std::string_view timestamp, std::string_view scope,
                                    std::string_view canonical);
[[nodiscard]] std::string hex(std::span<const unsigned char> bytes);

inline constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

}  // namespace aiokpl::aws::sigv4
