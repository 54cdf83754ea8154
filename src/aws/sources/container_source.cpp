#include <array>
#include <optional>
#include <utility>

#include "aws/endpoint.hpp"
#include "aws/secrets.hpp"
#include "aws/sources/service_calls.hpp"
#include "aws/web_url.hpp"

namespace aiokpl::aws {
namespace {

constexpr const char* relative_uri = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* full_uri = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* token_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr const char* token_file_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// Who may be asked without TLS: this machine, and the agents of ECS and EKS. Anybody else would be told the token.
bool may_be_asked(const WebUrl& url) {
  constexpr std::array<std::string_view, 3> agents{"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
  if (url.scheme == "https") return true;
  for (const std::string_view agent : agents) {
    if (url.host == agent) return true;
  }
  // Names below localhost are for the resolver to decide.
  return is_loopback_host(url.host) && !url.host.ends_with(".localhost") && !url.host.ends_with('.');
}

class ContainerSource final : public CredentialsSource {
 public:
  Credentials fetch(const FetchContext& context) override {
    WebRequest request = request_for(context.environment);
    std::string token = authorization(context.environment);
    const WipeAtEnd wiped{token};
    if (!token.empty()) request.headers.push_back("Authorization: " + token);
    request.headers.emplace_back("Accept: application/json");
    request.stop = context.stop;
    const Credentials made = credentials_of(name(), context.call(request), CredentialsForm::agent, {token});
    require_fresh(name(), made, context);
    return made;
  }

  std::string name() const override { return "container credentials"; }

 private:
  static WebRequest request_for(const Environment& environment) {
    WebRequest request;
    if (const auto path = environment(relative_uri)) {
      request.url = "http://169.254.170.2" + *path;
      request.direct = true;
      const auto url = read_web_url(request.url);
      if (!path->starts_with('/') || !url || url->host != "169.254.170.2") {
        throw CredentialsFailure{std::string{relative_uri} + ": must be a path such as /v2/credentials/id, got \"" +
                                 quotable(*path) + "\""};
      }
      return request;
    }
    const auto full = environment(full_uri);
    if (!full) throw NotConfigured{std::string{relative_uri} + " or " + full_uri + " in the environment"};
    const auto url = read_web_url(*full);
    if (!url) throw CredentialsFailure{std::string{full_uri} + ": must be an http or https URL"};
    if (!may_be_asked(*url)) {
      throw CredentialsFailure{std::string{full_uri} + ": must be https, or on localhost, 127.0.0.1, [::1], " +
                               "169.254.170.2, 169.254.170.23 or [fd00:ec2::23], got the host \"" +
                               quotable(url->host) + "\""};
    }
    request.url = *full;
    request.direct = url->scheme == "http";
    return request;
  }

  /// Empty when there is none. The file's is replaced while we run: it is read each time.
  static std::string authorization(const Environment& environment) {
    const auto file = environment(token_file_variable);
    std::string token =
        file ? read_secret_file(token_file_variable, *file) : environment(token_variable).value_or(std::string{});
    const bool one_line = token.find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos;
    if (file && token.empty()) {
      throw CredentialsFailure{std::string{token_file_variable} + ": " + *file + " is empty", true};
    }
    if (one_line) return token;
    wipe(token);
    throw CredentialsFailure{file ? std::string{token_file_variable} + ": " + *file + " must hold no line feed"
                                  : std::string{token_variable} + ": must hold no line feed"};
  }
};

}  // namespace

SourcePtr container_source() {
  return std::make_shared<ContainerSource>();
}

}  // namespace aiokpl::aws
