#include "integration/credential_services.hpp"

#include <array>
#include <ctime>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include "aws/sigv4.hpp"

namespace aiokpl::testing {
namespace {

using test::Connection;
using test::http_answer;

std::string time_text(Mint::Clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string fraction = std::to_string(1000 + milliseconds % 1000).substr(1);
  return std::string(text.data(), size) + "." + fraction + "Z";
}

std::string agent_json(const Mint::Coin& coin) {
  return R"({"Code":"Success","AccessKeyId":")" + coin.key + R"(","SecretAccessKey":")" + coin.secret +
         R"(","Token":")" + coin.token + R"(","Expiration":")" + time_text(coin.expires) + "\"}";
}

std::string portal_json(const Mint::Coin& coin) {
  const auto expires = std::chrono::floor<std::chrono::milliseconds>(coin.expires).time_since_epoch().count();
  return R"({"roleCredentials":{"accessKeyId":")" + coin.key + R"(","secretAccessKey":")" + coin.secret +
         R"(","sessionToken":")" + coin.token + R"(","expiration":)" + std::to_string(expires) + "}}";
}

std::string sts_xml(const std::string& action, const Mint::Coin& coin) {
  return "<" + action + "Response><" + action + "Result><Credentials><AccessKeyId>" + coin.key +
         "</AccessKeyId><SecretAccessKey>" + coin.secret + "</SecretAccessKey><SessionToken>" + coin.token +
         "</SessionToken><Expiration>" + time_text(coin.expires) + "</Expiration></Credentials></" + action +
         "Result></" + action + "Response>";
}

bool is_signed(const test::Request& request, const std::string& secret) {
  std::vector<aws::HeaderView> headers;
  for (const auto& [name, value] : request.headers)
    headers.push_back({name, value});
  const codec::Piece body = std::as_bytes(std::span{request.body});
  const std::string hash = aws::sha256_hex({&body, 1});
  return aws::verify_signature({.headers = headers, .payload_hash = hash}, secret).verdict ==
         aws::SignatureVerdict::valid;
}

std::string header(const test::Request& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? "" : found->second;
}

std::string token_after(int renewals) {
  return renewals == 0 ? "sso-token" : "sso-token-" + std::to_string(renewals);
}

}  // namespace

Mint::Coin Mint::strike(const std::string& service) {
  const std::lock_guard lock{mutex_};
  const std::string number = std::to_string(++struck_[service]);
  Coin coin{service + number, "secret/" + service + "+" + number, "token==" + number, Clock::now() + lifetime_};
  coins_.emplace(coin.key, coin);
  return coin;
}

Mint::Fault Mint::fault(const std::string& service) {
  const std::lock_guard lock{mutex_};
  const int n = ++requests_[service];
  const bool cut_off = weather_ == Weather::dark ? n % 2 == 0 : n % 5 == 2;
  const bool busy = weather_ == Weather::dark || n % 3 == 0;
  if (weather_ == Weather::calm || (!cut_off && !busy)) return Fault::none;
  ++faults_[service];
  return cut_off ? Fault::cut_off : Fault::busy;
}

void Mint::set(Weather weather) {
  const std::lock_guard lock{mutex_};
  weather_ = weather;
}

void Mint::revoke() {
  const std::lock_guard lock{mutex_};
  const auto now = Clock::now();
  for (auto& [key, coin] : coins_)
    coin.expires = std::min(coin.expires, now);
}

std::optional<Mint::Coin> Mint::find(std::string_view key) const {
  const std::lock_guard lock{mutex_};
  const auto found = coins_.find(key);
  return found == coins_.end() ? std::nullopt : std::optional{found->second};
}

int Mint::struck(const std::string& service) const {
  const std::lock_guard lock{mutex_};
  const auto found = struck_.find(service);
  return found == struck_.end() ? 0 : found->second;
}

int Mint::faults(const std::string& service) const {
  const std::lock_guard lock{mutex_};
  const auto found = faults_.find(service);
  return found == faults_.end() ? 0 : found->second;
}

bool Mint::is_dark() const {
  const std::lock_guard lock{mutex_};
  return weather_ == Weather::dark;
}

std::string CredentialServices::url() const {
  const std::string with_slash = server_.url();
  return with_slash.substr(0, with_slash.size() - 1);
}

int CredentialServices::renewals() const {
  const std::lock_guard lock{mutex_};
  return renewals_;
}

void CredentialServices::serve(Connection& connection) {
  while (auto request = connection.read_request()) {
    const std::string answer = answer_to(*request);
    if (answer.empty()) return connection.reset();
    connection.send(answer);
  }
}

std::string CredentialServices::answer_to(const test::Request& request) {
  const auto is = [&](const char* start) { return request.line.starts_with(start); };
  if (is("PUT /latest/api/token ")) {
    if (!mint_.is_dark()) return http_answer(200, "metadata-token");
    static_cast<void>(mint_.fault("imds"));
    return {};
  }
  if (is("GET /latest/meta-data/iam/security-credentials/ ")) return http_answer(200, "role");
  if (is("GET /latest/meta-data/iam/security-credentials/role ")) {
    return hand_out("imds", header(request, "x-aws-ec2-metadata-token") == "metadata-token", agent_json);
  }
  if (is("GET /container "))
    return hand_out("container", header(request, "authorization") == "agent-token", agent_json);
  if (is("POST /token ")) return renew_login(request);
  if (is("GET /federation/credentials?role_name=r&account_id=1 ")) {
    return hand_out("sso", header(request, "x-amz-sso_bearer_token") == token_after(renewals()), portal_json);
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

/// Refused or not, an answer that comes is whole: one that was cut off would use a refresh token up.
std::string CredentialServices::renew_login(const test::Request& request) {
  const auto asked = nlohmann::json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  if (mint_.fault("login") != Mint::Fault::none) return http_answer(503, "<html>busy</html>");
  const std::lock_guard lock{mutex_};
  const nlohmann::json wanted{{"grantType", "refresh_token"},
                              {"clientId", "client"},
                              {"clientSecret", "client-secret"},
                              {"refreshToken", "refresh-" + std::to_string(renewals_)}};
  if (asked != wanted) return http_answer(400, R"({"error":"invalid_grant"})");
  ++renewals_;
  return http_answer(200, R"({"accessToken":")" + token_after(renewals_) +
                              R"(","expiresIn":5,"refreshToken":"refresh-)" + std::to_string(renewals_) + R"("})");
}

template <typename Write>
std::string CredentialServices::hand_out(const std::string& service, bool allowed, Write write) {
  if (!allowed) return http_answer(400, "");
  const Mint::Fault fault = mint_.fault(service);
  if (fault == Mint::Fault::busy) return http_answer(503, "<html>busy</html>");
  if (fault == Mint::Fault::cut_off) return {};
  return http_answer(200, write(mint_.strike(service)));
}

}  // namespace aiokpl::testing
