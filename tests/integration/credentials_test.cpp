#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "aws/refreshing_credentials.hpp"
#include "aws/sigv4.hpp"
#include "aws/web_call.hpp"
#include "integration/waiting.hpp"
#include "unit/aws/loopback_server.hpp"

// Every service that hands out credentials, on this machine, with credentials that live for two seconds: many
// renewals, faults in between, and always some in hand.
namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::http_answer;
using Clock = std::chrono::system_clock;

constexpr auto lifetime = 2s;

std::string time_text(Clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string fraction = std::to_string(1000 + milliseconds % 1000).substr(1);
  return std::string(text, size) + "." + fraction + "Z";
}

/// What the services share: the number of each key that was handed out, and faults.
class Mint {
 public:
  struct Coin {
    std::string key;
    Clock::time_point expires;
  };
  Coin strike(const std::string& service) {
    const std::lock_guard lock{mutex_};
    return {service + std::to_string(++struck_[service]), Clock::now() + lifetime};
  }
  /// Some requests of each service meet a fault, the second and third among them: 0 is none.
  int fault(const std::string& service) {
    const std::lock_guard lock{mutex_};
    const int n = ++requests_[service];
    return n % 3 == 0 ? 1 : n % 5 == 2 ? 2 : 0;
  }
  int struck(const std::string& service) {
    const std::lock_guard lock{mutex_};
    return struck_[service];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> struck_;
  std::map<std::string, int> requests_;
};

std::string agent_json(const Mint::Coin& coin) {
  return R"({"Code":"Success","AccessKeyId":")" + coin.key + R"(","SecretAccessKey":"S","Token":"T","Expiration":")" +
         time_text(coin.expires) + "\"}";
}

std::string portal_json(const Mint::Coin& coin) {
  const auto expires = std::chrono::floor<std::chrono::milliseconds>(coin.expires).time_since_epoch().count();
  return R"({"roleCredentials":{"accessKeyId":")" + coin.key +
         R"(","secretAccessKey":"S","sessionToken":"T","expiration":)" + std::to_string(expires) + "}}";
}

std::string sts_xml(const std::string& action, const Mint::Coin& coin) {
  return "<" + action + "Response><" + action + "Result><Credentials><AccessKeyId>" + coin.key +
         "</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>" +
         time_text(coin.expires) + "</Expiration></Credentials></" + action + "Result></" + action + "Response>";
}

bool is_signed(const test::Request& request, const std::string& secret) {
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : request.headers)
    headers.push_back({name, value});
  const codec::Piece body = std::as_bytes(std::span{request.body});
  const std::string hash = sha256_hex({&body, 1});
  return verify_signature({.headers = headers, .payload_hash = hash}, secret).verdict == SignatureVerdict::valid;
}

/// One server for all of them, told apart by path and method.
class Services {
 public:
  explicit Services(Mint& mint) : mint_{mint} {}

  [[nodiscard]] std::string url() const {
    const std::string with_slash = server_.url();
    return with_slash.substr(0, with_slash.size() - 1);
  }

 private:
  void serve(Connection& connection) {
    while (auto request = connection.read_request()) {
      const std::string answer = answer_to(*request);
      if (answer.empty()) return connection.reset();
      connection.send(answer);
    }
  }

  std::string answer_to(const test::Request& request) {
    const auto is = [&](const char* start) { return request.line.starts_with(start); };
    if (is("PUT /latest/api/token ")) return http_answer(200, "metadata-token");
    if (is("GET /latest/meta-data/iam/security-credentials/ ")) return http_answer(200, "role");
    if (is("GET /latest/meta-data/iam/security-credentials/role ")) {
      return hand_out("imds", header(request, "x-aws-ec2-metadata-token") == "metadata-token", agent_json);
    }
    if (is("GET /container "))
      return hand_out("container", header(request, "authorization") == "agent-token", agent_json);
    if (is("GET /federation/credentials?role_name=r&account_id=1 ")) {
      return hand_out("sso", header(request, "x-amz-sso_bearer_token") == "sso-token", portal_json);
    }
    if (is("POST / ") && request.body.starts_with("Action=AssumeRoleWithWebIdentity&")) {
      return hand_out("identity", request.body.ends_with("&WebIdentityToken=jwt"),
                      [](const Mint::Coin& coin) { return sts_xml("AssumeRoleWithWebIdentity", coin); });
    }
    if (is("POST / ") && request.body.starts_with("Action=AssumeRole&")) {
      return hand_out("role", is_signed(request, "base-secret"),
                      [](const Mint::Coin& coin) { return sts_xml("AssumeRole", coin); });
    }
    return http_answer(404, "");
  }

  static std::string header(const test::Request& request, const std::string& name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? "" : found->second;
  }

  template <typename Write>
  std::string hand_out(const std::string& service, bool allowed, Write write) {
    if (!allowed) return http_answer(400, "");
    const int fault = mint_.fault(service);
    if (fault == 1) return http_answer(503, "<html>busy</html>");
    if (fault == 2) return {};
    return http_answer(200, write(mint_.strike(service)));
  }

  Mint& mint_;
  test::LoopbackServer server_{[this](Connection& connection) { serve(connection); }};
};

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

  Mint mint_;
  Services services_{mint_};
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
