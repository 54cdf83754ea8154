#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/credentials.hpp"
#include "aws/environment.hpp"

namespace aiokpl::aws {

/// A call of a small service (STS, instance metadata, a container's agent, the SSO portal) and its answer.
struct WebRequest {
  std::string method = "GET";
  std::string url = {};
  std::vector<std::string> headers = {};  ///< "Name: value"
  std::string body = {};
  std::chrono::milliseconds timeout{5'000};
  /// Never through a proxy: link-local addresses and containers' agents.
  bool direct = false;
  /// Gives up at once when it is asked to.
  std::stop_token stop = {};

  /// Wipes headers and body: they hold tokens.
  ~WebRequest();
};
/// The destructor wipes the body.
struct WebAnswer {
  int status = 0;  ///< 0: there was no whole answer, and `problem` says why.
  std::string body = {};
  std::string problem = {};

  ~WebAnswer();
};
/// Makes the call and waits for its end. Any thread but the engine's.
using WebCall = std::function<WebAnswer(const WebRequest&)>;

/// What a source may use. Tests bring their own.
struct FetchContext {
  Environment environment;
  WebCall call;
  std::function<std::chrono::system_clock::time_point()> clock = [] { return std::chrono::system_clock::now(); };
  /// Ends a fetch that is under way, which then fails.
  std::stop_token stop = {};
};

/// The source is not configured here: a chain asks the next one.
class NotConfigured : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// The source is meant, and could not give credentials, now (`temporary`: the service was busy or away) or at all: a
/// chain stops here. The words name what was asked, and never hold a secret.
class CredentialsFailure : public std::runtime_error {
 public:
  explicit CredentialsFailure(const std::string& what, bool temporary = false)
      : std::runtime_error{what}, temporary_{temporary} {}
  [[nodiscard]] bool temporary() const noexcept { return temporary_; }

 private:
  bool temporary_;
};

/// One way to get credentials. It may take long and block: never called on the thread that sends. For one thread at a
/// time.
class CredentialsSource {
 public:
  CredentialsSource() = default;
  CredentialsSource(const CredentialsSource&) = delete;
  CredentialsSource& operator=(const CredentialsSource&) = delete;
  virtual ~CredentialsSource() = default;

  /// Throws NotConfigured or CredentialsFailure.
  [[nodiscard]] virtual Credentials fetch(const FetchContext& context) = 0;
  /// "instance metadata", "profile prod: assume role": for messages.
  [[nodiscard]] virtual std::string name() const = 0;
};
using SourcePtr = std::shared_ptr<CredentialsSource>;

// The kinds that are made of settings; who reads the settings (profiles, environment) makes them.

/// What a profile says of the endpoints of STS and SSO; the environment wins.
struct EndpointSwitches {
  std::optional<bool> use_fips = std::nullopt;
  std::optional<bool> use_dualstack = std::nullopt;
  std::optional<bool> ignore_configured_endpoint_urls = std::nullopt;
};

/// STS AssumeRole, signed with what `base` gives.
struct AssumeRoleSettings {
  std::string role_arn;
  std::string session_name = {};  ///< 2 to 64 letters, digits or of _+=,.@- Empty: one is made up.
  std::optional<std::string> external_id = std::nullopt;
  std::optional<std::chrono::seconds> duration = std::nullopt;  ///< 900 s to 43,200 s; absent: STS decides.
  std::string region = {};  ///< Of STS; empty: AWS_REGION, AWS_DEFAULT_REGION, else the global endpoint.
  /// Wins over AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL: not for a profile's, where one of these is set.
  std::optional<std::string> endpoint_url = std::nullopt;
  EndpointSwitches switches = {};
};
[[nodiscard]] SourcePtr assume_role_source(AssumeRoleSettings settings, SourcePtr base);
/// STS AssumeRoleWithWebIdentity; the token file is read anew each time.
struct WebIdentitySettings {
  AssumeRoleSettings role;
  std::string token_file;
};
[[nodiscard]] SourcePtr web_identity_source(WebIdentitySettings settings);
/// GetRoleCredentials of the SSO portal (AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL, or the region's own), with the token
/// that `aws sso login` left in its cache below HOME, which is read anew each time. That of a session is renewed there
/// in its last 15 minutes and afterwards (AWS_ENDPOINT_URL_SSO_OIDC, AWS_ENDPOINT_URL, or the region's own).
struct SsoSettings {
  std::string start_url;
  std::string region;
  std::string account_id;
  std::string role_name;
  std::optional<std::string> session_name = std::nullopt;  ///< Of an sso-session section: names the cached token.
  std::string profile = {};                                ///< For the words that say how to log in.
  /// Of the portal, and of the service that renews tokens; as AssumeRoleSettings::endpoint_url.
  std::optional<std::string> endpoint_url = std::nullopt;
  std::optional<std::string> oidc_endpoint_url = std::nullopt;
  EndpointSwitches switches = {};
};
[[nodiscard]] SourcePtr sso_source(SsoSettings settings);
/// Runs a command that prints credentials as JSON (Version 1). No shell. It has a minute, and its standard error is
/// dropped: it may hold secrets.
[[nodiscard]] SourcePtr process_source(std::string command);
/// ECS and EKS Pod Identity, by AWS_CONTAINER_CREDENTIALS_*.
[[nodiscard]] SourcePtr container_source();
/// IMDSv2, by AWS_EC2_METADATA_*; the two settings are those of a profile, which the environment wins over.
struct MetadataSettings {
  std::optional<std::string> endpoint = std::nullopt;
  std::optional<std::string> endpoint_mode = std::nullopt;  ///< IPv4 or IPv6

  friend bool operator==(const MetadataSettings&, const MetadataSettings&) = default;
};
[[nodiscard]] SourcePtr metadata_source(MetadataSettings settings = {});
/// The region that the instance is in, or in words why that cannot be learned.
struct MetadataRegion {
  std::optional<std::string> region = std::nullopt;
  std::string reason = {};
};
[[nodiscard]] MetadataRegion metadata_region(const FetchContext& context, const MetadataSettings& settings);

}  // namespace aiokpl::aws
