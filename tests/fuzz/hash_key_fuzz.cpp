// Decimal hash keys beside OpenSSL's numbers, and the hash keys of partition keys beside OpenSSL's MD5.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <openssl/bn.h>
#include <openssl/crypto.h>

#include "codec/md5_lanes.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/openssl_digests.hpp"

namespace aiokpl::fuzz {
namespace {

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

/// Nothing for what is no decimal of one to `most` digits.
Number to_number(const std::string& text, std::size_t most) {
  Number number{nullptr, &BN_free};
  if (text.empty() || text.size() > most || text.find_first_not_of("0123456789") != std::string::npos) return number;
  BIGNUM* raw = nullptr;
  hold(BN_dec2bn(&raw, text.c_str()) == static_cast<int>(text.size()), "OpenSSL reads decimals");
  number.reset(raw);
  return number;
}

std::string to_text(const Number& number) {
  const std::unique_ptr<char, void (*)(char*)> text{BN_bn2dec(number.get()), [](char* p) { OPENSSL_free(p); }};
  return text.get();
}

HashKey to_hash_key(const Number& number) {
  std::array<unsigned char, 16> bytes{};
  hold(BN_bn2binpad(number.get(), bytes.data(), 16) == 16, "128 bits are enough");
  HashKey key;
  for (std::size_t i = 0; i < 8; ++i) {
    key.high = key.high << 8U | bytes[i];
    key.low = key.low << 8U | bytes[i + 8];
  }
  return key;
}

void check_decimal(const std::string& text) {
  const auto key = HashKey::from_decimal(text);
  const Number number = to_number(text, 60);
  const bool good = number && BN_num_bits(number.get()) <= 128 && to_text(number) == text;
  hold(key.has_value() == good, "decimals without leading zeros below 2^128 are hash keys");
  if (!key) return;
  hold(*key == to_hash_key(number), "a decimal means its number");
  hold(key->to_decimal() == text, "a hash key is written as it was read");
}

void check_number(HashKey key) {
  const std::string text = key.to_decimal();
  hold(HashKey::from_decimal(text) == key, "a written hash key reads back equal");
  check_decimal(text);
}

void check_lanes(FuzzInput& input) {
  std::vector<std::string_view> keys;
  while (!input.empty())
    keys.push_back(input.flip() ? input.long_text() : input.text());
  std::vector<HashKey> hashed(keys.size());
  codec::md5_hash_keys(keys, hashed);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    hold(hashed[i] == openssl_hash_key(keys[i]), "keys hashed side by side hash as OpenSSL has it");
    hold(md5_hash_key(keys[i]) == hashed[i], "one by one too");
  }
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aiokpl::fuzz;
  check_decimal({reinterpret_cast<const char*>(data), size});
  FuzzInput input{data, size};
  check_number({input.number(), input.number()});
  check_lanes(input);
  return 0;
}
