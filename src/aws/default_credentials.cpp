#include <utility>
#include <vector>

#include "aws/credentials.hpp"
#include "aws/profile_chain.hpp"
#include "aws/refreshing_credentials.hpp"
#include "aws/web_call.hpp"

// Which credentials a client signs with.
namespace aiokpl::aws {
namespace {

bool is_given(const std::optional<std::string>& text) {
  return text && !text->empty();
}

/// What takes files, programs or services: asked on a thread of its own.
std::shared_ptr<CredentialsProvider> sources_beyond(const CredentialsSettings& settings,
                                                    const Environment& environment) {
  std::vector<SourcePtr> sources = default_chain({.profile = settings.profile}, environment);
  // What needs no fetching was asked before; it stands in front.
  if (!is_given(settings.profile)) sources.erase(sources.begin());
  return std::make_shared<RefreshingCredentials>(
      chain_source(std::move(sources)), FetchContext{.environment = environment, .call = make_web_call(settings.http)});
}

}  // namespace

std::shared_ptr<CredentialsProvider> default_credentials(const CredentialsSettings& settings,
                                                         const Environment& environment) {
  if (settings.own) {
    return std::make_shared<RefreshingCredentials>(
        settings.own, FetchContext{.environment = environment, .call = make_web_call(settings.http)});
  }
  std::vector<std::shared_ptr<CredentialsProvider>> providers{
      std::make_shared<StaticCredentials>(settings.access_key_id, settings.secret_access_key, settings.session_token)};
  // A profile that the program names comes before the environment's keys, as in the SDKs.
  const bool named = is_given(settings.profile);
  if (!named) providers.push_back(std::make_shared<EnvironmentCredentials>(environment));
  const bool chosen = named || environment("AWS_PROFILE") || environment("AWS_DEFAULT_PROFILE");
  // What serves on this machine checks no signature, unless somebody goes out of his way: nobody has to be asked.
  if (settings.loopback && !chosen) {
    providers.push_back(std::make_shared<LocalCredentials>());
  } else {
    providers.push_back(sources_beyond(settings, environment));
  }
  return std::make_shared<CredentialsChain>(std::move(providers));
}

}  // namespace aiokpl::aws
