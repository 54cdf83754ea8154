#include <memory>
#include <utility>

#include "aws/secrets.hpp"
#include "aws/sources/service_calls.hpp"
#include "aws/sources/sso_token.hpp"
#include "aws/web_url.hpp"

namespace aiokpl::aws {
namespace {

class SsoSource final : public CredentialsSource {
 public:
  explicit SsoSource(SsoSettings settings) : settings_{std::move(settings)} {}

  Credentials fetch(const FetchContext& context) override {
    require_settings();
    const std::string url = portal_url(context.environment);
    std::string token = token_.get(context);
    const WipeAtEnd wiped{token};
    WebRequest request;
    request.url = url;
    request.headers.push_back("x-amz-sso_bearer_token: " + token);  // a list in braces would leave a copy behind
    request.stop = context.stop;
    const WebAnswer answer = context.call(request);
    if (answer.status == 401) {
      throw CredentialsFailure{name() + ": the portal refuses the token: " + how_to_log_in(settings_)};
    }
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
    const Endpoint endpoint =
        endpoint_for(Service::sso, settings_.region, settings_.endpoint_url, settings_.switches, environment);
    return url_below(endpoint, "/federation/credentials?role_name=" + percent_encoded(settings_.role_name) +
                                   "&account_id=" + percent_encoded(settings_.account_id));
  }

  SsoSettings settings_;
  SsoToken token_{settings_};
};

}  // namespace

SourcePtr sso_source(SsoSettings settings) {
  return std::make_shared<SsoSource>(std::move(settings));
}

}  // namespace aiokpl::aws
