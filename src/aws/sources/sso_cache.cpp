#include "aws/sources/sso_cache.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <unistd.h>

#include "aws/document.hpp"
#include "aws/secrets.hpp"
#include "aws/sources/service_calls.hpp"
#include "aws/timestamps.hpp"

namespace aiokpl::aws {
namespace {

std::string sha1_hex(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw CredentialsFailure{"SSO: this machine's OpenSSL has no SHA-1, which names the cached tokens"};
  }
  std::string hex;
  for (unsigned i = 0; i < size; ++i)
    hex.append({digits[digest[i] >> 4U], digits[digest[i] & 15U]});
  return hex;
}

nlohmann::json document_of(const SsoLogin& login, const SsoSettings& settings) {
  // One by one: a list in braces would leave copies of the secrets behind.
  nlohmann::json document;
  document["startUrl"] = settings.start_url;
  document["region"] = settings.region;
  document["accessToken"] = login.access_token;
  document["expiresAt"] = write_timestamp(login.expires);
  document["clientId"] = login.client_id;
  document["clientSecret"] = login.client_secret;
  document["registrationExpiresAt"] = login.registration_expires;
  if (!login.refresh_token.empty()) document["refreshToken"] = login.refresh_token;
  return document;
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(file, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return fsync(file) == 0;
}

}  // namespace

std::string text_member(const nlohmann::json& document, const char* name) {
  if (!document.is_object()) return {};
  const auto found = document.find(name);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string sso_cache_file(const SsoSettings& settings, const Environment& environment) {
  const auto home = environment("HOME");
  if (!home) throw CredentialsFailure{"HOME: must be set, since the SSO token is in its .aws/sso/cache"};
  return *home + "/.aws/sso/cache/" + sha1_hex(settings.session_name.value_or(settings.start_url)) + ".json";
}

SsoLogin read_sso_login(const std::string& file) {
  std::string text = read_secret_file("SSO token", file);
  const WipeAtEnd text_wiped{text};
  nlohmann::json cached = read_document(text, WireProtocol::json).value_or(nlohmann::json{});
  const WipeAtEnd wiped{cached};
  SsoLogin login;
  login.access_token = text_member(cached, "accessToken");
  login.refresh_token = text_member(cached, "refreshToken");
  login.client_id = text_member(cached, "clientId");
  login.client_secret = text_member(cached, "clientSecret");
  login.registration_expires = text_member(cached, "registrationExpiresAt");
  const auto expires = read_timestamp(text_member(cached, "expiresAt"));
  if (!expires || !fits_a_header(login.access_token)) throw CredentialsFailure{"SSO token: " + file + " holds none"};
  login.expires = *expires;
  return login;
}

SsoReplacement::SsoReplacement(std::string file) : file_{std::move(file)}, temporary_{file_ + ".XXXXXX"} {
  opened_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (opened_ < 0) fail(errno);
}

SsoReplacement::~SsoReplacement() {
  close(opened_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void SsoReplacement::put(const SsoLogin& login, const SsoSettings& settings) {
  nlohmann::json document = document_of(login, settings);
  const WipeAtEnd document_wiped{document};
  std::string text = document.dump();
  const WipeAtEnd wiped{text};
  if (!write_all(opened_, text) || std::rename(temporary_.c_str(), file_.c_str()) != 0) fail(errno);
  temporary_.clear();
}

void SsoReplacement::fail(int number) const {
  throw CredentialsFailure{"cannot write " + file_ + ": " + std::system_category().message(number), true};
}

}  // namespace aiokpl::aws
