#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "aws/document.hpp"
#include "aws/secrets.hpp"
#include "aws/sources/service_calls.hpp"
#include "aws/timestamps.hpp"
#include "aws/web_url.hpp"

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

class SsoSource final : public CredentialsSource {
 public:
  explicit SsoSource(SsoSettings settings) : settings_{std::move(settings)} {}

  Credentials fetch(const FetchContext& context) override {
    require_settings();
    const std::string url = portal_url(context.environment);
    std::string token = cached_token(context);
    const WipeAtEnd wiped{token};
    WebRequest request;
    request.url = url;
    request.headers.push_back("x-amz-sso_bearer_token: " + token);  // a list in braces would leave a copy behind
    request.stop = context.stop;
    const WebAnswer answer = context.call(request);
    if (answer.status == 401) throw CredentialsFailure{name() + ": the portal refuses the token: " + advice()};
    const Credentials made = credentials_of(name(), answer, CredentialsForm::portal, {token});
    require_fresh(name(), made, context);
    return made;
  }

  std::string name() const override {
    return "SSO portal, account " + settings_.account_id + ", role " + settings_.role_name;
  }

 private:
  void require_settings() const {
    const auto require = [](const std::string& value, const char* setting) {
      if (value.empty()) throw CredentialsFailure{std::string{setting} + ": must be given for SSO"};
    };
    require(settings_.start_url, "sso_start_url");
    require(settings_.region, "sso_region");
    require(settings_.account_id, "sso_account_id");
    require(settings_.role_name, "sso_role_name");
  }

  std::string portal_url(const Environment& environment) const {
    std::string base = "https://";
    if (const auto configured = configured_url(environment, "AWS_ENDPOINT_URL_SSO", std::nullopt)) {
      const auto url = read_web_url(configured->url);
      if (!url || !url->query.empty()) {
        throw CredentialsFailure{configured->setting + ": must be an http or https URL"};
      }
      base = configured->url;
      while (base.ends_with('/'))
        base.pop_back();
    } else {
      base += regional_host("portal.sso", settings_.region);
    }
    return base + "/federation/credentials?role_name=" + percent_encoded(settings_.role_name) +
           "&account_id=" + percent_encoded(settings_.account_id);
  }

  /// A session's token is named by the session, a token from before there were sessions by the start URL.
  std::string cache_file(const Environment& environment) const {
    const auto home = environment("HOME");
    if (!home) throw CredentialsFailure{"HOME: must be set, since the SSO token is in its .aws/sso/cache"};
    return *home + "/.aws/sso/cache/" + sha1_hex(settings_.session_name.value_or(settings_.start_url)) + ".json";
  }

  std::string cached_token(const FetchContext& context) const {
    const std::string file = cache_file(context.environment);
    std::optional<nlohmann::json> cached;
    try {
      std::string text = read_secret_file("SSO token", file);
      const WipeAtEnd wiped{text};
      cached = read_document(text, WireProtocol::json);
    } catch (const CredentialsFailure& failure) {
      throw CredentialsFailure{std::string{failure.what()} + ": " + advice()};
    }
    if (!cached) cached.emplace();
    const WipeAtEnd wiped{*cached};
    const auto text_of = [&cached](const char* member) {
      const auto found = cached->is_object() ? cached->find(member) : cached->end();
      return found != cached->end() && found->is_string() ? found->get<std::string>() : std::string{};
    };
    const auto expires = read_timestamp(text_of("expiresAt"));
    std::string token = text_of("accessToken");
    if (!expires || !fits_a_header(token)) {
      wipe(token);
      throw CredentialsFailure{"SSO token: " + file + " holds none: " + advice()};
    }
    if (*expires <= context.clock()) {
      wipe(token);
      throw CredentialsFailure{"SSO token: the one in " + file + " expired at " + write_timestamp(*expires) + ": " +
                               advice()};
    }
    return token;
  }

  std::string advice() const {
    return "run `aws sso login" + (settings_.session_name ? " --sso-session " + *settings_.session_name : "") + "`";
  }

  SsoSettings settings_;
};

}  // namespace

SourcePtr sso_source(SsoSettings settings) {
  return std::make_shared<SsoSource>(std::move(settings));
}

}  // namespace aiokpl::aws
