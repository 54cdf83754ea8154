#include <algorithm>
#include <optional>
#include <utility>

#include <openssl/crypto.h>

#include "aws/sigv4.hpp"
#include "aws/sigv4_canonical.hpp"
#include "codec/ascii.hpp"

namespace aiokpl::aws {
namespace {

std::optional<std::string_view> find_header(std::span<const HeaderView> headers, std::string_view lower_name) {
  const auto found = std::ranges::find_if(
      headers, [&](const HeaderView& header) { return codec::to_lower(header.name) == lower_name; });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    parts.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

SignatureCheck refuse(SignatureCheck check, SignatureVerdict verdict, std::string message) {
  check.verdict = verdict;
  check.message = std::move(message);
  return check;
}

bool read_scope(std::string_view credential, Authorization& into) {
  // The key id is all before the last four fields.
  std::vector<std::string> fields = split(credential, '/');
  if (fields.size() < 5 || fields.back() != "aws4_request") return false;
  const std::size_t first = fields.size() - 4;
  into.date = fields[first];
  into.region = fields[first + 1];
  into.service = fields[first + 2];
  for (std::size_t i = 0; i < first; ++i)
    into.access_key_id += (i == 0 ? "" : "/") + fields[i];
  return !into.access_key_id.empty();
}

}  // namespace

SignatureCheck read_authorization(std::span<const HeaderView> headers) {
  SignatureCheck check;
  const auto header = find_header(headers, "authorization");
  if (!header || !header->starts_with(sigv4::algorithm)) {
    return refuse(std::move(check), SignatureVerdict::missing, "Missing Authentication Token");
  }
  bool scope = false;
  for (const std::string& item : split(header->substr(sigv4::algorithm.size()), ',')) {
    const std::string_view part = trim(item);
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = equals < part.size() ? part.substr(equals + 1) : std::string_view{};
    if (name == "Credential") scope = read_scope(value, check.authorization);
    if (name == "SignedHeaders") check.authorization.signed_headers = split(value, ';');
    if (name == "Signature") check.authorization.signature = value;
  }
  const std::vector<std::string>& names = check.authorization.signed_headers;
  if (!scope) {
    return refuse(std::move(check), SignatureVerdict::incomplete,
                  "Authorization header requires a 'Credential' parameter with a whole scope");
  }
  if (check.authorization.signature.empty()) {
    return refuse(std::move(check), SignatureVerdict::incomplete,
                  "Authorization header requires a 'Signature' parameter");
  }
  if (std::ranges::find(names, "host") == names.end()) {
    return refuse(std::move(check), SignatureVerdict::incomplete,
                  "Authorization header requires a 'SignedHeaders' parameter with 'host' in it");
  }
  check.verdict = SignatureVerdict::valid;
  return check;
}

SignatureCheck verify_signature(const SignatureInput& request, const std::string& secret_access_key) {
  SignatureCheck check = read_authorization(request.headers);
  if (check.verdict != SignatureVerdict::valid) return check;
  const auto timestamp = find_header(request.headers, "x-amz-date");
  if (!timestamp || timestamp->size() != 16 || !timestamp->starts_with(check.authorization.date)) {
    return refuse(std::move(check), SignatureVerdict::incomplete,
                  "X-Amz-Date must be there, and of the day that the credential scope names");
  }
  auto all = sigv4::canonical_headers(request.headers);
  std::vector<sigv4::CanonicalHeader> chosen;
  std::string names;
  for (const std::string& name : check.authorization.signed_headers) {
    const auto found = std::ranges::find(all, name, &sigv4::CanonicalHeader::name);
    if (found == all.end()) {
      return refuse(std::move(check), SignatureVerdict::incomplete, "signed header '" + name + "' is not there");
    }
    chosen.push_back(*found);
    names.append(names.empty() ? "" : ";").append(name);
  }
  const Authorization& said = check.authorization;
  const auto key = sigv4::derive_key(secret_access_key, said.date, said.region, said.service);
  const std::string expected =
      sigv4::signature(key, *timestamp, sigv4::credential_scope(said.date, said.region, said.service),
                       sigv4::canonical_request(request, chosen, names));
  if (expected.size() != said.signature.size() ||
      CRYPTO_memcmp(expected.data(), said.signature.data(), expected.size()) != 0) {
    return refuse(std::move(check), SignatureVerdict::mismatch,
                  "The request signature we calculated does not match the signature you provided");
  }
  return check;
}

}  // namespace aiokpl::aws
