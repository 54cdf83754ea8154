// Signatures: Authorization headers of any shape are read, what the signer signs is found valid, and not any more once
// something of it was changed.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "aws/sigv4.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using aws::HeaderView;
using aws::SignatureVerdict;

void check_any(std::string_view authorization) {
  const std::array headers{HeaderView{"Authorization", authorization}, HeaderView{"host", "h"},
                           HeaderView{"X-Amz-Date", "20260101T000000Z"}};
  const aws::SignatureCheck read = aws::read_authorization(headers);
  if (read.verdict == SignatureVerdict::valid) {
    const aws::Authorization& said = read.authorization;
    hold(!said.access_key_id.empty() && !said.signature.empty(), "what is whole has a key and a signature");
    hold(std::count(said.signed_headers.begin(), said.signed_headers.end(), "host") > 0, "the host is signed");
  } else {
    hold(!read.message.empty(), "a refusal has a message");
  }
  const aws::SignatureCheck checked = aws::verify_signature({.headers = headers, .payload_hash = "hash"}, "secret");
  hold(checked.verdict != SignatureVerdict::valid, "nobody guesses a signature");
}

/// A header's name, of which HTTP allows few characters.
std::string name_of(std::string_view text) {
  std::string name = "x-";
  for (const char c : text.substr(0, 20))
    name += static_cast<char>('a' + static_cast<unsigned char>(c) % 26);
  return name;
}

void check_signed(FuzzInput& input) {
  const aws::Credentials credentials{.access_key_id = "AKID/" + name_of(input.text()),
                                     .secret_access_key = std::string{input.text()},
                                     .session_token = std::string{input.text()}};
  const std::string path = "/" + std::string{input.text()};
  const std::string_view query = input.text();
  std::vector<std::pair<std::string, std::string>> owned{{"Host", "h"}};
  while (!input.empty() && owned.size() < 10)
    owned.emplace_back(name_of(input.text()), input.text());
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : owned)
    headers.push_back({name, value});

  aws::SignatureInput request{.path = path, .query = query, .headers = headers, .payload_hash = "hash"};
  const std::chrono::system_clock::time_point now{std::chrono::seconds{1'790'000'000}};
  aws::Signer signer{"us-east-1", "kinesis"};
  const aws::SignatureHeaders signature = signer.sign(request, credentials, now);
  headers.push_back({"Authorization", signature.authorization});
  headers.push_back({"X-Amz-Date", signature.x_amz_date});
  if (!signature.x_amz_security_token.empty()) {
    headers.push_back({"X-Amz-Security-Token", signature.x_amz_security_token});
  }
  request.headers = headers;
  const std::string& secret = credentials.secret_access_key;
  const aws::SignatureCheck check = aws::verify_signature(request, secret);
  hold(check.verdict == SignatureVerdict::valid, "what was signed is valid");
  hold(check.authorization.access_key_id == credentials.access_key_id, "the key's id comes through");
  hold(aws::verify_signature(request, secret + "x").verdict == SignatureVerdict::mismatch,
       "with another secret it is not");
  request.payload_hash = "another";
  hold(aws::verify_signature(request, secret).verdict == SignatureVerdict::mismatch, "with another body it is not");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aiokpl::fuzz;
  FuzzInput input{data, size};
  if (input.flip()) {
    check_any(input.rest());
  } else {
    check_signed(input);
  }
  return 0;
}
