#include "aws/sources/sso_token.hpp"

#include <cstdint>
#include <utility>

#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "aws/secrets.hpp"
#include "aws/sources/service_calls.hpp"
#include "aws/sources/sso_cache.hpp"
#include "aws/timestamps.hpp"

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds renewed_before_the_end = 15min;
constexpr std::int64_t longest_life = std::int64_t{10} * 366 * 24 * 3600;

nlohmann::json create_token_document(const SsoLogin& login) {
  // One by one: a list in braces would leave copies of the secrets behind.
  nlohmann::json document;
  document["grantType"] = "refresh_token";
  document["clientId"] = login.client_id;
  document["clientSecret"] = login.client_secret;
  document["refreshToken"] = login.refresh_token;
  return document;
}

}  // namespace

SsoLogin::~SsoLogin() {
  wipe(access_token);
  wipe(refresh_token);
  wipe(client_secret);
}

std::string how_to_log_in(const SsoSettings& settings) {
  std::string words = "run `aws sso login";
  if (!settings.profile.empty()) {
    words += " --profile " + settings.profile;
  } else if (settings.session_name) {
    words += " --sso-session " + *settings.session_name;
  }
  return words + "`";
}

std::string SsoToken::get(const FetchContext& context) const {
  const std::string file = sso_cache_file(settings_, context.environment);
  SsoLogin login = cached(file);
  std::string why;
  bool temporary = false;
  if (settings_.session_name && login.expires - context.clock() < renewed_before_the_end) {
    if (const auto refusal = renew(login, file, context)) {
      why = refusal->reason;
      temporary = refusal->temporary;
    }
  }
  if (login.expires > context.clock()) return login.access_token;
  std::string words = "SSO token: the one in " + file + " expired at " + write_timestamp(login.expires);
  if (!why.empty()) words += ", and could not be renewed: " + why;
  throw CredentialsFailure{words + ": " + how_to_log_in(settings_), temporary};
}

SsoLogin SsoToken::cached(const std::string& file) const {
  try {
    return read_sso_login(file);
  } catch (const CredentialsFailure& failure) {
    throw CredentialsFailure{std::string{failure.what()} + ": " + how_to_log_in(settings_)};
  }
}

std::optional<SsoToken::Refusal> SsoToken::renew(SsoLogin& login, const std::string& file,
                                                 const FetchContext& context) const {
  if (login.refresh_token.empty() || login.client_id.empty() || login.client_secret.empty()) {
    return Refusal{"the login left nothing to renew it with"};
  }
  const auto registered_until = read_timestamp(login.registration_expires);
  if (!registered_until) return Refusal{"the login left nothing to renew it with"};
  if (*registered_until <= context.clock()) {
    return Refusal{"its registration expired at " + write_timestamp(*registered_until)};
  }
  try {
    SsoReplacement place{file};
    login = ask(login, context);
    place.put(login, settings_);
    return std::nullopt;
  } catch (const CredentialsFailure& failure) {
    Refusal refusal{failure.what(), failure.temporary()};
    try {
      // A refresh token may be good for one time, and another program may have been quicker.
      const SsoLogin other = read_sso_login(file);
      if (other.expires > login.expires) login = other;
    } catch (const CredentialsFailure& unreadable) {
      refusal.reason.append("; ").append(unreadable.what());
    }
    return refusal;
  }
}

SsoLogin SsoToken::ask(const SsoLogin& login, const FetchContext& context) const {
  const Endpoint endpoint = endpoint_for(Service::sso_oidc, settings_.region, settings_.oidc_endpoint_url,
                                         settings_.switches, context.environment);
  WebRequest request;
  request.method = "POST";
  request.url = url_below(endpoint, "/token");
  request.headers = {"Content-Type: application/json"};
  request.stop = context.stop;
  {
    nlohmann::json document = create_token_document(login);
    const WipeAtEnd wiped{document};
    request.body = document.dump();
  }
  const std::initializer_list<std::string_view> secrets{login.access_token, login.refresh_token, login.client_secret};
  const std::string whom = "CreateToken of " + endpoint.authority();
  const WebAnswer answer = context.call(request);
  if (answer.status != 200) fail_for(whom, answer, secrets);
  auto made = read_document(answer.body, WireProtocol::json);
  if (!made) throw CredentialsFailure{whom + ": the answer is no JSON"};
  const WipeAtEnd wiped{*made};
  SsoLogin renewed = login;
  renewed.access_token = text_member(*made, "accessToken");
  renewed.refresh_token = text_member(*made, "refreshToken");
  const auto lives = made->is_object() ? made->find("expiresIn") : made->end();
  const bool lives_at_all = lives != made->end() && lives->is_number_integer() && lives->get<std::int64_t>() > 0 &&
                            lives->get<std::int64_t>() < longest_life;
  if (!fits_a_header(renewed.access_token) || !lives_at_all) {
    throw CredentialsFailure{whom + ": the answer has no accessToken or no expiresIn"};
  }
  renewed.expires = context.clock() + std::chrono::seconds{lives->get<std::int64_t>()};
  return renewed;
}

}  // namespace aiokpl::aws
