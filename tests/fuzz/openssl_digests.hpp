#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include <openssl/evp.h>

#include <aiokpl/hash_key.hpp>

#include "tests/fuzz/property.hpp"

/// MD5 and what is made of it, without our own MD5.
namespace aiokpl::fuzz {

using Md5 = std::array<unsigned char, 16>;

inline Md5 openssl_md5(codec::Piece bytes) {
  Md5 digest{};
  hold(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_md5(), nullptr) == 1, "OpenSSL has MD5");
  return digest;
}

inline HashKey openssl_hash_key(std::string_view partition_key) {
  const Md5 digest = openssl_md5(std::as_bytes(std::span{partition_key}));
  HashKey key;
  for (std::size_t i = 0; i < 8; ++i) {
    key.high = key.high << 8U | digest[i];
    key.low = key.low << 8U | digest[i + 8];
  }
  return key;
}

}  // namespace aiokpl::fuzz
