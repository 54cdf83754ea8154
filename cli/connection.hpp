#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "aws/environment.hpp"
#include "aws/kinesis_api.hpp"

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// Which service to talk to, by the flags that the AWS CLI has for it.
struct Connection {
  std::string region = {};
  std::optional<std::string> endpoint_url = std::nullopt;
  std::optional<std::string> profile = std::nullopt;
  std::optional<std::string> ca_bundle = std::nullopt;
  std::optional<bool> use_fips_endpoint = std::nullopt;
  std::optional<bool> use_dualstack_endpoint = std::nullopt;
  /// Without a host: the environment's.
  aws::ProxyFields proxy = {};
  bool no_verify_ssl = false;
  /// Have no flags: everybody on a machine can read its command lines.
  std::optional<std::string> access_key_id = std::nullopt;
  std::optional<std::string> secret_access_key = std::nullopt;
  std::optional<std::string> session_token = std::nullopt;
};

/// `--endpoint-url`, `--region`, `--profile`, `--no-verify-ssl`, `--ca-bundle`, FIPS and dual stack (`--use-...`), and
/// the proxy (`--proxy-...`). `connection` must outlive the parsing.
void add_connection_flags(CLI::App& command, Connection& connection);

/// Throws CommandError with one line that says what to do: usage for what cannot be used as it was given (a profile, a
/// URL, a CA bundle that cannot be read), nothing_done without region or credentials. Where nothing names a
/// region that is needed, the instance is asked for it.
[[nodiscard]] aws::ClientOptions client_options(const Connection& connection, const aws::Environment& environment);

/// The same, made ready for calls. It speaks CBOR whatever the environment says, so that Data is a binary value and
/// times are milliseconds since 1970.
[[nodiscard]] aws::KinesisApi make_kinesis_api(const Connection& connection);

/// One line that says what a failed call means. The status is nothing_done.
[[nodiscard]] std::string explain(std::string_view operation, const aws::ServiceException& refused);

/// Calls, and throws CommandError (nothing_done) with such a line for everything that may go wrong.
[[nodiscard]] nlohmann::json call_service(aws::KinesisApi& api, std::string_view operation,
                                          const nlohmann::json& request);

}  // namespace aiokpl::cli
