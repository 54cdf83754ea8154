// Base64 beside OpenSSL's: what we read is exactly what we would have written.
#include <cstdint>
#include <string>
#include <vector>

#include <openssl/evp.h>

#include "codec/base64.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

std::string openssl_base64(std::string_view bytes) {
  std::string text(codec::base64_size(bytes.size()) + 1, '\0');  // EVP_EncodeBlock ends it with a zero
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

void check_reading(std::string_view text) {
  const auto size = codec::base64_decoded_size(text);
  const auto bytes = codec::from_base64(text);
  if (!bytes) return;
  hold(size == bytes->size(), "the size is known beforehand");
  hold(openssl_base64(*bytes) == text, "no two texts mean the same bytes");
}

void check_writing(FuzzInput& input) {
  std::vector<codec::Piece> pieces;
  std::string whole;
  while (!input.empty()) {
    const std::string_view piece = input.text();
    pieces.push_back(std::as_bytes(std::span{piece}));
    whole += piece;
  }
  const std::string wanted = openssl_base64(whole);
  // Exactly as large as it has to be, so that a byte too many is seen.
  std::vector<char> out(codec::base64_size(whole.size()));
  const char* const end = codec::write_base64(out.data(), pieces);
  hold(end == out.data() + out.size() && std::string_view{out.data(), out.size()} == wanted,
       "pieces are written as one message");
  std::string appended = "before";
  codec::append_base64(whole, appended);
  hold(appended == "before" + wanted, "appended, it is the same");
  hold(codec::from_base64(wanted) == whole, "what is written reads back equal");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::check_reading({reinterpret_cast<const char*>(data), size});
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check_writing(input);
  return 0;
}
