// One source of credentials, made of arguments and asked once: what it gives, as JSON. For tests, which print secrets.
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "aws/credentials_source.hpp"
#include "aws/timestamps.hpp"
#include "aws/web_call.hpp"

namespace aiokpl::aws {
namespace {

/// The environment's, to assume a role with.
class EnvironmentSource final : public CredentialsSource {
 public:
  Credentials fetch(const FetchContext& context) override {
    const CredentialsOutcome outcome = EnvironmentCredentials{context.environment}.get(context.clock());
    if (!outcome) throw NotConfigured{outcome.reason};
    return *outcome.credentials;
  }
  std::string name() const override { return "environment"; }
};

SourcePtr make_source(const std::vector<std::string>& arguments) {
  const auto argument = [&](std::size_t i) { return i < arguments.size() ? arguments[i] : std::string{}; };
  AssumeRoleSettings role{.role_arn = argument(1), .session_name = argument(2)};
  if (argument(0) == "assume-role") {
    if (!argument(3).empty()) role.external_id = argument(3);
    role.duration = std::chrono::hours{2};
    return assume_role_source(role, std::make_shared<EnvironmentSource>());
  }
  if (argument(0) == "web-identity") return web_identity_source({.role = role, .token_file = argument(3)});
  throw std::invalid_argument{
      "usage: credentials_probe assume-role ARN [SESSION [EXTERNAL_ID]] | web-identity ARN SESSION TOKEN_FILE"};
}

nlohmann::json ask(CredentialsSource& source) {
  FetchContext context;
  context.environment = process_environment();
  context.call = make_web_call({});
  try {
    const Credentials made = source.fetch(context);
    return {{"access_key_id", made.access_key_id},
            {"secret_access_key", made.secret_access_key},
            {"session_token", made.session_token},
            {"expires", made.expires ? write_timestamp(*made.expires) : ""}};
  } catch (const NotConfigured& absent) {
    return {{"not_configured", absent.what()}};
  } catch (const CredentialsFailure& failure) {
    return {{"failure", failure.what()}, {"temporary", failure.temporary()}};
  }
}

}  // namespace
}  // namespace aiokpl::aws

int main(int argc, char** argv) {
  try {
    std::cout << aiokpl::aws::ask(*aiokpl::aws::make_source({argv + 1, argv + argc})) << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
