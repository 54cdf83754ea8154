#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "aws/refreshing_credentials.hpp"
#include "aws/web_call.hpp"
#include "integration/credential_services.hpp"
#include "integration/waiting.hpp"

// Every service that hands out credentials, with credentials that live for two seconds: many renewals, faults in
// between, and always some in hand.
namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using testing::CredentialServices;
using testing::Mint;
using Clock = std::chrono::system_clock;

class BaseSource final : public CredentialsSource {
 public:
  Credentials fetch(const FetchContext&) override {
    return {.access_key_id = "BASE", .secret_access_key = "base-secret", .session_token = "base-token"};
  }
  std::string name() const override { return "base"; }
};

class RemoteCredentials : public ::testing::Test {
 public:
  RemoteCredentials() {
    std::filesystem::create_directories(home_ + "/.aws/sso/cache");
    // The SHA-1 of "session".
    std::ofstream{home_ + "/.aws/sso/cache/fcbdc4c271c889825d8338d2d8f10b6e5e95c171.json"}
        << R"({"accessToken":"sso-token","expiresAt":"2199-01-01T00:00:00Z"})";
    std::ofstream{home_ + "/token"} << "jwt";
    variables_ = {{"HOME", home_},
                  {"AWS_ENDPOINT_URL", services_.url()},
                  {"AWS_EC2_METADATA_SERVICE_ENDPOINT", services_.url()},
                  {"AWS_METADATA_SERVICE_TIMEOUT", "5"},
                  {"AWS_CONTAINER_CREDENTIALS_FULL_URI", services_.url() + "/container"},
                  {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "agent-token"}};
  }
  RemoteCredentials(const RemoteCredentials&) = delete;
  RemoteCredentials& operator=(const RemoteCredentials&) = delete;
  ~RemoteCredentials() override { std::filesystem::remove_all(home_); }

 protected:
  FetchContext context() {
    return {.environment = [this](const char* name) -> std::optional<std::string> {
              const auto found = variables_.find(name);
              return found == variables_.end() ? std::nullopt : std::optional{found->second};
            },
            .call = make_web_call({})};
  }

  std::map<std::string, SourcePtr> sources() {
    const AssumeRoleSettings role{.role_arn = "arn:aws:iam::123456789012:role/r", .session_name = "test"};
    return {{"imds", metadata_source()},
            {"container", container_source()},
            {"sso", sso_source({.start_url = "https://start.example",
                                .region = "us-east-1",
                                .account_id = "1",
                                .role_name = "r",
                                .session_name = "session"})},
            {"identity", web_identity_source({.role = role, .token_file = home_ + "/token"})},
            {"role", assume_role_source(role, std::make_shared<BaseSource>())}};
  }

  Mint mint_{2s, Mint::Weather::faulty};
  CredentialServices services_{mint_};
  std::string home_ = ::testing::TempDir() + "aiokpl-home-" + std::to_string(getpid());
  std::map<std::string, std::string> variables_;
};

/// Asks all the time, as a producer does for each of its requests, until so many different credentials were seen. What
/// came once must not go away, and what is handed out must be good.
struct Traffic {
  std::set<std::string> keys;
  std::string gap;
  bool pending_first = false;

  void run(RefreshingCredentials& provider, std::size_t wanted) {
    const auto limit = std::chrono::steady_clock::now() + 60s;
    pending_first = provider.get(Clock::now()).pending;
    while (keys.size() < wanted && gap.empty() && std::chrono::steady_clock::now() < limit) {
      const auto now = Clock::now();
      const CredentialsOutcome outcome = provider.get(now);
      if (outcome) {
        keys.insert(outcome.credentials->access_key_id);
        if (*outcome.credentials->expires <= now) gap = "expired ones were handed out";
      } else if (!keys.empty() || !outcome.pending) {
        gap = outcome.reason;
      }
      std::this_thread::sleep_for(1ms);  // the pace of requests
    }
  }
};

TEST_F(RemoteCredentials, AreRenewedManyTimesThroughFaultsWithoutAGap) {
  std::map<std::string, Traffic> traffic;
  std::vector<std::unique_ptr<RefreshingCredentials>> providers;
  std::vector<std::thread> threads;
  for (const auto& [name, source] : sources()) {
    providers.push_back(std::make_unique<RefreshingCredentials>(source, context()));
    threads.emplace_back([&provider = *providers.back(), &seen = traffic[name]] { seen.run(provider, 7); });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (const auto& [name, seen] : traffic) {
    EXPECT_TRUE(seen.pending_first) << name;
    EXPECT_EQ(seen.gap, "") << name;
    EXPECT_GE(seen.keys.size(), 7U) << name;
    EXPECT_LE(seen.keys.size(), static_cast<std::size_t>(mint_.struck(name))) << name;
  }
}

TEST_F(RemoteCredentials, RefusedOnesAreReplaced) {
  RefreshingCredentials provider{container_source(), context()};
  const auto key = [&] {
    const auto outcome = provider.get(Clock::now());
    return outcome ? outcome.credentials->access_key_id : std::string{};
  };
  ASSERT_TRUE(testing::eventually([&] { return key() == "container1"; }));
  provider.refresh_now("container1");
  EXPECT_EQ(key(), "");
  ASSERT_TRUE(testing::eventually([&] { return !key().empty(); })) << "though the second request meets a fault";
  EXPECT_NE(key(), "container1");
}

}  // namespace
}  // namespace aiokpl::aws
