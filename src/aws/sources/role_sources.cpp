#include <array>
#include <span>
#include <utility>

#include "aws/secrets.hpp"
#include "aws/sigv4.hpp"
#include "aws/sources/service_calls.hpp"
#include "aws/sources/sts_call.hpp"
#include "aws/web_url.hpp"

/// Both ways to assume a role: with credentials, and with the token of an identity provider.
namespace aiokpl::aws {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded; charset=utf-8";

WebRequest post_form(const Endpoint& endpoint, std::string body, const FetchContext& context) {
  WebRequest request;
  request.method = "POST";
  request.url = endpoint.url();
  request.headers = {std::string{"Content-Type: "}.append(form_type)};
  request.body.swap(body);
  request.stop = context.stop;
  return request;
}

void sign(WebRequest& request, const Endpoint& endpoint, const Credentials& base, const FetchContext& context) {
  const std::string host = endpoint.authority();
  const codec::Piece body = std::as_bytes(std::span{request.body});
  const std::string hash = sha256_hex({&body, 1});
  const std::array<HeaderView, 2> headers{HeaderView{"Host", host}, HeaderView{"Content-Type", form_type}};
  Signer signer{endpoint.region, "sts"};
  SignatureHeaders made =
      signer.sign({.path = endpoint.path, .headers = headers, .payload_hash = hash}, base, context.clock());
  const WipeAtEnd wiped{made.x_amz_security_token};
  request.headers.push_back("X-Amz-Date: " + made.x_amz_date);
  request.headers.push_back("Authorization: " + made.authorization);
  if (!made.x_amz_security_token.empty()) {
    request.headers.push_back("X-Amz-Security-Token: " + made.x_amz_security_token);
  }
}

class AssumeRoleSource final : public CredentialsSource {
 public:
  AssumeRoleSource(AssumeRoleSettings settings, SourcePtr base)
      : settings_{std::move(settings)}, base_{std::move(base)} {
    if (!base_) throw std::invalid_argument{"a role is assumed with the credentials of another source"};
  }

  Credentials fetch(const FetchContext& context) override {
    FormFields fields = role_fields(settings_, "AssumeRole", context);
    if (settings_.external_id) fields.emplace_back("ExternalId", *settings_.external_id);
    const Endpoint endpoint = sts_endpoint(settings_, context.environment);
    const Credentials base = base_credentials(context);
    WebRequest request = post_form(endpoint, form_encoded(fields), context);
    sign(request, endpoint, base, context);
    const Credentials made = credentials_of(name(), context.call(request), CredentialsForm::sts,
                                            {base.secret_access_key, base.session_token});
    require_fresh(name(), made, context);
    return made;
  }

  std::string name() const override { return "STS AssumeRole of " + settings_.role_arn; }

 private:
  Credentials base_credentials(const FetchContext& context) {
    try {
      return base_->fetch(context);
    } catch (const NotConfigured& absent) {
      // The role is meant: what it is assumed with has to be there.
      throw CredentialsFailure{name() + ": no credentials to assume it with: " + absent.what()};
    } catch (const CredentialsFailure& failure) {
      throw CredentialsFailure{name() + ": no credentials to assume it with: " + failure.what(), failure.temporary()};
    }
  }

  AssumeRoleSettings settings_;
  SourcePtr base_;
};

class WebIdentitySource final : public CredentialsSource {
 public:
  explicit WebIdentitySource(WebIdentitySettings settings) : settings_{std::move(settings)} {}

  Credentials fetch(const FetchContext& context) override {
    FormFields fields = role_fields(settings_.role, "AssumeRoleWithWebIdentity", context);
    const Endpoint endpoint = sts_endpoint(settings_.role, context.environment);
    std::string token = read_secret_file("web_identity_token_file", settings_.token_file);
    const WipeAtEnd wiped{token};
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r'))
      token.pop_back();
    if (!fits_a_header(token)) {
      throw CredentialsFailure{"web_identity_token_file: " + settings_.token_file + " holds no token", true};
    }
    std::string form = form_encoded(fields);
    form.reserve(form.size() + 3 * token.size() + 32);  // so that no copy is left behind
    form.append("&WebIdentityToken=");
    std::string encoded = percent_encoded(token);
    const WipeAtEnd encoded_wiped{encoded};
    form.append(encoded);
    const WebRequest request = post_form(endpoint, std::move(form), context);
    const Credentials made = credentials_of(name(), context.call(request), CredentialsForm::sts, {token});
    require_fresh(name(), made, context);
    return made;
  }

  std::string name() const override { return "STS AssumeRoleWithWebIdentity of " + settings_.role.role_arn; }

 private:
  WebIdentitySettings settings_;
};

}  // namespace

SourcePtr assume_role_source(AssumeRoleSettings settings, SourcePtr base) {
  return std::make_shared<AssumeRoleSource>(std::move(settings), std::move(base));
}

SourcePtr web_identity_source(WebIdentitySettings settings) {
  return std::make_shared<WebIdentitySource>(std::move(settings));
}

}  // namespace aiokpl::aws
