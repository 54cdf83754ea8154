#include <algorithm>
#include <string_view>

#include "aws/authorities.hpp"
#include "aws/http_transfer.hpp"

/// What is wrong with a certificate, in words.
namespace aiokpl::aws {
namespace {

/// OpenSSL's verdicts, which are part of its interface; a libcurl over another library gives none of them.
enum Verdict : long {
  unspecified = 1,  // where it was not the chain that libcurl took offence at
  not_yet_valid = 9,
  expired = 10,
  self_signed = 18,
  self_signed_in_chain = 19,
  unknown_issuer = 20,
  unknown_signer = 21,
};

long verdict_of(CURL* easy) {
  long verdict = 0;
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
  return verdict;
}

bool names_nobody_known(long verdict) {
  return verdict >= self_signed && verdict <= unknown_signer;
}

/// "localhost, 127.0.0.1", from "DNS:localhost, IP Address:127.0.0.1". Nothing unprintable: a stranger wrote it.
std::string without_kinds(std::string_view names) {
  std::string text;
  while (!names.empty()) {
    std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    const std::size_t colon = name.find(':');
    name.remove_prefix(colon == std::string_view::npos ? 0 : colon + 1);
    text.append(text.empty() ? "" : ", ").append(name);
  }
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  constexpr std::size_t shown = 300;
  if (text.size() > shown) text.replace(shown, std::string::npos, "...");
  return text;
}

/// The names that the server's own certificate is for; nothing when libcurl does not tell.
std::string names_in_certificate(CURL* easy) {
  curl_certinfo* info = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == nullptr || info->num_of_certs < 1) {
    return {};
  }
  constexpr std::string_view field = "X509v3 Subject Alternative Name:";
  for (const curl_slist* entry = *info->certinfo; entry != nullptr; entry = entry->next) {
    const std::string_view line{entry->data};
    if (line.starts_with(field)) return without_kinds(line.substr(field.size()));
  }
  return {};
}

std::string no_authorities() {
  return "no certificate authorities were found: neither ca_bundle, AWS_CA_BUNDLE nor SSL_CERT_FILE is set, and none "
         "of " +
         usual_places_of_authorities() + " is there";
}

}  // namespace

std::string Transfer::explain_tls(CURLcode result, const std::string& words) const {
  const std::string beginning = "no TLS with " + target_.host_and_port + ": ";
  const long verdict = verdict_of(handle());
  const bool unknown = names_nobody_known(verdict) || result == CURLE_SSL_CACERT_BADFILE;
  if (unknown && !options_.ca_bundle && !system_authorities()) return beginning + no_authorities();
  const std::string trusted = options_.ca_bundle ? *options_.ca_bundle : "the system's authorities";
  switch (verdict) {
    case expired:
      return beginning + "the certificate has expired (or the clock of this machine is wrong)";
    case not_yet_valid:
      return beginning + "the certificate is not yet valid (or the clock of this machine is wrong)";
    case self_signed:
      return beginning + "the certificate is self-signed, and is not in " + trusted;
    case self_signed_in_chain:
    case unknown_issuer:
    case unknown_signer:
      return beginning + "the certificate is of an authority that is not in " + trusted;
    default:
      break;
  }
  const bool other_name = verdict <= unspecified && result == CURLE_PEER_FAILED_VERIFICATION;
  const std::string names = other_name ? names_in_certificate(handle()) : std::string{};
  if (!names.empty()) return beginning + "the certificate is for other names: " + names;
  return beginning + words;
}

}  // namespace aiokpl::aws
